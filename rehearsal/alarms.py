"""The alarms of a deployment group.

https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-create-alarms.html
https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_AlarmConfiguration.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError


@dataclass(frozen=True)
class Reading:
    """What CloudWatch said: the alarms that are active, and those it said nothing of."""

    active: tuple[str, ...]
    unreadable: tuple[str, ...]


class Alarms:
    """Reads alarm states, each at most once until `forget`."""

    def __init__(self, cloudwatch: Any) -> None:
        self._cloudwatch = cloudwatch
        self._states: dict[str, str | None] = {}

    def forget(self) -> None:
        """Ask CloudWatch anew from now on."""
        self._states.clear()

    def read(self, names: Iterable[str]) -> Reading:
        """The states of the alarms. A missing alarm cannot be read, like one of a failed call.

        Not documented: that an alarm that does not exist counts as status unavailable.
        """
        wanted = list(names)
        missing = [name for name in wanted if name not in self._states]
        if missing:
            self._states |= dict.fromkeys(missing) | self._ask(missing)
        return Reading(
            active=tuple(name for name in wanted if self._states[name] == "ALARM"),
            unreadable=tuple(name for name in wanted if self._states[name] is None),
        )

    def _ask(self, names: list[str]) -> dict[str, str | None]:
        try:
            answer = self._cloudwatch.describe_alarms(
                AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
            )
        except (BotoCoreError, ClientError):
            return {}
        alarms = [*answer.get("MetricAlarms", []), *answer.get("CompositeAlarms", [])]
        return {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms}
