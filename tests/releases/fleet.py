"""The simulated fleet, told of behaviours by image: a test knows an image before its revision."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import boto3

from rehearsal.clock import ManualClock
from tests.support.simulated_fleet import Behaviour, SimulatedFleet


class FleetByDigest(SimulatedFleet):
    """``by_digest``: behaviours of versions, deployed or not."""

    def __init__(self, *, clock: ManualClock, elbv2: Any) -> None:
        super().__init__(clock=clock, elbv2=elbv2)
        self.by_digest: dict[str, Behaviour] = {}

    def start(self, task_set: str, *, task_definition: str, target_group: str, count: int) -> None:
        """Begin to run tasks."""
        answer = boto3.client("ecs").describe_task_definition(taskDefinition=task_definition)
        image = answer["taskDefinition"]["containerDefinitions"][0]["image"]
        behaviour = self.by_digest.get(image.partition("@")[2])
        if behaviour is not None:
            self.behaviours[task_definition] = behaviour
        super().start(
            task_set, task_definition=task_definition, target_group=target_group, count=count
        )

    def slow_down(self, seconds: float) -> None:
        """Tasks that start from now on take so long to be healthy."""
        for found in self._sets.values():
            found.behaviour = replace(found.behaviour, healthy_after=seconds)
