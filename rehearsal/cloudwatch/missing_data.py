"""The state that data points give an alarm, when some of them are missing, too.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
Treatment = Literal["missing", "ignore", "breaching", "notBreaching"]

EXTRA = 2
"""So many more data points are retrieved than there are evaluation periods.

Not documented but for an example: 5 for 3 periods.
"""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """``datapoints`` of the last ``periods`` must breach: M out of N."""

    periods: int
    datapoints: int
    missing: Treatment

    @property
    def range(self) -> int:
        """How many data points are looked at."""
        return self.periods + EXTRA


@dataclass(frozen=True, kw_only=True)
class Judged:
    """``state`` None: it stays what it is. ``used``: positions of the data points that counted.

    ``filled``: for so many missing ones the rule's treatment counted.
    """

    state: State | None
    used: tuple[int, ...]
    filled: int


def judge(breaches: Sequence[bool | None], rule: Rule) -> Judged:
    """Judge the data points of `rule.range`, oldest first; None: missing.

    Enough real ones decide alone, the latest of them. Otherwise all real ones count, and the rest
    is filled in as the rule treats missing ones.
    """
    real = [at for at, one in enumerate(breaches) if one is not None][-rule.periods :]
    breaching = sum(breaches[at] is True for at in real)
    filled = rule.periods - len(real)
    if filled and rule.missing == "breaching":
        breaching += filled
    state: State | None = "ALARM" if breaching >= rule.datapoints else "OK"
    if filled and state == "OK" and rule.missing in ("missing", "ignore"):
        state = _without_filling(breaches, rule)
    return Judged(state=state, used=tuple(real), filled=filled)


def _without_filling(breaches: Sequence[bool | None], rule: Rule) -> State | None:
    """Too few breach for certain, and nothing is known of the missing ones.

    One that does not breach decides. When all there are breach, and the oldest is at least as old
    as the rule's data points, it is the alarm that was withheld to avoid a premature one. When
    they are younger, this follows an earlier edition of the page; today's says only that there is
    no alarm yet.
    """
    if False in breaches:
        return "OK"
    if rule.missing == "ignore":
        return None
    age = len(breaches) - breaches.index(True) if True in breaches else 0
    return "ALARM" if age >= rule.datapoints else "INSUFFICIENT_DATA"
