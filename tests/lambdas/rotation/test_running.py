"""From the event on the wire to the line in the log: what is refused, said, counted and struck."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambdas.rotation.errors import InvalidEvent, InvalidSettings, NotPending
from lambdas.rotation.events import Step, parse_event
from lambdas.rotation.log import STRUCK, Log
from lambdas.rotation.running import RotationFailed, run, secret_name, setting

ARN = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:pase/shop/database-AbCdEf"
EVENT = {"Step": "setSecret", "SecretId": ARN, "ClientRequestToken": "t" * 36}
PASSWORD = "a-password-that-nobody-may-see"


class Taking:
    """A rotation that does what a test says."""

    def __init__(self, what: Any) -> None:
        self._what = what

    def take(self, _event: object) -> str:
        if isinstance(self._what, Exception):
            raise self._what
        return str(self._what)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("wire", "step"),
    [
        ("createSecret", Step.CREATE),
        ("setSecret", Step.SET),
        ("testSecret", Step.TEST),
        ("finishSecret", Step.FINISH),
    ],
)
def test_the_steps_are_called_as_secrets_manager_calls_them(wire: str, step: Step) -> None:
    """https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html"""
    assert parse_event({**EVENT, "Step": wire}, secret_arn=ARN).step is step


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ([], "the event is no object but list"),
        ({}, "no text as Step, SecretId, ClientRequestToken"),
        ({**EVENT, "ClientRequestToken": None}, "no text as ClientRequestToken"),
        ({**EVENT, "Step": "set_secret"}, "the event's Step is 'set_secret'; the steps are"),
        ({**EVENT, "SecretId": ARN + "x"}, f"about {ARN}x; this function rotates {ARN} only"),
    ],
)
def test_an_event_that_is_none_of_this_secret_is_refused(event: Any, said: str) -> None:
    with pytest.raises(InvalidEvent) as error:
        parse_event(event, secret_arn=ARN)
    assert said in str(error.value)


def test_what_was_done_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    run(EVENT, secret_arn=ARN, compose=lambda _log, _event: Taking("it was done"))
    (line,) = lines(capsys)
    milliseconds = line.pop("milliseconds")
    assert isinstance(milliseconds, int)
    assert line == {
        "message": "it was done",
        "secret": "pase/shop/database",
        "step": "setSecret",
        "version": "t" * 36,
    }


def test_a_failure_is_raised_with_its_kind_and_counted_by_secret_and_kind(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html"""
    failing = Taking(NotPending("version x is not AWSPENDING; y is"))
    with pytest.raises(RotationFailed, match="NotPending: version x is not AWSPENDING; y is"):
        run(EVENT, secret_arn=ARN, compose=lambda _log, _event: failing)
    (line,) = lines(capsys)
    (metrics,) = line["_aws"]["CloudWatchMetrics"]
    assert line["_aws"]["Timestamp"] > 1_600_000_000_000
    assert metrics["Namespace"] == "Pase/Secrets"
    assert metrics["Metrics"] == [{"Name": "RotationFailures", "Unit": "Count"}]
    for dimensions in metrics["Dimensions"]:
        assert all(isinstance(line[name], str) for name in dimensions)
    assert metrics["Dimensions"] == [["Secret"], ["Secret", "Error"]]
    assert (line["Secret"], line["Error"], line["RotationFailures"]) == (
        "pase/shop/database",
        "NotPending",
        1,
    )
    assert line["step"] == "setSecret"


def test_an_unexpected_error_is_named_and_none_of_its_secrets_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def compose(log: Log, _event: object) -> Any:
        log.conceal(json.dumps({"username": "shop_a", "password": PASSWORD}))
        return Taking(ValueError(f"cannot use {PASSWORD}"))

    with pytest.raises(RotationFailed) as error:
        run(EVENT, secret_arn=ARN, compose=compose)
    written = capsys.readouterr().out
    assert str(error.value) == f"UnexpectedValueError: cannot use {STRUCK}"
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__
    assert PASSWORD not in written
    assert "Traceback" in written


@pytest.mark.parametrize("event", [None, "text", 7, {"Step": 3}])
def test_an_event_of_any_shape_is_refused_and_logged(
    event: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RotationFailed, match="InvalidEvent: "):
        run(event, secret_arn=ARN, compose=lambda _log, _event: Taking("never"))
    assert [line["Error"] for line in lines(capsys)] == ["InvalidEvent"]


@pytest.mark.parametrize("password", [PASSWORD, 'quo"ted\\pass', "tab\tand-unicode-ä", "x" * 8])
def test_a_concealed_text_is_struck_out_as_it_is_and_as_json_writes_it(
    password: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log = Log(secret="shop")
    log.conceal(json.dumps({"host": "db.internal", "password": password}))
    log.write(f"before {password} after", more=[password, {"deep": password}], host="db.internal")
    log.failure("Kind", f"with {password}")
    written = capsys.readouterr().out
    assert password not in written
    assert json.dumps(password)[1:-1] not in written
    assert written.count(STRUCK) >= 4
    assert "db.internal" in written


def test_a_whole_secret_is_struck_out_too(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log(secret="shop")
    text = json.dumps({"host": "db.internal", "password": PASSWORD})
    log.conceal(text)
    log.write(f"read {text}")
    assert "db.internal" not in capsys.readouterr().out


def test_the_name_of_a_secret_is_its_arn_s_without_the_suffix() -> None:
    assert secret_name(ARN) == "pase/shop/database"


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(InvalidSettings, match="the function's environment has no LOGINS"):
        setting({"LOGINS": ""}, "LOGINS")
