"""`history`: the latest releases of a service, and how each ended."""

from __future__ import annotations

from datetime import datetime

from lambdas.rollback.served import Deployment, short_revision, split_revision
from lambdas.secret_redeployment.decision import is_restart

from .context import Context
from .errors import tells_aws
from .render import as_json, print_json, print_table
from .service_state import short_image

_COLUMNS = ("started", "took", "what", "image", "revision", "ended", "deployment")
_STYLES = {"Failed": "red", "Stopped": "yellow"}


@tells_aws
def history(context: Context, service: str, *, limit: int) -> int:
    """Print the latest deployments, newest first. Exit status 0, also when there is none."""
    deployments = context.reader.history(service, limit=limit)
    sets = context.reader.releases.task_sets(service)
    serving = context.reader.definition(sets.serving if sets else None)
    if context.json:
        print_json(
            {
                "service": service,
                "environment": context.place.environment,
                "serving": as_json(serving),
                "deployments": [_document(context, one) for one in deployments],
            }
        )
        return 0
    print(f"{service} in {context.place.title}\n")
    if not deployments:
        print("no deployment yet: its stack created it with the image that serves")
    else:
        rows = [_row(context, one) for one in deployments]
        print_table(_COLUMNS, rows, styles=[_STYLES.get(one.status, "") for one in deployments])
    for one in deployments:
        if one.error:
            print(f"\n{one.id} {one.status.lower()}: {one.error}")
    if serving is not None:
        print(f"\nServes now: {serving.image} ({short_revision(serving.arn)})")
    return 0


def what(deployment: Deployment) -> str:
    """Return what kind of deployment it is, in words."""
    if deployment.automatic:
        return "rollback by CodeDeploy"
    if is_restart(deployment):
        return "restart for secrets"
    return "rollback" if deployment.takes_back else "release"


def _row(context: Context, deployment: Deployment) -> tuple[str, ...]:
    definition = context.reader.definition(deployment.task_definition)
    revision = deployment.task_definition
    return (
        f"{deployment.created.astimezone():%Y-%m-%d %H:%M}",
        _took(deployment.created, deployment.completed),
        what(deployment),
        short_image(definition),
        str(split_revision(revision)[1]) if revision else "-",
        "under way" if deployment.active else deployment.status.lower(),
        deployment.id,
    )


def _took(began: datetime, ended: datetime | None) -> str:
    if ended is None:
        return "-"
    minutes, seconds = divmod(round((ended - began).total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _document(context: Context, deployment: Deployment) -> dict[str, object]:
    document: dict[str, object] = as_json(deployment)
    definition = context.reader.definition(deployment.task_definition)
    return {
        **document,
        "kind": what(deployment),
        "image": definition.image if definition else None,
    }
