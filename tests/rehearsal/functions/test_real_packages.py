"""Functions of the platform in the packages that are deployed, with AWS over HTTP."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from rehearsal.aws.account import Account
from rehearsal.aws.server import serve
from rehearsal.clock import ManualClock
from rehearsal.functions.pool import FunctionPool
from rehearsal.play.function_environment import FunctionEnvironment
from tests.support.mocked_aws import mocked_aws

from .packages import Started

ROOT = Path(__file__).parents[3]
ACCOUNT, REGION = "222222222222", "eu-central-1"
SERVICE = "service/pase/storefront"


class World:
    """An account whose AWS is served over HTTP, and one function of the platform."""

    def __init__(self, folder: Path, *, listeners: Mapping[int, str]) -> None:
        self.account = Account(id=ACCOUNT, region=REGION)
        self.endpoint = ""
        self.environment = FunctionEnvironment(
            account=self.account,
            endpoint=lambda: self.endpoint,
            listeners=listeners,
            authority=folder / "authority.pem",
        )
        self.started = Started(folder / "log")
        self.errors: list[str] = []
        self._asset = folder / "asset"
        self._lock = threading.Lock()
        self.pool = FunctionPool(
            clock=ManualClock(datetime(2026, 3, 2, tzinfo=UTC)),
            start=self.started,
            code=lambda _: self._asset,
            environment=self.environment,
            on_error=lambda package, why: self.errors.append(f"{package}: {why}"),
        )

    def deploy(self, package: str, **variables: str) -> None:
        """The package as an asset holds it: itself and what all of them share."""
        for name in ("common", package):
            shutil.copytree(ROOT / "lambdas" / name, self._asset / "lambdas" / name)
        shutil.copy(ROOT / "lambdas" / "__init__.py", self._asset / "lambdas")
        self.pool.register(
            package,
            {
                "Handler": f"lambdas.{package}.handler.handler",
                "Timeout": 60,
                "Role": f"arn:aws:iam::{ACCOUNT}:role/{package}",
                "Environment": {"Variables": variables},
            },
        )

    def served(self) -> Iterator[None]:
        """Serve AWS."""
        with serve([self.account], lock=self._lock) as self.endpoint:
            yield


@pytest.fixture
def page() -> Iterator[str]:
    """A page that answers 200 with its path and 404 elsewhere."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Health is there, nothing else is."""
            self.send_response(200 if self.path == "/health" else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def world(tmp_path: Path, page: str) -> Iterator[World]:
    """The page is the production listener."""
    with mocked_aws(REGION):
        one = World(tmp_path, listeners={443: page})
        serving = one.served()
        next(serving)
        try:
            yield one
        finally:
            one.pool.close()
            next(serving, None)
    assert one.started.alive == []


def test_the_scaling_guard_suspends_scaling_of_its_account(world: World) -> None:
    ecs, scaling = (world.account.client(one) for one in ("ecs", "application-autoscaling"))
    ecs.create_cluster(clusterName="pase")
    ecs.create_service(cluster="pase", serviceName="storefront", desiredCount=1)
    scaling.register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=SERVICE,
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=4,
    )
    world.deploy("scaling_guard", CLUSTER="pase", PLATFORM="pase", SERVICES="storefront")
    assert world.pool.invoke("scaling_guard", _started("d-1")) is None
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert set(target["SuspendedState"].values()) == {True}
    marker = world.account.client("ssm").get_parameter(Name="/pase/storefront/scaling-suspended")
    assert json.loads(marker["Parameter"]["Value"])["deploymentId"] == "d-1"
    assert "scaling is suspended for deployment d-1" in world.started.log.read_text("utf-8")
    assert world.errors == []


def test_the_release_checks_ask_the_listener_on_this_machine(world: World) -> None:
    checks = [
        {"name": "it answers", "gates": ["smoke"], "path": "/health"},
        {"name": "it is ready", "gates": ["smoke"], "path": "/ready"},
    ]
    world.deploy(
        "release_checks",
        SERVICE="storefront",
        ENVIRONMENT="prod",
        CHECKS=json.dumps(checks),
        PRODUCTION_URL="https://shop.example.com:443",
        TEST_URL="https://shop.example.com:8443",
    )
    report = world.pool.invoke("release_checks", {"gate": "smoke", "listener": "production"})
    assert [(one["name"], one["passed"]) for one in report["checks"]] == [
        ("it answers", True),
        ("it is ready", False),
    ]
    assert world.environment.moved == {"PRODUCTION_URL https://shop.example.com:443"}


def _started(deployment: str) -> dict[str, Any]:
    return {
        "detail-type": "CodeDeploy Deployment State-change Notification",
        "time": "2026-03-02T00:00:00Z",
        "detail": {
            "application": "storefront",
            "deploymentGroup": "storefront",
            "deploymentId": deployment,
            "state": "START",
        },
    }
