"""The Lambda's entry: looks at all databases, and makes those private that are public.

Environment: `TOPIC_ARN`, where reverts are reported; `PARAMETERS`, the path below which is
remembered what was.

Events only say that it is time to look, and who may have made a database public:

- CloudTrail's of calls to RDS
  (https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-rds.html), on best effort, and only
  where a trail logs management events;
- RDS's own, when an instance was created, restored, started or changed: what could not be modified
  before can be then;
- a schedule, every few minutes, for all that was lost, or came too early.

A revert is reported once, whether a look is followed by another, or runs beside one. A report that
the topic did not take is made by a later look; one is lost, log line and all, when the function
ends between the revert and the record of it: CloudTrail has the revert. Two acts on a database
within `reverts.SETTLES`, of the second of which no event tells in time, are one report.

A database that cannot be made private does not keep the others waiting. It fails the invocation at
the end, unless its state is the reason: that passes, and the metric tells if it does not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from .acts import act_of
from .adapters import ParameterRecords, RdsDatabases, SnsTopic
from .look import Done, look
from .message import metric_line
from .ports import World


class InvalidInput(ValueError):
    """The environment cannot be used; the message says what is wrong in it."""


class NotPrivate(Exception):
    """Some databases may still be public, or were not reported; the message says which and why."""


def handler(event: Mapping[str, Any], context: object) -> None:
    """Look after every database. Raises `InvalidInput` and `NotPrivate`."""
    del context
    told = act_of(event)
    world = World(
        databases=RdsDatabases(),
        records=ParameterRecords(_environment("PARAMETERS").rstrip("/")),
        topic=SnsTopic(_environment("TOPIC_ARN")),
        # A clock that is behind the event is not believed.
        now=lambda: datetime.now(UTC) if told is None else max(datetime.now(UTC), told[1].when),
    )
    tell(look(world, told), because=_because(event))


def tell(everything: Iterable[Done], *, because: str) -> None:
    """Log what is done, each as it is done; then raise `NotPrivate` for what was not."""
    failures = []
    for done in everything:
        print(json.dumps(_line(done, because=because)))
        if done.error:
            failures.append(f"{done.arn}: {done.error}" if done.arn else done.error)
    if failures:
        raise NotPrivate("; ".join(failures))


def _line(done: Done, *, because: str) -> dict[str, Any]:
    told: dict[str, Any] = {"because": because}
    if done.action:
        told["action"] = done.action
    if done.act is not None:
        told["act"] = f"{done.act.what} by {done.act.who} at {done.act.when.isoformat()}"
    if done.error:
        told["error"] = done.error
    if done.public:
        return metric_line(done.arn, told, now=datetime.now(UTC))
    return {"database": done.arn, **told}


def _because(event: Mapping[str, Any]) -> str:
    detail = event.get("detail")
    more = detail if isinstance(detail, Mapping) else {}
    what = more.get("eventName") or more.get("EventID") or ""
    return f"{event.get('detail-type', 'asked')} {what}".strip()


def _environment(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise InvalidInput(f"the environment variable {name} must be set and not be empty")
    return value
