"""Looks at one environment all the time and records what it sees."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from moto.sns.models import sns_backends

from ..balancer import Group
from ..clock import ScaledClock
from ..ecs_service import Service
from ..recording import Colour, ColourSample
from .deployments import DeploymentLog
from .listeners import BlueGreen, full_name, shares
from .measure import BalancerMetrics, TaskMetrics
from .parts import Parts
from .plan import Plan
from .recorder import Recorder

HOSTS_EVERY = timedelta(seconds=10)
"""Of the model, between two looks at the hosts; an alarm takes a minute's maximum."""
USAGE_EVERY = 1.0
"""Real seconds between two looks at what processes use."""


class Watching:
    """Records samples, deployments, changes of weights, decisions, scaling and messages.

    ``decided``: deployment -> when it was decided to take it back, on `time.monotonic`'s scale.
    All that is asked is asked under ``turn``.
    """

    def __init__(
        self,
        *,
        plan: Plan,
        parts: Parts,
        groups: BlueGreen,
        cluster: str,
        published: BalancerMetrics,
        recorder: Recorder,
        clock: ScaledClock,
        seconds: Callable[[datetime], float],
        alarms: Callable[[], tuple[str, ...]],
    ) -> None:
        self.decided: dict[str, float] = {}
        self.log = DeploymentLog(
            record=recorder.record,
            seconds=seconds,
            version=parts.launcher.version,
            colour=groups.colour,
        )
        self._plan = plan
        self._parts = parts
        self._groups = groups
        self._cluster = cluster
        self._published = published
        self._recorder = recorder
        self._clock = clock
        self._alarms = alarms
        self._usage = TaskMetrics(
            metrics=parts.metrics, clock=clock, cluster=cluster, service=plan.service_name
        )
        self._addresses: dict[str, set[str]] = {}
        self._desired: dict[str, set[int]] = {}
        self._weights: Mapping[str, int] = {}
        self._told: dict[str, int] = {}
        self._suspended = False
        self._hosts_due = clock.now()
        self._usage_due = 0.0

    def look(self) -> None:
        """Record what there is to see now."""
        self._look_at_targets()
        if time.monotonic() >= self._usage_due:
            self._usage_due = time.monotonic() + USAGE_EVERY
            self._look_at_usage()
        with self._recorder.lock:
            self.log.write(self._parts.codedeploy.deployments)
        self._look_for_decisions()
        self._look_at_messages()
        while self._recorder.due():
            self._recorder.close_second(
                self._colours(), desired=self.service().desired, alarms=self._alarms()
            )
            self._look_at_scaling()

    def routed(self, groups: Sequence[Group]) -> None:
        """The production listener leads there from now on."""
        weights = {one.name: one.weight for one in groups}
        total = sum(weights.values()) or 1
        percent = {
            colour: round(100 * weights.get(colour, 0) / total) for colour in ("blue", "green")
        }
        if percent != self._weights:
            self._weights = percent
            self._recorder.shifted(percent)
            shown = ", ".join(f"{name} {share} %" for name, share in percent.items() if share)
            self._recorder.mark("traffic", f"users are sent to {shown}")

    def service(self) -> Service:
        """The service with its task sets."""
        found = self._parts.codedeploy.service(self._cluster, self._plan.service_name)
        assert found is not None, f"{self._plan.service_name} is gone"
        return found

    def serving(self) -> str:
        """The version that users are sent to; with a split, the one that most are sent to."""
        weights = shares(self._plan.account, self._plan.region, self._groups.production)
        group = max(weights, key=lambda one: weights[one], default="")
        return self._versions().get(group, "")

    def colour_of(self, version: str) -> Colour | None:
        """The colour that a version was released on last."""
        for one in reversed(self._recorder.record.deployments):
            if one.version == version and not one.rollback_of:
                return one.colour
        return None

    def last_answer_of(self, deployment: str) -> float | None:
        """When a task of a deployment's replacement answered a user last."""
        for one in self._parts.codedeploy.deployments:
            if one.id == deployment and one.replacement is not None:
                addresses = self._addresses.get(one.replacement.arn, set())
                answers = self._recorder.last_answer
                return max((answers[each] for each in addresses if each in answers), default=None)
        return None

    def desired_during(self, first: int) -> set[int]:
        """The desired counts seen while deployments ran, from the ``first``-th on."""
        ids = [one.id for one in self._recorder.record.deployments[first:]]
        return set().union(*(self._desired.get(one, set()) for one in ids))

    def _versions(self) -> dict[str, str]:
        """Target group -> version of its task set."""
        return {
            one.target_group: self._parts.launcher.version(one.task_definition)
            for one in self.service().sets
            if one.status != "DRAINING"
        }

    def _look_at_targets(self) -> None:
        now = self._clock.now()
        publish = now >= self._hosts_due
        addresses: dict[str, str] = {}
        healthy: dict[str, int] = {}
        for group in (self._groups.blue, self._groups.green):
            name = full_name(group)
            targets = self._parts.fleet.targets(group)
            healthy[name] = sum(one.state == "healthy" for one in targets)
            for one in targets:
                addresses[one.address] = name
                self._recorder.knows(one.address, self._groups.colour(group))
                self._addresses.setdefault(one.task_set, set()).add(one.address)
            if publish and targets:
                unhealthy = sum(one.state == "unhealthy" for one in targets)
                self._published.add_hosts(name, healthy=healthy[name], unhealthy=unhealthy)
        if publish:
            self._hosts_due = now + HOSTS_EVERY
        self._published.groups = {**self._published.groups, **addresses}
        self._published.healthy = healthy

    def _look_at_usage(self) -> None:
        tasks = self._parts.fleet.tasks()
        if tasks:
            definition = self._parts.launcher.definition(tasks[0].task_definition)
            self._usage.look(
                [one.pid for one in tasks if one.pid],
                cpu=int(definition["cpu"]),
                memory=int(definition["memory"]),
            )

    def _look_for_decisions(self) -> None:
        desired = self.service().desired
        for one in self._parts.codedeploy.deployments:
            if one.active:
                self._desired.setdefault(one.id, set()).add(desired)
            if one.rolled_back_by is not None and one.id not in self.decided:
                self.decided[one.id] = self._clock.monotonic(one.rolled_back_by.created)
                code, message = one.error or ("", "")
                self._recorder.mark("rollback", f"{one.id} is taken back: {code}: {message}")

    def _look_at_messages(self) -> None:
        topics = sns_backends[self._plan.account][self._plan.region].topics
        for arn, topic in topics.items():
            sent = topic.sent_notifications
            for _, _, subject, *_ in sent[self._told.get(arn, 0) :]:
                self._recorder.mark("message", str(subject))
            self._told[arn] = len(sent)

    def _look_at_scaling(self) -> None:
        """The guard's marker is what tells that scaling waits for a release."""
        suspended = self._parts.suspended(self._cluster, self._plan.service_name)
        if suspended != self._suspended:
            self._suspended = suspended
            self._recorder.mark("scaling", f"scaling is {'suspended' if suspended else 'resumed'}")

    def _colours(self) -> dict[str, ColourSample]:
        found = {}
        versions = self._versions()
        desired = {one.target_group: one.desired for one in self.service().sets}
        for colour, group in (("blue", self._groups.blue), ("green", self._groups.green)):
            targets = self._parts.fleet.targets(group)
            found[colour] = ColourSample(
                weight=float(self._weights.get(colour, 0)),
                healthy=sum(one.state == "healthy" for one in targets),
                tasks=desired.get(group, 0),
                version=versions.get(group, ""),
            )
        return found
