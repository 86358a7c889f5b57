"""The colour: given, found out from ECS, or unknown with the reason in the log."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
        ecs, ec2 = aws.client("ecs"), aws.client("ec2")
        self.cluster, self.service = f"dev-{uuid4().hex[:8]}", "storefront"
        ecs.create_cluster(clusterName=self.cluster)
        ecs.register_task_definition(
            family="storefront",
            containerDefinitions=[{"name": "storefront", "image": "storefront", "memory": 512}],
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
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
        subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        network = {"subnets": [subnet], "securityGroups": []}
        self.task = ecs.run_task(
            cluster=self.cluster,
            taskDefinition="storefront",
            launchType="FARGATE",
            startedBy=task_set["id"],
            networkConfiguration={"awsvpcConfiguration": network},
        )["tasks"][0]["taskArn"]

    def metadata(self) -> dict[str, object]:
        """What the metadata endpoint says of the task."""
        return {"Cluster": self.cluster, "TaskARN": self.task, "ServiceName": self.service}


def ecs_settings(aws: Aws, access: Access, uri: str) -> dict[str, str]:
    """Settings of a service that believes it is on ECS."""
    settings = {**local_settings(access), **aws.environment(), "ECS_CONTAINER_METADATA_URI_V4": uri}
    del settings["COLOUR"]
    return settings


def found_out(aws: Aws, uri: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The colour found out in this process, with the metadata endpoint at `uri`."""
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    secret = json.dumps(Access(5432, "shop", "owner", "shop_a", "unused-password").secret())
    settings = load(
        {
            "ENVIRONMENT": "local",
            "DATABASE_TLS": "disable",
            "DATABASE_SECRET": secret,
            "AWS_REGION": REGION,
            "ECS_CONTAINER_METADATA_URI_V4": uri,
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
    aws: Aws, access: Access, start: StartService
) -> None:
    with metadata_endpoint(Release(aws, "shop-blue").metadata()) as uri:
        service = start(ecs_settings(aws, access, uri)).wait_listening()
        assert service.client.get("/version").json()["colour"] == "blue"


def test_a_target_group_of_neither_colour_leaves_it_unknown_with_the_reason(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with metadata_endpoint(Release(aws, "shop").metadata()) as uri:
        assert found_out(aws, uri, monkeypatch) == "unknown"
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
        ({"ServiceName": None}, "this task belongs to no ECS service"),
    ],
)
def test_a_task_that_cannot_be_placed_has_an_unknown_colour_and_one_line_says_why(
    aws: Aws,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    changes: dict[str, object],
    reason: str,
) -> None:
    with metadata_endpoint({**Release(aws, "shop-blue").metadata(), **changes}) as uri:
        assert found_out(aws, uri, monkeypatch) == "unknown"
    (record,) = [record for record in caplog.records if record.name == "storefront.colour"]
    assert record.__dict__["fields"]["reason"] == reason


def test_a_silent_metadata_endpoint_delays_the_start_by_two_seconds_at_most(
    aws: Aws, access: Access, start: StartService
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}/v4/0123"
        started = time.monotonic()
        service = start(ecs_settings(aws, access, uri)).wait_listening()
        assert time.monotonic() - started < 2 + 3, "two seconds, and three for a slow machine"
        assert service.client.get("/version").json()["colour"] == "unknown"
    (line,) = service.lines("colour unknown")
    assert line["reason"] == "task metadata cannot be read: TimeoutError"


def test_an_answer_that_comes_late_does_not_hold_up_the_start(
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
        service = start({**settings, "DATABASE_SECRET_FILE": str(secret)}).wait_listening()
        assert service.client.get("/version").json()["colour"] == "unknown"
        assert service.lines("colour unknown") == []


def test_outside_ecs_the_colour_is_unknown_unless_it_is_given(
    access: Access, start: StartService
) -> None:
    settings = local_settings(access)
    del settings["COLOUR"]
    service = start(settings).wait_listening()
    assert service.client.get("/version").json()["colour"] == "unknown"
    (line,) = service.lines("colour unknown")
    assert line["reason"] == "not on ECS, and COLOUR is not set"
