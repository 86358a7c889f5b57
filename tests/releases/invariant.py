"""What must hold whenever the clock is turned: users are sent to healthy targets only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


class EmptyGroup(AssertionError):
    """Users were sent to a target group without a healthy target."""


@dataclass(eq=False)
class Invariant:
    """The production listener's weight is only on groups with healthy targets."""

    elbv2: Any
    listener: str = ""
    looks: int = 0
    on: bool = False

    def run_due(self) -> None:
        """Look. Raises ``EmptyGroup``."""
        if not self.on:
            return
        self.looks += 1
        for group, weight in weights(self.elbv2, self.listener).items():
            if weight and not healthy(self.elbv2, group):
                name = group.split("/")[1]
                raise EmptyGroup(f"{weight} % of users are sent to {name}, which has no target")

    def next_due(self) -> datetime | None:
        """It acts when anybody else does."""
        return None


def weights(elbv2: Any, listener: str) -> dict[str, int]:
    """Target group -> share in percent of what the listener is asked."""
    answer = elbv2.describe_listeners(ListenerArns=[listener])
    (action,) = answer["Listeners"][0]["DefaultActions"]
    if "ForwardConfig" in action:
        return {
            one["TargetGroupArn"]: one["Weight"] for one in action["ForwardConfig"]["TargetGroups"]
        }
    return {action["TargetGroupArn"]: 100}


def healthy(elbv2: Any, group: str) -> int:
    """How many healthy targets a group has."""
    found = elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return sum(one["TargetHealth"]["State"] == "healthy" for one in found)
