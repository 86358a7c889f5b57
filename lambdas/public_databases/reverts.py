"""What one look leaves for the next: acts that were told of, reverts and their reports. Pure.

RDS does not say that a revert is on its way: PubliclyAccessible is no pending modified value
(https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_PendingModifiedValues.html), and a
database stays `available` for a moment. So two looks may both turn it back, which is one change;
that it is one report needs a memory.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .acts import Act

SETTLES = timedelta(minutes=3)
"""For so long a revert may have to be made again, and one that reports it may take. Less than what
lies between two looks of the schedule."""
ACT_LASTS = timedelta(hours=1)
"""An act from before that is not held to be the reason for what is found now."""


class InvalidRecord(ValueError):
    """A text is no record; the message says what is wrong with it."""


@dataclass(frozen=True, kw_only=True)
class Revert:
    """A database was turned back `at` a moment, because of an `act`; None: nobody knows whose.

    `claimed`: when somebody last began to report it. `told`: that was done.
    """

    arn: str
    at: datetime
    act: Act | None
    claimed: datetime
    told: bool = False


def is_new(last: Revert | None, act: Act | None, *, now: datetime) -> bool:
    """Whether a revert `now` is another than the `last`, rather than the same once more."""
    if last is None or now - last.at >= SETTLES:
        return True
    return act is not None and act.when > last.at


def reason(act: Act | None, last: Revert | None, *, now: datetime) -> Act | None:
    """Return the act, unless it is too old or an earlier revert's."""
    if act is None or now - act.when >= ACT_LASTS or (last is not None and act.when <= last.at):
        return None
    return act


def owed(revert: Revert, *, now: datetime) -> bool:
    """Whether who began to report it has not, and will not any more."""
    return not revert.told and now - revert.claimed >= SETTLES


def act_text(act: Act) -> str:
    """The record of an act."""
    return json.dumps(_act_to(act))


def act_from(text: str) -> Act:
    """Read what `act_text` wrote, or raise `InvalidRecord`."""
    try:
        return _act_from(json.loads(text))
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidRecord(f"no act, but {text[:100]!r}") from error


def revert_text(revert: Revert) -> str:
    """The record of a revert."""
    return json.dumps(
        {
            "arn": revert.arn,
            "at": revert.at.isoformat(),
            "act": None if revert.act is None else _act_to(revert.act),
            "claimed": revert.claimed.isoformat(),
            "told": revert.told,
        }
    )


def revert_from(text: str) -> Revert:
    """Read what `revert_text` wrote, or raise `InvalidRecord`."""
    try:
        found = json.loads(text)
        return Revert(
            arn=str(found["arn"]),
            at=_moment(found["at"]),
            act=None if found["act"] is None else _act_from(found["act"]),
            claimed=_moment(found["claimed"]),
            told=found["told"] is True,
        )
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidRecord(f"no revert, but {text[:100]!r}") from error


def _act_to(act: Act) -> dict[str, str]:
    return {"who": act.who, "what": act.what, "when": act.when.isoformat()}


def _act_from(found: Any) -> Act:
    return Act(who=str(found["who"]), what=str(found["what"]), when=_moment(found["when"]))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment
