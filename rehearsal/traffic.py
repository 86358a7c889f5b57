"""Where the listeners send requests, and in which steps production moves.

https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Actions = list[dict[str, Any]]


@dataclass(frozen=True)
class Step:
    """Green's share of production, and how long it stays before the next step."""

    percent: int
    seconds: int


def steps(routing: Mapping[str, Any]) -> Sequence[Step]:
    """The steps of a TrafficRoutingConfig; the last one is all of it.

    Canary: one share, an interval, then the rest. Linear: equal shares, an interval between each
    two, the last one what is left.
    """
    kind = routing["type"]
    if kind == "TimeBasedCanary":
        canary = routing["timeBasedCanary"]
        return (Step(canary["canaryPercentage"], canary["canaryInterval"] * 60), Step(100, 0))
    if kind == "TimeBasedLinear":
        linear = routing["timeBasedLinear"]
        share, seconds = linear["linearPercentage"], linear["linearInterval"] * 60
        return (*(Step(done, seconds) for done in range(share, 100, share)), Step(100, 0))
    return (Step(100, 0),)


class Listeners:
    """The load balancer's listeners, by ARN. Their default actions are what CodeDeploy changes.

    Rules of a listener that forward to the pair are not modelled: ours have default actions only.
    """

    def __init__(self, elbv2: Any) -> None:
        self._elbv2 = elbv2
        self._groups: dict[str, str] = {}

    def group_arn(self, name: str) -> str:
        """The ARN of a target group by its name."""
        if name not in self._groups:
            answer = self._elbv2.describe_target_groups(Names=[name])
            self._groups[name] = answer["TargetGroups"][0]["TargetGroupArn"]
        return self._groups[name]

    def actions(self, listener: str) -> Actions:
        """The listener's default actions."""
        answer = self._elbv2.describe_listeners(ListenerArns=[listener])
        actions: Actions = answer["Listeners"][0]["DefaultActions"]
        return actions

    def split(self, listener: str, weights: Mapping[str, int]) -> None:
        """Forward by weight. Both groups stay in the action, at 0 too, as CodeDeploy leaves it."""
        groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
        self.set_actions(listener, [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}])

    def point(self, listener: str, group: str) -> None:
        """Forward everything to one group."""
        self.set_actions(listener, [{"Type": "forward", "TargetGroupArn": group}])

    def set_actions(self, listener: str, actions: Actions) -> None:
        """ModifyListener."""
        self._elbv2.modify_listener(ListenerArn=listener, DefaultActions=actions)


def weights(actions: Actions) -> dict[str, int]:
    """The groups that the actions forward to, with their weights."""
    found: dict[str, int] = {}
    for action in actions:
        if action["Type"] != "forward":
            continue
        groups = action.get("ForwardConfig", {}).get("TargetGroups", [])
        if groups:
            found |= {one["TargetGroupArn"]: one.get("Weight", 1) for one in groups}
        else:
            found[action["TargetGroupArn"]] = 1
    return found
