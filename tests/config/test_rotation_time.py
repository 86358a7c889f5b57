"""Schedules: which Secrets Manager takes, and how far apart their rotations are."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.cron import CronInvalid, Times, times
from config.load import load
from config.model.secrets import ApiKey, DatabaseRotation
from config.rotation_time import (
    longest_days,
    restart_minutes,
    schedule_expression,
    shortest_hours,
)
from config.rules.rotation import check_room
from tests.config.example import REPOSITORY


@pytest.mark.parametrize(
    ("expression", "hours", "longest", "shortest"),
    [
        ("cron(0 3 ? * SUN *)", (3,), 7, 7),
        ("cron(0 3 ? * 1 *)", (3,), 7, 7),
        ("cron(0 0 * * ? *)", (0,), 1, 1),
        ("cron(0 3 1 * ? *)", (3,), 31, 28),
        ("cron(0 3 L * ? *)", (3,), 31, 28),
        ("cron(0 3 1,15 * ? *)", (3,), 17, 14),
        ("cron(0 3 1-3 * ? *)", (3,), 29, 1),
        ("cron(0 3 1/14 * ? *)", (3,), 14, 1),
        ("cron(0 3 1 JAN,JUL ? *)", (3,), 184, 181),
        ("cron(0 3 1 1/6 ? *)", (3,), 184, 181),
        ("cron(0 3 ? * MON-FRI *)", (3,), 3, 1),
        ("cron(0 3 ? * TUE#1 *)", (3,), 35, 28),
        ("cron(0 3 ? * 6L *)", (3,), 35, 28),
        ("cron(0 3 ? * L *)", (3,), 7, 7),
        ("cron(0 3 29 FEB ? *)", (3,), 1461, 1461),
        ("cron(0 4/12 * * ? *)", (4, 16), 1, 1),
    ],
)
def test_when_an_expression_comes_due(
    expression: str, hours: tuple[int, ...], longest: int, shortest: int
) -> None:
    assert times(expression) == Times(hours=hours, longest_days=longest, shortest_days=shortest)


@pytest.mark.parametrize(
    ("expression", "least"),
    [
        ("cron(0 4/12 * * ? *)", 12),
        ("cron(0 1/5 * * ? *)", 4),
        ("cron(0 0/23 * * ? *)", 1),
        ("cron(0 22 ? * SUN *)", 168),
    ],
)
def test_the_least_time_counts_the_night_as_well(expression: str, least: int) -> None:
    assert times(expression).shortest_hours == least


@given(st.text(alphabet="cron(0123456789 *?/-,#LWSUNJAN)", max_size=30))
def test_any_text_is_a_schedule_or_said_to_be_none(text: str) -> None:
    for expression in (text, f"cron(0 {text} * ? *)", f"cron(0 3 ? * {text} *)"):
        found: Times | None = None
        with suppress(CronInvalid):
            found = times(expression)
        if found is not None:
            assert 1 <= found.shortest_days <= found.longest_days
            assert found.shortest_hours >= 1


@given(st.integers(min_value=1, max_value=999), st.integers(min_value=1, max_value=24))
def test_days_are_a_rate(days: int, window: int) -> None:
    rotation = DatabaseRotation(every_days=days, window_hours=window)

    assert schedule_expression(rotation) == (f"rate({days} days)" if days > 1 else "rate(1 day)")
    assert longest_days(rotation) == days
    assert shortest_hours(rotation) == days * 24 - window


def test_where_nothing_is_said_a_secret_is_rotated_every_30_days() -> None:
    assert schedule_expression(DatabaseRotation()) == "rate(30 days)"


def test_a_key_tells_its_variable() -> None:
    key = ApiKey(name="card-payments", provider="http", url="https://example.com")

    assert key.variable == "CARD_PAYMENTS_API_KEY_SECRET_ID"


def test_a_restart_waits_for_a_release_and_its_standby_and_is_one_itself() -> None:
    inventory = load(REPOSITORY).environment("prod").services["inventory"]

    # 10 install + 5 checks + 9 shift + 10 bake + 60 standby, twice, and one look.
    assert restart_minutes(service=inventory) == 2 * (34 + 60) + 10


def test_more_secrets_than_a_stack_holds_are_refused_at_the_first_that_is_too_much() -> None:
    services = load(REPOSITORY).environment("prod").services

    def refused(**many: int) -> list[str]:
        named = {
            f"{name}-{number}": services[name] for name in many for number in range(many[name])
        }
        return [service for service, _ in check_room(services=named)]

    assert refused(inventory=50) == []
    assert refused(inventory=60) == ["inventory-50"]
    assert refused(storefront=23) == []
    assert refused(storefront=24) == ["storefront-23"]
