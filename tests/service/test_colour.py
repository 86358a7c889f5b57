"""The colour: given, found out from ECS, or unknown with the reason in the log."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
from storefront import colour
from storefront.logs import Identity
from storefront.settings import load

from tests.service.conftest import Aws, StartService
from tests.service.postgres import Access
from tests.service.running import REGION, local_settings

GROUP = f"arn:aws:elasticloadbalancing:{REGION}:123456789012:targetgroup/{{}}/0123456789abcdef"


@contextmanager
def metadata_endpoint(task: dict[str, object]) -> Iterator[str]:
    """A stand-in of the task metadata endpoint; gives its base address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/v4/0123/task"
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(json.dumps(task if found else {}).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v4/0123"
    finally:
        server.shutdown()
        server.server_close()


class Release:
    """An ECS service in the stand-in of AWS, with one task set and one task of it."""

    def __init__(self, aws: Aws, target_group: str) -> None:
        ecs = self._ecs = aws.client("ecs")
        self.cluster, self.service = f"dev-{uuid4().hex[:8]}", "storefront"
        ecs.create_cluster(clusterName=self.cluster)
        ecs.register_task_definition(
            family="storefront",
            containerDefinitions=[{"name": "storefront", "image": "storefront", "memory": 512}],
        )
        ecs.create_service(
            cluster=self.cluster,
            serviceName=self.service,
            desiredCount=0,
            deploymentController={"type": "CODE_DEPLOY"},
        )
        other = {"targetGroupArn": GROUP.format("shop-green"), "containerName": "storefront"}
        ecs.create_task_set(
            cluster=self.cluster,
            service=self.service,
            taskDefinition="storefront",
            loadBalancers=[other],
        )
        mine = {"targetGroupArn": GROUP.format(target_group), "containerName": "storefront"}
        task_set = ecs.create_task_set(
            cluster=self.cluster,
            service=self.service,
            taskDefinition="storefront",
            loadBalancers=[mine],
        )["taskSet"]
        self.task_set = task_set["id"]
        self.task = self.run_task(f"service:{self.service}")

    def run_task(self, group: str) -> str:
        """Run a task of the task set; gives its ARN."""
        ran = self._ecs.run_task(
            cluster=self.cluster,
            taskDefinition="storefront",
            launchType="FARGATE",
            startedBy=self.task_set,
            group=group,
        )
        arn: str = ran["tasks"][0]["taskArn"]
        return arn

    def metadata(self) -> dict[str, object]:
        """What the metadata endpoint says of the task."""
        return {"Cluster": self.cluster, "TaskARN": self.task, "ServiceName": self.service}


@pytest.fixture(scope="module")
def release(aws: Aws) -> Release:
    """A release whose task is in the target group of the colour blue."""
    return Release(aws, "shop-blue")


def ecs_settings(aws: Aws, access: Access, uri: str) -> dict[str, str]:
    """Settings of a service that believes it is on ECS."""
    settings = {**local_settings(access), **aws.environment(), "ECS_CONTAINER_METADATA_URI_V4": uri}
    del settings["COLOUR"]
    return settings


@pytest.fixture
def as_the_task(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give this process the environment of a task that talks to the stand-in of AWS."""
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


def found_out(uri: str | None) -> str:
    """The colour found out in this process, with the metadata endpoint at `uri` if any."""
    secret = json.dumps(Access(5432, "shop", "owner", "shop_a", "unused-password").secret())
    on_ecs = {"ECS_CONTAINER_METADATA_URI_V4": uri} if uri else {}
    settings = load(
        {
            "ENVIRONMENT": "local",
            "DATABASE_TLS": "disable",
            "DATABASE_SECRET": secret,
            "AWS_REGION": REGION,
            **on_ecs,
        }
    )
    identity = Identity("storefront", "1", "local")
    assert colour.find_out(identity, settings).wait(10)
    return identity.colour


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("shop-blue", "blue"),
        ("shop-green", "green"),
        ("blue", None),
        ("shop-blue-2", None),
        ("evergreen", None),
    ],
)
def test_the_colour_is_the_end_of_the_name_of_the_target_group(
    name: str, expected: str | None
) -> None:
    assert colour.of_target_group(GROUP.format(name)) == expected


def test_the_colour_on_ecs_is_that_of_the_target_group_of_the_own_task_set(
    aws: Aws, release: Release, access: Access, start: StartService
) -> None:
    with metadata_endpoint(release.metadata()) as uri:
        service = start(ecs_settings(aws, access, uri)).wait_listening()
        assert service.client.get("/version").json()["colour"] == "blue"


@pytest.mark.usefixtures("as_the_task")
def test_a_target_group_of_neither_colour_leaves_it_unknown_with_the_reason(
    aws: Aws, caplog: pytest.LogCaptureFixture
) -> None:
    with metadata_endpoint(Release(aws, "shop").metadata()) as uri:
        assert found_out(uri) == "unknown"
    (record,) = [record for record in caplog.records if record.name == "storefront.colour"]
    assert record.__dict__["fields"]["reason"].startswith(
        "no target group whose name ends in -blue or -green: shop/"
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"TaskARN": None}, "the task metadata has no Cluster or no TaskARN"),
        ({"Cluster": "none"}, "DescribeTasks failed: ClusterNotFoundException"),
        ({"ServiceName": "none"}, "DescribeTaskSets failed: ServiceNotFoundException"),
    ],
)
@pytest.mark.usefixtures("as_the_task")
def test_a_task_that_cannot_be_placed_has_an_unknown_colour_and_one_line_says_why(
    release: Release,
    caplog: pytest.LogCaptureFixture,
    changes: dict[str, object],
    reason: str,
) -> None:
    with metadata_endpoint({**release.metadata(), **changes}) as uri:
        assert found_out(uri) == "unknown"
    (record,) = [record for record in caplog.records if record.name == "storefront.colour"]
    assert record.__dict__["fields"]["reason"] == reason


@pytest.mark.parametrize(
    ("group", "expected"), [("service:storefront", "blue"), ("family:storefront", "unknown")]
)
@pytest.mark.usefixtures("as_the_task")
def test_metadata_without_the_name_of_the_service_leaves_it_to_the_group_of_the_task(
    release: Release, group: str, expected: str
) -> None:
    metadata = {**release.metadata(), "TaskARN": release.run_task(group)}
    del metadata["ServiceName"]
    with metadata_endpoint(metadata) as uri:
        assert found_out(uri) == expected


def test_a_silent_metadata_endpoint_is_given_up_after_a_second(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert found_out(f"http://127.0.0.1:{silent.getsockname()[1]}/v4/0123") == "unknown"
    (record,) = [record for record in caplog.records if record.name == "storefront.colour"]
    assert record.__dict__["fields"]["reason"] == "task metadata cannot be read: TimeoutError"


def test_a_silent_aws_holds_up_the_start_for_two_seconds_at_most(
    access: Access, start: StartService, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps(access.secret()))
    task: dict[str, object] = {
        "Cluster": "dev",
        "TaskARN": f"arn:aws:ecs:{REGION}:123456789012:task/dev/0123",
    }
    with metadata_endpoint(task) as uri, socket.create_server(("127.0.0.1", 0)) as silent:
        settings = ecs_settings(Aws(f"http://127.0.0.1:{silent.getsockname()[1]}"), access, uri)
        del settings["DATABASE_SECRET"]
        started = time.monotonic()
        service = start({**settings, "DATABASE_SECRET_FILE": str(secret)}).wait_listening(20)
        assert time.monotonic() - started < 2 + 8, "two seconds, and eight for a slow machine"
        assert service.client.get("/version").json()["colour"] == "unknown"
        (fetched,) = service.lines("database secret fetched")
        (listening,) = service.lines("listening")
    waited = datetime.fromisoformat(listening["time"]) - datetime.fromisoformat(fetched["time"])
    assert waited < timedelta(seconds=2 + 2)


def test_outside_ecs_the_colour_is_unknown_unless_it_is_given(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", logger="storefront")
    assert found_out(None) == "unknown"
    (record,) = [record for record in caplog.records if record.name == "storefront.colour"]
    assert record.__dict__["fields"]["reason"] == "not on ECS, and COLOUR is not set"
