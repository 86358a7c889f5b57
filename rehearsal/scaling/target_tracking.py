"""Application Auto Scaling for ECS services: bounds, scheduled actions, target tracking policies.

https://docs.aws.amazon.com/autoscaling/application/userguide/what-is-application-auto-scaling.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from lambdas.scaling_guard.schedule import due_in

from ..clock import Clock
from ..cloudwatch.metrics import Metrics
from .decision import Bounds, Reading, Wanted, scale_in, scale_out
from .policies import Policy
from .service import ServiceState, read_service
from .targets import Target, Targets


@dataclass(frozen=True, kw_only=True)
class ScaleChange:
    """A desired count that was changed. ``reason`` is in the words of a scaling activity's cause.

    https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scaling-activities.html
    """

    cluster: str
    service: str
    old: int
    new: int
    reason: str
    moment: datetime


@dataclass(kw_only=True)
class _Memory:
    """What is remembered of a scalable target.

    ``start``: the tasks from which the scale-out went whose cooldown lasts until ``out_until``.
    """

    bounds: Bounds | None = None
    start: int = 0
    out_until: datetime | None = None
    in_until: datetime | None = None


class TargetTracking:
    """An `Actor` that scales at each minute of the clock on the wall, and ``delay`` after it.

    Policies, bounds, suspended state and schedules are those in moto at that moment. Bounds apply
    when they were registered or changed, whatever is suspended: a suspension is of policies and
    schedules. With a policy in it that cannot be evaluated a target does not scale in, because
    all have to agree. Not documented with several policies: whose cooldown counts. Here it is
    that of the policy that scaled.

    ``on_scale`` is called with each change.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        scaling: Any,
        ecs: Any,
        metrics: Metrics,
        on_scale: Callable[[ScaleChange], object] = lambda _: None,
        delay: timedelta = timedelta(0),
    ) -> None:
        self._clock = clock
        self._targets = Targets(scaling)
        self._ecs = ecs
        self._metrics = metrics
        self._on_scale = on_scale
        self._delay = delay
        self._memories: dict[str, _Memory] = {}
        self._last = clock.now() - delay

    @property
    def unhonoured(self) -> list[tuple[str, str]]:
        """Policy or scheduled action, and why it is not played, each once."""
        return self._targets.unhonoured

    def run_due(self) -> None:
        """Do what is due. After a jump of the clock each minute in order."""
        until = self._clock.now() - self._delay
        while (end := _next(self._last)) <= until:
            for target in self._read_targets():
                self._run(target, self._last, end)
            self._last = end

    def next_due(self) -> datetime | None:
        """The next minute, and the delay."""
        return _next(self._last) + self._delay

    def _read_targets(self) -> list[Target]:
        """Those that are gone are forgotten."""
        targets = self._targets.read()
        self._memories = {
            one.resource_id: self._memories.get(one.resource_id, _Memory()) for one in targets
        }
        return targets

    def _run(self, target: Target, last: datetime, end: datetime) -> None:
        memory = self._memories[target.resource_id]
        bounds, scheduled = self._scheduled(target, last, end)
        if scheduled or bounds != memory.bounds:
            self._apply(target, bounds, end)
            memory.bounds = bounds
        readings = [one for policy in target.policies if (one := self._read(policy, end))]
        if any(one.high or one.low for one in readings):
            self._follow(target, bounds, readings, end)

    def _scheduled(self, target: Target, last: datetime, end: datetime) -> tuple[Bounds, bool]:
        """Run the scheduled actions that fell due: the bounds then, and whether there were any.

        What falls due while it is suspended is not made up for
        (https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-suspend-resume-scaling.html).
        """
        bounds = target.bounds
        due, unknown = due_in(target.actions, after=last, until=end)
        for why in unknown:
            name, _, reason = why.partition(": ")
            self._targets.report(name, f"it does not run: {reason}")
        if target.schedule_suspended:
            return bounds, False
        for one in due:
            least, most = one.action.minimum, one.action.maximum
            bounds = Bounds(
                minimum=bounds.minimum if least is None else least,
                maximum=bounds.maximum if most is None else most,
            )
            self._targets.bound(target, bounds)
        return bounds, bool(due)

    def _apply(self, target: Target, bounds: Bounds, end: datetime) -> None:
        """https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html"""
        state = self._state(target)
        if state is None:
            return
        count = bounds.clamp(state.desired)
        which = "minimum" if count > state.desired else "maximum"
        self._set(target, state, count, f"{which} capacity was set to {count}", end)

    def _read(self, policy: Policy, end: datetime) -> Reading | None:
        """What the policy's alarms say; None without data, on which nothing scales."""
        high = policy.high.evaluate(self._metrics, end=end)
        low = policy.low.evaluate(self._metrics, end=end)
        values = [one for one in low.datapoints if one is not None]
        if not values:
            return None
        return Reading(
            policy=policy,
            high=high.state == "ALARM",
            low=low.state == "ALARM",
            latest=values[-1],
            highest=max(values[-policy.low.rule.periods :]),
        )

    def _follow(
        self, target: Target, bounds: Bounds, readings: Sequence[Reading], end: datetime
    ) -> None:
        state = self._state(target)
        if state is None:
            return
        memory = self._memories[target.resource_id]
        cooling = memory.out_until is not None and end < memory.out_until
        start = memory.start if cooling else state.running
        out = scale_out(readings, desired=state.desired, start=start, bounds=bounds)
        if out is not None:
            if not target.out_suspended:
                memory.start = start
                memory.out_until = end + out.policy.out_cooldown
                memory.in_until = None
                self._set(target, state, out.count, _cause(out, out.policy.high.name), end)
            return
        if self._may_scale_in(target, state, memory, readings, end):
            found = scale_in(readings, desired=state.desired, start=state.running, bounds=bounds)
            if found is not None:
                memory.in_until = end + found.policy.in_cooldown
                self._set(target, state, found.count, _cause(found, found.policy.low.name), end)

    def _may_scale_in(
        self,
        target: Target,
        state: ServiceState,
        memory: _Memory,
        readings: Sequence[Reading],
        end: datetime,
    ) -> bool:
        """A policy without data is not ready to scale in, and so does not agree."""
        return (
            not target.in_suspended
            and not state.deploying
            and not (memory.in_until is not None and end < memory.in_until)
            and target.complete
            and len(readings) == len(target.policies)
        )

    def _set(
        self, target: Target, state: ServiceState, count: int, reason: str, end: datetime
    ) -> None:
        if count == state.desired:
            return
        cluster, service = target.service
        self._ecs.update_service(cluster=cluster, service=service, desiredCount=count)
        self._on_scale(
            ScaleChange(
                cluster=cluster,
                service=service,
                old=state.desired,
                new=count,
                reason=reason,
                moment=end + self._delay,
            )
        )

    def _state(self, target: Target) -> ServiceState | None:
        cluster, service = target.service
        return read_service(self._ecs, cluster=cluster, service=service)


def _cause(wanted: Wanted, alarm: str) -> str:
    return f"monitor alarm {alarm} in state ALARM triggered policy {wanted.policy.name}"


def _next(moment: datetime) -> datetime:
    return datetime.fromtimestamp((math.floor(moment.timestamp() / 60) + 1) * 60, UTC)
