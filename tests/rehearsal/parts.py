"""What a world is put together from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

HOOK = "arn:aws:lambda:eu-central-1:123456789012:function:pase-storefront-release-checks"


@dataclass
class Outside:
    """Where hooks and events go; ``on_hook`` and ``on_event`` are done when one arrives."""

    invoked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    published: list[Mapping[str, Any]] = field(default_factory=list)
    on_hook: Callable[[], None] | None = None
    on_event: Callable[[Mapping[str, Any]], None] | None = None

    def invoke(self, function: str, payload: Mapping[str, Any]) -> None:
        """Lambda takes the invocation."""
        self.invoked.append((function, payload))
        if self.on_hook:
            self.on_hook()

    def publish(self, event: Mapping[str, Any]) -> None:
        """EventBridge takes the event."""
        self.published.append(event)
        if self.on_event:
            self.on_event(event)


def standby(minutes: int, *, approval: int = 0) -> dict[str, Any]:
    """A blueGreenDeploymentConfiguration."""
    ready = {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": approval}
    if not approval:
        ready = {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0}
    return {
        "deploymentReadyOption": ready,
        "terminateBlueInstancesOnDeploymentSuccess": {
            "action": "TERMINATE",
            "terminationWaitTimeInMinutes": minutes,
        },
    }


def appspec(task_definition: str, *, hooks: bool = False, **optional: Any) -> str:
    """An AppSpec as the release provider writes it."""
    properties = {
        "TaskDefinition": task_definition,
        "LoadBalancerInfo": {"ContainerName": "app", "ContainerPort": 8080},
        **optional,
    }
    spec: dict[str, Any] = {
        "version": "0.0",
        "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": properties}}],
    }
    if hooks:
        spec["Hooks"] = [{"AfterAllowTestTraffic": HOOK}]
    return json.dumps(spec)
