"""Who gets which request: a round of turns in which shares are exact and well mixed.

Caddy's own `weighted_round_robin` takes an upstream as many times in a row as it weighs, so that
at 80 to 20 eighty requests go one way before twenty go the other. Here the turns are laid out
beforehand and Caddy's `round_robin` walks them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle, islice

from .parts import Group

# Three for each percent: so three tasks share every whole percent equally.
TURNS = 300


def turns(groups: Sequence[Group]) -> tuple[str | None, ...]:
    """The target of each of `TURNS` turns; None: of a group without targets, or of no group.

    A group gets its weight's share, exactly when that is a number of whole percents, otherwise
    one turn more or less. Within a group the targets come in turn.
    """
    weighing = [group for group in groups if group.weight > 0]
    if not weighing:
        return (None,) * TURNS
    nobody: tuple[str | None, ...] = (None,)
    targets = [cycle(group.targets or nobody) for group in weighing]
    order = islice(_mixed([group.weight for group in weighing]), TURNS)
    return tuple(next(targets[index]) for index in order)


def _mixed(weights: Sequence[int]) -> Iterator[int]:
    """Indexes without end, each as often as it weighs, spread evenly (smooth round robin)."""
    total = sum(weights)
    credit = [0] * len(weights)
    while True:
        credit = [have + weight for have, weight in zip(credit, weights, strict=True)]
        chosen = credit.index(max(credit))
        credit[chosen] -= total
        yield chosen
