"""The scalable targets of ECS services in moto, with their policies and scheduled actions.

https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ScalableTarget.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lambdas.scaling_guard.schedule import ScheduledAction

from ..cloudwatch.query import Unevaluable
from .decision import Bounds
from .policies import DIMENSION, NAMESPACE, Policy, cluster_and_service, policy_of

Found = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A scalable target. ``complete``: each of its policies can be evaluated."""

    resource_id: str
    bounds: Bounds
    out_suspended: bool
    in_suspended: bool
    schedule_suspended: bool
    policies: Sequence[Policy]
    complete: bool
    actions: Sequence[ScheduledAction]

    @property
    def service(self) -> tuple[str, str]:
        """Names of the cluster and the service."""
        return cluster_and_service(self.resource_id)


class Targets:
    """``unhonoured``: policy or scheduled action, and why it is not played, each once."""

    def __init__(self, scaling: Any) -> None:
        self.unhonoured: list[tuple[str, str]] = []
        self._scaling = scaling

    def read(self) -> list[Target]:
        """The targets as they are now."""
        found = self._all("describe_scalable_targets", "ScalableTargets")
        if not found:
            return []
        policies = self._all("describe_scaling_policies", "ScalingPolicies")
        actions = self._all("describe_scheduled_actions", "ScheduledActions")
        return [self._target(one, policies, actions) for one in found]

    def bound(self, target: Target, bounds: Bounds) -> None:
        """RegisterScalableTarget with other bounds; the rest stays."""
        self._scaling.register_scalable_target(
            ServiceNamespace=NAMESPACE,
            ResourceId=target.resource_id,
            ScalableDimension=DIMENSION,
            MinCapacity=bounds.minimum,
            MaxCapacity=bounds.maximum,
        )

    def report(self, name: str, why: str) -> None:
        """Note what is not played."""
        if (name, why) not in self.unhonoured:
            self.unhonoured.append((name, why))

    def _target(self, found: Found, policies: Sequence[Found], actions: Sequence[Found]) -> Target:
        resource_id = found["ResourceId"]
        own = [one for one in policies if one["ResourceId"] == resource_id]
        readable = [policy for one in own if (policy := self._policy(one)) is not None]
        suspended = found.get("SuspendedState", {})
        return Target(
            resource_id=resource_id,
            bounds=Bounds(minimum=found["MinCapacity"], maximum=found["MaxCapacity"]),
            out_suspended=suspended.get("DynamicScalingOutSuspended", False),
            in_suspended=suspended.get("DynamicScalingInSuspended", False),
            schedule_suspended=suspended.get("ScheduledScalingSuspended", False),
            policies=readable,
            complete=len(readable) == len(own),
            actions=[_action(one) for one in actions if one["ResourceId"] == resource_id],
        )

    def _policy(self, found: Found) -> Policy | None:
        try:
            return policy_of(found)
        except Unevaluable as error:
            self.report(found["PolicyName"], f"it is not evaluated: {error}")
            return None

    def _all(self, operation: str, key: str) -> list[Found]:
        pages = self._scaling.get_paginator(operation).paginate(ServiceNamespace=NAMESPACE)
        return [one for page in pages for one in page[key] if one["ScalableDimension"] == DIMENSION]


def _action(found: Found) -> ScheduledAction:
    """An action without a time zone is in UTC."""
    changes = found.get("ScalableTargetAction", {})
    return ScheduledAction(
        name=found["ScheduledActionName"],
        schedule=found["Schedule"],
        time_zone=found.get("Timezone") or "UTC",
        minimum=changes.get("MinCapacity"),
        maximum=changes.get("MaxCapacity"),
        limited="StartTime" in found or "EndTime" in found,
    )
