"""Which of the two target groups this task is in: blue, green, or unknown.

CodeDeploy starts the tasks of a release as a task set of the ECS service. The task metadata
endpoint names the task; `ecs:DescribeTasks` gives the id of its task set as `startedBy`;
`ecs:DescribeTaskSets` gives the target group of the task set, whose name ends in the colour. The
role of the task needs these two actions. Nothing depends on the colour, so no failure is fatal.
"""

import json
import logging
import threading
import urllib.request

from storefront import aws, logs
from storefront.logs import Identity
from storefront.settings import COLOURS, Settings

log = logging.getLogger(__name__)

WAIT_SECONDS = 2.0
_METADATA_SECONDS = 1.0


class ColourUnknown(Exception):
    """The colour cannot be found out; the text says why."""


def find_out(identity: Identity, settings: Settings) -> threading.Event:
    """Set `identity.colour`; the event is set when there is nothing more to wait for.

    COLOUR decides when it is given. Otherwise a daemon thread asks ECS; its answer counts even
    when the start did not wait for it.
    """
    done = threading.Event()
    if settings.colour is not None:
        identity.colour = settings.colour
        done.set()
    elif settings.task_metadata_uri is None:
        log.info("colour unknown", extra=logs.fields(reason="not on ECS, and COLOUR is not set"))
        done.set()
    else:
        uri, region = settings.task_metadata_uri, settings.aws_region

        def ask() -> None:
            try:
                identity.colour = _from_ecs(uri, region)
                log.info("colour found out")
            except ColourUnknown as error:
                log.warning("colour unknown", extra=logs.fields(reason=str(error)))
            except Exception as error:
                reason = f"unexpected {type(error).__name__}"
                log.warning("colour unknown", extra=logs.fields(reason=reason))
            finally:
                done.set()

        threading.Thread(target=ask, name="colour", daemon=True).start()
    return done


def of_target_group(arn: str) -> str | None:
    """The colour at the end of the target group's name, as in `...:targetgroup/shop-blue/0ab`."""
    name = arn.partition(":targetgroup/")[2].partition("/")[0]
    return next((colour for colour in COLOURS if name.endswith(f"-{colour}")), None)


def _from_ecs(metadata_uri: str, region: str | None) -> str:
    task_metadata = _metadata(f"{metadata_uri}/task")
    cluster, task_arn = task_metadata.get("Cluster"), task_metadata.get("TaskARN")
    if not isinstance(cluster, str) or not isinstance(task_arn, str):
        raise ColourUnknown("the task metadata has no Cluster or no TaskARN")
    client = aws.ecs(region or task_arn.split(":")[3])
    try:
        tasks = client.describe_tasks(cluster=cluster, tasks=[task_arn])["tasks"]
        if not tasks:
            raise ColourUnknown("ecs:DescribeTasks does not know this task")
        service = task_metadata.get("ServiceName") or _service_of_group(tasks[0].get("group", ""))
        started_by = tasks[0].get("startedBy", "")
        if not service:
            raise ColourUnknown("this task belongs to no ECS service")
        task_sets = client.describe_task_sets(cluster=cluster, service=service)["taskSets"]
    except aws.ERRORS as error:
        operation = getattr(error, "operation_name", "ecs")
        raise ColourUnknown(f"{operation} failed: {aws.reason(error)}") from None
    groups = [
        balancer.get("targetGroupArn", "")
        for task_set in task_sets
        if started_by and task_set.get("id") == started_by
        for balancer in task_set.get("loadBalancers", [])
    ]
    if not groups:
        raise ColourUnknown(f"no task set '{started_by}' with a target group in this service")
    found = next((colour for colour in map(of_target_group, groups) if colour), None)
    if found is None:
        names = ", ".join(arn.partition(":targetgroup/")[2] for arn in groups)
        raise ColourUnknown(f"no target group whose name ends in -blue or -green: {names}")
    return found


def _service_of_group(group: str) -> str:
    # ServiceName is not in the metadata of every platform. The group is `service:<name>` for a
    # task of a service and `family:<name>` for one that was run by hand.
    return group.removeprefix("service:") if group.startswith("service:") else ""


def _metadata(url: str) -> dict[str, object]:
    # The endpoint is link-local: a proxy from the environment could not reach it.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=_METADATA_SECONDS) as answer:
            document = json.load(answer)
    except (OSError, ValueError) as error:
        raise ColourUnknown(f"task metadata cannot be read: {type(error).__name__}") from None
    if not isinstance(document, dict):
        raise ColourUnknown("task metadata is not a JSON object")
    return document
