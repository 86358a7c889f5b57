"""An environment to release in."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from tests.releases.opening import opened
from tests.releases.platform import Platform
from tests.support.templates import Json, Templates

Open = Callable[..., AbstractContextManager[Platform]]
Change = Callable[[Json], object]


def nothing(_: Json) -> None:
    """The template as it is."""


def all_of(*changes: Change) -> Change:
    """One change after another."""

    def change(template: Json) -> None:
        for one in changes:
            one(template)

    return change


def quick(template: Json) -> None:
    """The same release with one minute for each of its parts, three of hot standby."""
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        match resource["Type"]:
            case "Custom::Release":
                properties["BakeMinutes"] = "1"
            case "AWS::CodeDeploy::DeploymentConfig":
                properties["TrafficRoutingConfig"]["TimeBasedCanary"]["CanaryInterval"] = 1
            case "AWS::CodeDeploy::DeploymentGroup":
                properties["BlueGreenDeploymentConfiguration"][
                    "TerminateBlueInstancesOnDeploymentSuccess"
                ]["TerminationWaitTimeInMinutes"] = 3


@pytest.fixture
def quiet_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's AWS settings."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def environment(templates: Templates, quiet_aws: None) -> Iterator[Open]:
    """Opens a stage with version 1 of its service running."""
    del quiet_aws
    with contextlib.ExitStack() as stack:

        @contextlib.contextmanager
        def open_(stage: str, change: Change = nothing) -> Iterator[Platform]:
            with opened(templates, stage) as platform:
                platform.change = change
                assert platform.release(1) == "CREATE_COMPLETE", platform.describe()
                platform.wait(lambda: platform.service()["runningCount"] > 0)
                platform.pass_time(60)
                platform.invariant.listener = platform.listener(443)
                platform.invariant.on = True
                yield platform

        yield open_
        stack.close()


@pytest.fixture
def staging(environment: Open) -> Iterator[Platform]:
    """Staging, where nobody is asked: canary 20 % for 5 minutes, 10 of bake, 60 of standby."""
    with environment("Staging") as platform:
        yield platform


@pytest.fixture
def prod(environment: Open) -> Iterator[Platform]:
    """Prod, where a person approves within 15 minutes."""
    with environment("Prod") as platform:
        yield platform


@pytest.fixture
def quick_staging(environment: Open) -> Iterator[Platform]:
    """Staging with short times, for what is repeated many times."""
    with environment("Staging", quick) as platform:
        yield platform
