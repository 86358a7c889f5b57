"""Evaluates the alarms of one account and region, which moto only stores.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ..clock import Clock
from . import reasons
from .alarm import Alarm, alarm_of
from .metrics import Metrics
from .query import Unevaluable

_SCALING = ":scalingPolicy:"


@dataclass(frozen=True, kw_only=True)
class AlarmChange:
    """An alarm went from one state to another."""

    name: str
    old: str
    new: str
    reason: str
    moment: datetime


@dataclass(kw_only=True)
class _Watched:
    """An alarm and its state. ``alarm`` None: it cannot be evaluated."""

    alarm: Alarm | None
    state: str


class AlarmEvaluator:
    """An `Actor` that evaluates every metric alarm at the end of each minute.

    Alarms of shorter periods are evaluated every 10 seconds. Minutes are those of the clock on
    the wall; not documented of CloudWatch, which is late by an unknown time, too: ``delay``,
    default none, is how long after a period's end it is evaluated.

    The alarms are read anew whenever one is evaluated, so a state that somebody set lasts until
    then (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html).
    Data from before an alarm's creation counts.

    ``on_change`` is called with each change. ``unhonoured``: alarm and reason, for what an alarm
    says and is not done, each once.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        cloudwatch: Any,
        metrics: Metrics,
        on_change: Callable[[AlarmChange], object] = lambda _: None,
        delay: timedelta = timedelta(0),
    ) -> None:
        self.unhonoured: list[tuple[str, str]] = []
        self._clock = clock
        self._cloudwatch = cloudwatch
        self._metrics = metrics
        self._on_change = on_change
        self._delay = delay
        self._watched: dict[str, _Watched] = {}
        self._known: dict[str, tuple[Mapping[str, Any], Alarm | None]] = {}
        self._stale = True
        self._evaluated = clock.now() - delay

    def refresh(self) -> None:
        """Read the alarms anew when next run: some were put or deleted.

        Not needed: alarms are found by themselves within the minute. But only what has been read
        is in state INSUFFICIENT_DATA from its beginning, where moto says OK.
        """
        self._stale = True

    def run_due(self) -> None:
        """Evaluate what is due. After a jump of the clock each period in order."""
        now = self._clock.now()
        if self._stale:
            self._read()
        until = now - self._delay
        if _next(self._evaluated, self._step) > until:
            return
        self._read()
        while (end := _next(self._evaluated, self._step)) <= until:
            self._evaluated = end
            for name, watched in self._watched.items():
                if watched.alarm and not end.timestamp() % watched.alarm.every:
                    self._evaluate(name, watched, watched.alarm, end)

    def next_due(self) -> datetime | None:
        """The end of the next period, and the delay."""
        if self._stale:
            return self._clock.now()
        return _next(self._evaluated, self._step) + self._delay

    @property
    def _step(self) -> int:
        """Without alarms a minute, too: some may have been put."""
        alarms = (one.alarm for one in self._watched.values())
        return min((one.every for one in alarms if one), default=60)

    def _evaluate(self, name: str, watched: _Watched, alarm: Alarm, end: datetime) -> None:
        verdict = alarm.evaluate(self._metrics, end=end)
        if verdict.state is None or verdict.state == watched.state:
            return
        self._cloudwatch.set_alarm_state(
            AlarmName=name, StateValue=verdict.state, StateReason=verdict.reason
        )
        change = AlarmChange(
            name=name,
            old=watched.state,
            new=verdict.state,
            reason=verdict.reason,
            moment=end + self._delay,
        )
        watched.state = verdict.state
        self._on_change(change)

    def _read(self) -> None:
        self._stale = False
        self._watched = {}
        pages = self._cloudwatch.get_paginator("describe_alarms").paginate(
            AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        for page in pages:
            for found in page.get("MetricAlarms", []):
                self._watch(found)
            for found in page.get("CompositeAlarms", []):
                self._report(found["AlarmName"], "composite alarms are not evaluated")

    def _watch(self, found: Mapping[str, Any]) -> None:
        name = str(found["AlarmName"])
        state = str(found["StateValue"])
        if found.get("StateReason") == reasons.INITIAL and state != "INSUFFICIENT_DATA":
            state = "INSUFFICIENT_DATA"
            self._cloudwatch.set_alarm_state(
                AlarmName=name, StateValue=state, StateReason=reasons.INITIAL
            )
        self._watched[name] = _Watched(alarm=self._alarm(name, found), state=state)

    def _alarm(self, name: str, found: Mapping[str, Any]) -> Alarm | None:
        """Read it once, and again when it was put again."""
        definition = {key: found[key] for key in found if not key.startswith("State")}
        known = self._known.get(name)
        if known is None or known[0] != definition:
            known = self._known[name] = (definition, self._understand(name, found))
        return known[1]

    def _understand(self, name: str, found: Mapping[str, Any]) -> Alarm | None:
        actions = [
            action
            for kind in ("AlarmActions", "OKActions", "InsufficientDataActions")
            for action in found.get(kind, [])
            if _SCALING not in action
        ]
        if actions:
            self._report(name, f"its actions are not carried out: {', '.join(actions)}")
        try:
            alarm = alarm_of(found)
            if alarm.reach > self._metrics.keep:
                raise Unevaluable(
                    f"it looks back {alarm.reach} and data is kept for {self._metrics.keep}"
                )
        except Unevaluable as error:
            self._report(name, f"it is not evaluated: {error}")
            return None
        return alarm

    def _report(self, name: str, why: str) -> None:
        if (name, why) not in self.unhonoured:
            self.unhonoured.append((name, why))


def _next(moment: datetime, step: int) -> datetime:
    """The first multiple of the step, counted from the epoch, after the moment."""
    return datetime.fromtimestamp((math.floor(moment.timestamp() / step) + 1) * step, UTC)
