"""An ECS service as scaling sees it.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ServiceState:
    """``running``: the actual tasks, where scaling starts. ``deploying``: it does not scale in.

    Not documented for a service with task sets: here the running tasks are those of the PRIMARY
    set, because the metrics of a blue/green deployment are not of twice as many tasks; and it
    deploys while there is another set that is not DRAINING.
    """

    desired: int
    running: int
    deploying: bool


def read_service(ecs: Any, *, cluster: str, service: str) -> ServiceState | None:
    """DescribeServices; None for a service that is not ACTIVE."""
    answer = ecs.describe_services(cluster=cluster, services=[service])
    for found in answer["services"]:
        if found["status"] != "ACTIVE":
            continue
        sets = [one for one in found.get("taskSets", []) if one["status"] != "DRAINING"]
        primary = [one for one in sets if one["status"] == "PRIMARY"]
        rolling = [one for one in found.get("deployments", []) if one["status"] == "ACTIVE"]
        return ServiceState(
            desired=int(found["desiredCount"]),
            running=int((primary or [found])[0].get("runningCount", 0)),
            deploying=len(sets) > 1 or bool(rolling),
        )
    return None
