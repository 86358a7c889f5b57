"""The model of CodeDeploy asks the real handler by its own event, and acts on the answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from lambdas.release_checks.handler import handler
from lambdas.release_checks.hook import MARGIN_SECONDS
from tests.rehearsal.world import World
from tests.support.mocked_aws import mocked_aws

from .site import serve


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return int((MARGIN_SECONDS + 20) * 1000)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A healthy service whose hook is the function."""
    for name, value in {
        "SERVICE": "storefront",
        "ENVIRONMENT": "prod",
        "PRODUCTION_URL": "http://127.0.0.1:1",
        "REPORT_PARAMETER": "/pase/storefront/release-checks",
        "CHECKS": json.dumps([{"name": "page", "gates": ["release"], "path": "/"}]),
    }.items():
        monkeypatch.setenv(name, value)
    with mocked_aws(), World.open() as opened:
        opened.pass_time(60)
        opened.group()
        monkeypatch.setenv("TEST_LISTENER", opened.test)
        yield opened


def asked(world: World) -> dict[str, Any]:
    """The event by which the hook was invoked last."""
    return dict(world.outside.invoked[-1][1])


@pytest.mark.parametrize(
    ("status", "event", "weights"),
    [
        (200, "Succeeded", {"blue": 80, "green": 20}),
        (500, "Failed", {"blue": 100, "green": 0}),
    ],
)
def test_user_traffic_moves_only_after_the_checks_have_passed(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    event: str,
    weights: dict[str, int],
) -> None:
    with serve({"/": lambda request: request.answer(status)}) as green:
        monkeypatch.setenv("TEST_URL", green.url)
        world.outside.on_hook = lambda: print(handler(asked(world), Context()))
        deployment = world.deploy(hooks=True)
        world.pass_time(120)
    assert len(green.seen) == 5
    assert world.events(deployment)["AfterAllowTestTraffic"] == event
    assert world.weights() == weights
    value = boto3.client("ssm").get_parameter(Name="/pase/storefront/release-checks")
    report = json.loads(value["Parameter"]["Value"])
    assert (report["deploymentId"], report["passed"]) == (deployment, status == 200)


def test_an_event_that_lambda_delivers_again_after_the_answer_is_no_error(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve({"/": lambda request: request.answer(200)}) as green:
        monkeypatch.setenv("TEST_URL", green.url)
        world.deploy(hooks=True)
        world.pass_time(60)
        for _ in range(2):
            assert handler(asked(world), Context())["passed"] is True
            world.pass_time(10)
    assert world.weights() == {"blue": 80, "green": 20}
