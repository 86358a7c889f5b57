"""EventBridge: the rules of deployed stacks, their patterns, schedules and targets.

Patterns of exact values
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html) and schedules of
``rate(...)`` are honoured, and functions as targets; what a rule asks for beyond that is listed in
``unhonoured``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .clock import Clock

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_UNITS = {"minute": 60, "hour": 3600, "day": 86400}
_TARGET_KEYS = {"Arn", "Id", "Input", "InputTransformer"}
_PLACEHOLDER = re.compile(r"<([\w.-]+)>")
_QUOTED_OR_PLACEHOLDER = re.compile(r'"(?:[^"\\]|\\.)*"|<[\w.-]+>')

Deliver = Callable[[str, Any], None]
"""(a target's ARN, the event it is given)."""


@dataclass(eq=False, kw_only=True)
class _Schedule:
    targets: list[Mapping[str, Any]]
    every: timedelta
    due: datetime


class EventRules:
    """The default event bus of one account and Region."""

    def __init__(self, *, clock: Clock, deliver: Deliver, account: str, region: str) -> None:
        self.unhonoured: list[tuple[str, str]] = []
        self._clock = clock
        self._deliver = deliver
        self._account = account
        self._region = region
        self._patterns: list[tuple[Mapping[str, Any], list[Mapping[str, Any]]]] = []
        self._schedules: list[_Schedule] = []

    def add(self, name: str, properties: Mapping[str, Any]) -> None:
        """Put a rule, by its logical id and resolved properties."""
        if properties.get("State", "ENABLED") == "DISABLED":
            return
        targets = [one for one in properties.get("Targets", []) if self._plays(name, one)]
        pattern = properties.get("EventPattern")
        schedule = properties.get("ScheduleExpression")
        if pattern and _exact(pattern):
            self._patterns.append((pattern, targets))
        elif pattern:
            self.unhonoured.append((name, "EventPattern: only exact values are matched"))
        if schedule:
            self._add_schedule(name, str(schedule), targets)

    def publish(self, event: Mapping[str, Any]) -> None:
        """Deliver an event to the targets of every rule that it matches."""
        for pattern, targets in self._patterns:
            if _matches(pattern, event):
                self._send(targets, event)

    def run_due(self) -> None:
        """Deliver what schedules say."""
        while (one := self._next()) is not None and one.due <= self._clock.now():
            moment, one.due = one.due, one.due + one.every
            self._send(one.targets, self._scheduled(moment))

    def next_due(self) -> datetime | None:
        """When the next schedule is due."""
        found = self._next()
        return None if found is None else found.due

    def _next(self) -> _Schedule | None:
        return min(self._schedules, key=lambda one: one.due, default=None)

    def _plays(self, name: str, target: Mapping[str, Any]) -> bool:
        """Whether a target is delivered to; what of it is not played is noted."""
        arn = str(target["Arn"])
        for key in sorted(set(target) - _TARGET_KEYS):
            self.unhonoured.append((name, f"{key} of target {target['Id']} is not played"))
        if ":lambda:" in arn:
            return True
        self.unhonoured.append((name, f"target {arn}: only functions are delivered to"))
        return False

    def _add_schedule(self, name: str, text: str, targets: list[Mapping[str, Any]]) -> None:
        match = _RATE.fullmatch(text)
        if match is None:
            self.unhonoured.append((name, f"ScheduleExpression {text}: only rate(...) is played"))
            return
        every = timedelta(seconds=int(match[1]) * _UNITS[match[2]])
        due = self._clock.now() + every
        self._schedules.append(_Schedule(targets=targets, every=every, due=due))

    def _send(self, targets: Iterable[Mapping[str, Any]], event: Mapping[str, Any]) -> None:
        for target in targets:
            self._deliver(str(target["Arn"]), _transformed(target, event))

    def _scheduled(self, moment: datetime) -> dict[str, Any]:
        """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html"""
        return {
            "version": "0",
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": self._account,
            "region": self._region,
            "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "resources": [],
            "detail": {},
        }


def rules_of(resources: Iterable[Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Logical id and properties of the rules among a stack's resources."""
    for one in resources:
        if one.type == "AWS::Events::Rule":
            yield one.logical_id, one.properties


def _transformed(target: Mapping[str, Any], event: Mapping[str, Any]) -> Any:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html

    Not documented: what stands in JSON for a path that the event does not have; here null.
    """
    if "Input" in target:
        return json.loads(target["Input"])
    transformer = target.get("InputTransformer")
    if not transformer:
        return event
    values = {
        name: _at(event, str(path)) for name, path in transformer.get("InputPathsMap", {}).items()
    }

    def filled(match: re.Match[str]) -> str:
        if match[0].startswith('"'):
            return _PLACEHOLDER.sub(lambda each: _within_quotes(values[each[1]]), match[0])
        return json.dumps(values[match[0][1:-1]])

    return json.loads(_QUOTED_OR_PLACEHOLDER.sub(filled, str(transformer["InputTemplate"])))


def _at(event: Any, path: str) -> Any:
    for key in path.removeprefix("$").removeprefix(".").split("."):
        if key:
            event = event.get(key) if isinstance(event, Mapping) else None
    return event


def _within_quotes(value: Any) -> str:
    return json.dumps(value if isinstance(value, str) else json.dumps(value))[1:-1]


def _exact(pattern: Any) -> bool:
    if isinstance(pattern, Mapping):
        return all(_exact(value) for value in pattern.values())
    return isinstance(pattern, list) and not any(isinstance(one, dict) for one in pattern)


def _matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    for key, wanted in pattern.items():
        found = event.get(key)
        if isinstance(wanted, Mapping):
            if not isinstance(found, Mapping) or not _matches(wanted, found):
                return False
        elif isinstance(found, list):
            if not any(one in wanted for one in found):
                return False
        elif found not in wanted:
            return False
    return True
