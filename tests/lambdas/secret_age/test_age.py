"""The real handler against the model of Secrets Manager: one metric for each secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from lambdas.common.aws import aws_client
from lambdas.secret_age.age import Dates, days, metric_line
from lambdas.secret_age.handler import InvalidSettings, SecretsUnread, handler
from rehearsal.clock import ManualClock, play
from rehearsal.wire import in_process
from tests.ops.rotated import Secrets
from tests.support.rights import LOG, called, granted
from tests.support.templates import Templates

REGION = "eu-west-1"
DATABASE, PAYMENTS = "pase/shop/database", "pase/shop/payments"


class World:
    """Secrets that were made ten days ago."""

    def __init__(self) -> None:
        self.clock = ManualClock(datetime.now(UTC) - timedelta(days=10))
        self.secrets = Secrets(
            clock=self.clock, account="123456789012", region=REGION, publish=lambda _: None
        )
        self.arns = [self.secrets.make(name) for name in (DATABASE, PAYMENTS)]

    def pass_days(self, number: float) -> None:
        play(self.clock, [self.secrets.model.rotations], seconds=number * 86_400)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    world = World()
    monkeypatch.setenv("SECRETS", json.dumps(world.arns))
    with mock_aws(), in_process("secretsmanager", world.secrets.model):
        aws_client.cache_clear()
        yield world
        aws_client.cache_clear()


def published(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    """The metric by secret, as CloudWatch Logs would take it from the log."""
    found: dict[str, float] = {}
    for line in map(json.loads, capsys.readouterr().out.splitlines()):
        found |= _extracted(line)
    return found


def _extracted(line: dict[str, Any]) -> dict[str, float]:
    """By the specification: dimensions and metrics name members of the line's root."""
    moment = datetime.fromtimestamp(line["_aws"]["Timestamp"] / 1000, UTC)
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1), "in milliseconds"
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Pase/Secrets"
    assert directive["Dimensions"] == [["Secret"]]
    ((name, unit),) = [(one["Name"], one["Unit"]) for one in directive["Metrics"]]
    assert (name, unit) == ("DaysSinceRotation", "None")
    return {line["Secret"]: line[name]}


def test_days_count_from_the_last_rotation_else_from_the_beginning(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.pass_days(7.5)
    world.secrets.rotate(DATABASE)
    world.pass_days(0.1)
    handler({}, None)
    assert published(capsys) == {
        DATABASE: pytest.approx(2.5, abs=0.1),
        PAYMENTS: pytest.approx(10, abs=0.1),
    }


def test_a_secret_that_cannot_be_read_is_an_error_at_the_end_and_the_others_are_published(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = world.arns[0].replace("database", "absent")
    monkeypatch.setenv("SECRETS", json.dumps([absent, *world.arns]))
    with pytest.raises(SecretsUnread, match=f"^{absent} could not be read: .*ResourceNotFound"):
        handler({}, None)
    assert set(published(capsys)) == {DATABASE, PAYMENTS}


def test_a_deleted_secret_is_an_error_with_what_to_do(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.secrets.call("DeleteSecret", SecretId=DATABASE)
    with pytest.raises(SecretsUnread, match=f"{DATABASE} was deleted .*RestoreSecret"):
        handler({}, None)
    assert set(published(capsys)) == {PAYMENTS}


def test_no_value_is_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    call = world.secrets.model.call

    def watched(operation: str, parameters: Any) -> dict[str, Any]:
        asked.append(operation)
        return call(operation, parameters)

    monkeypatch.setattr(world.secrets.model, "call", watched)
    handler({}, None)
    assert asked == ["DescribeSecret", "DescribeSecret"]


@pytest.mark.parametrize("text", [None, "", "{}", '"arn"', "[1]", '[""]'])
def test_settings_that_cannot_be_used_are_told(
    monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    monkeypatch.delenv("SECRETS", raising=False)
    if text is not None:
        monkeypatch.setenv("SECRETS", text)
    with pytest.raises(InvalidSettings, match="SECRETS must be a JSON list"):
        handler({}, None)


MOMENTS = st.datetimes(
    min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC)
)


@given(created=MOMENTS, rotated=st.none() | MOMENTS, now=MOMENTS)
def test_an_age_is_never_negative_and_only_a_rotation_makes_it_smaller(
    created: datetime, rotated: datetime | None, now: datetime
) -> None:
    secret = Dates(name=DATABASE, created=created, rotated=rotated)
    age = days(secret, now=now)
    assert age >= 0
    assert days(secret, now=now + timedelta(days=1)) <= age + 1
    assert metric_line(secret, now=now)["DaysSinceRotation"] == pytest.approx(age, abs=1e-4)
    if rotated is not None and rotated >= created:
        never = Dates(name=DATABASE, created=created, rotated=None)
        assert age <= days(never, now=now)


@pytest.mark.usefixtures("world")
def test_it_makes_the_calls_that_its_role_allows_and_no_other(
    templates: Templates, monkeypatch: pytest.MonkeyPatch
) -> None:
    with called(monkeypatch) as calls:
        handler({}, None)
    assert granted(templates, "secret_age") == calls | LOG
