"""To how many tasks the policies of one service want to scale. Pure: no I/O, no clock.

https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from .policies import Policy


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A policy and what its metric says.

    ``high`` and ``low``: its alarm is in ALARM. ``latest``: the newest data point. ``highest``: the
    highest of those behind the low alarm.
    """

    policy: Policy
    high: bool
    low: bool
    latest: float
    highest: float


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The least and the most tasks."""

    minimum: int
    maximum: int

    def clamp(self, count: int) -> int:
        """The count within the bounds."""
        return min(max(count, self.minimum), self.maximum)


@dataclass(frozen=True)
class Wanted:
    """A count and the policy that asks for it."""

    count: int
    policy: Policy


def scale_out(
    readings: Iterable[Reading], *, desired: int, start: int, bounds: Bounds
) -> Wanted | None:
    """The largest count that a policy wants, when it is more than `desired`.

    ``start``: the tasks that the metric was measured of. Of none it goes on with the least.
    Not documented: that the newest data point counts.
    """
    wanted = [
        Wanted(bounds.clamp(max(_proportional(start, one.latest, one.policy), 1)), one.policy)
        for one in readings
        if one.high
    ]
    return _largest(wanted, lambda count: count > desired)


def scale_in(
    readings: Sequence[Reading], *, desired: int, start: int, bounds: Bounds
) -> Wanted | None:
    """The largest count that a policy wants, when all that may scale in are ready to.

    Rounded up, so that nothing is removed that would bring the metric back above its target. Not
    documented: how much more gradually it scales in than out. Here the highest of the data points
    that were low counts.
    """
    taking_part = [one for one in readings if one.policy.scale_in]
    if not taking_part or not all(one.low for one in taking_part):
        return None
    wanted = [
        Wanted(bounds.clamp(_proportional(start, one.highest, one.policy)), one.policy)
        for one in taking_part
    ]
    return _largest(wanted, lambda count: count < desired)


def _proportional(start: int, value: float, policy: Policy) -> int:
    return math.ceil(round(start * value / policy.target, 6))


def _largest(wanted: Sequence[Wanted], fits: Callable[[int], bool]) -> Wanted | None:
    largest = max(wanted, key=lambda one: one.count, default=None)
    return largest if largest is not None and fits(largest.count) else None
