"""What matters most about a secret, in every state that it can be in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ops.secret_state import NEEDS_PERSON, SecretState, advice, kind, words

from .states import START
from .world import ACCOUNT, CLUSTER, REGION, SERVICE

NAME = f"{CLUSTER}/{SERVICE}/database"
DAY = timedelta(days=1)
NOW = START


def secret(**known: object) -> SecretState:
    values: dict[str, object] = {
        "name": NAME,
        "service": SERVICE,
        "current": "v1",
        "enabled": True,
        "function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:rotation",
        "interval": 30 * DAY,
        "created": NOW - 400 * DAY,
        "rotated": NOW - 3 * DAY,
        **known,
    }
    return SecretState(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, "ok"),
        ({"rotated": NOW - 33 * DAY}, "ok"),
        ({"rotated": NOW - 33.1 * DAY}, "overdue"),
        ({"rotated": None}, "overdue"),
        ({"rotated": None, "created": NOW - DAY}, "never rotated"),
        ({"interval": None, "next": NOW - 3 * DAY}, "ok"),
        ({"interval": None, "next": NOW - 3.1 * DAY}, "overdue"),
        ({"interval": None, "rotated": NOW - 399 * DAY}, "ok"),
        ({"pending": "v2", "pending_since": NOW}, "rotating"),
        ({"pending": "v2", "pending_since": NOW - DAY, "enabled": False}, "stuck"),
        ({"pending": "v2"}, "rotating"),
        ({"enabled": False}, "off"),
        ({"current": ""}, "empty"),
        ({"deleted": NOW, "current": ""}, "deleted"),
        ({"found": False}, "missing"),
        ({"restart_since": NOW - DAY / 5}, "restart due"),
        ({"restart_since": NOW - DAY / 4}, "restart overdue"),
    ],
)
def test_what_matters_most_comes_first(known: dict[str, object], expected: str) -> None:
    found = secret(**known)
    assert kind(found, now=NOW) == expected
    told = advice(found, environment="prod", now=NOW)
    assert (told is not None) == (expected in NEEDS_PERSON), "whoever is needed is told what for"
    assert words(found, now=NOW)
