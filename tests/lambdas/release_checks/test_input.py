"""What the program is given: events, environment, checks. Wrong ones are answered in sentences."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambdas.release_checks.checks import Gate, InvalidInput
from lambdas.release_checks.definition import parse_checks
from lambdas.release_checks.handler import handler
from lambdas.release_checks.probe import HttpProbe

GOOD: dict[str, Any] = {"name": "home", "gates": ["smoke"], "path": "/"}


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 10_000


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in {
        "SERVICE": "shop",
        "ENVIRONMENT": "dev",
        "CHECKS": "[]",
        "PRODUCTION_URL": "https://shop.invalid",
        "TEST_URL": "https://shop.invalid:8443",
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (None, "the event is not a JSON object"),
        ([], "the event is not a JSON object"),
        ({}, "the event has no 'gate'"),
        ({"gate": "smoke"}, "the event has no 'listener'"),
        (
            {"gate": "smokey", "listener": "test"},
            "unknown gate 'smokey'; allowed: smoke, acceptance, release",
        ),
        (
            {"gate": "smoke", "listener": "blue"},
            "unknown listener 'blue'; allowed: production, test",
        ),
        ({"gate": "smoke", "listener": ["test"]}, "unknown listener ['test']"),
        ({"gate": "smoke", "listener": "test", "url": "x"}, "unknown key 'url'"),
        ({"DeploymentId": "d-1"}, "unknown key 'DeploymentId'"),
        (
            {"LifecycleEventHookExecutionId": "e"},
            "the event's 'DeploymentId' must be a text that is not empty, got None",
        ),
        (
            {"DeploymentId": "d-1", "LifecycleEventHookExecutionId": 7},
            "the event's 'LifecycleEventHookExecutionId' must be a text that is not empty, got 7",
        ),
    ],
)
def test_a_bad_event_is_answered_and_does_not_pass(event: object, reason: str) -> None:
    report = handler(event, Context())
    assert report["passed"] is False
    assert report["checks"] == []
    assert report["gate"] is None
    assert reason in report["error"]
    assert report["error"] in report["summary"]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("CHECKS", "", "the function's environment variable CHECKS is not set"),
        ("CHECKS", "{", "CHECKS is not JSON"),
        ("CHECKS", "{}", "CHECKS must be a JSON list of checks, not dict"),
        ("TEST_URL", "", "the function's environment variable TEST_URL is not set"),
        ("PRODUCTION_URL", "shop.example.com", "'shop.example.com' cannot be checked"),
    ],
)
def test_a_bad_deployment_is_answered_and_does_not_pass(
    deployed: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    deployed.setenv(name, value)
    report = handler({"gate": "smoke", "listener": "production"}, Context())
    assert report["passed"] is False
    assert reason in report["error"]


def test_a_missing_environment_still_gets_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SERVICE", "ENVIRONMENT", "CHECKS"):
        monkeypatch.delenv(name, raising=False)
    report = handler({"gate": "smoke", "listener": "production"}, Context())
    assert report["passed"] is False
    assert report["error"] == "the function's environment variable SERVICE is not set"


def test_a_check_has_the_documented_defaults() -> None:
    (check,) = parse_checks(json.dumps([GOOD]), where="CHECKS")
    assert check.gates == {Gate.SMOKE}
    assert (check.method, check.status, check.repetitions) == ("GET", 200, 5)
    assert (check.timeout_seconds, check.p95_ms, check.body_contains) == (5, None, None)


def test_an_optional_key_may_be_null() -> None:
    nothing = {"p95_ms": None, "request_body": None, "json": None, "headers": None}
    assert parse_checks(json.dumps([GOOD | nothing]), where="CHECKS") == parse_checks(
        json.dumps([GOOD]), where="CHECKS"
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": None}, "CHECKS[0].name is missing"),
        ({"name": ""}, "CHECKS[0].name must be a text that is not empty, got ''"),
        ({"gates": []}, "CHECKS[0].gates must be a list with at least one of: smoke,"),
        ({"gates": ["smoke", "x"]}, "CHECKS[0].gates: unknown gate 'x'; allowed: smoke,"),
        ({"path": "health"}, "CHECKS[0].path must begin with '/'"),
        ({"path": "/a b"}, "CHECKS[0].path must begin with '/'"),
        ({"path": "/a\r\nX: y"}, "CHECKS[0].path must begin with '/'"),
        ({"method": "get"}, "CHECKS[0].method: 'get' is not allowed; allowed: GET, HEAD,"),
        ({"headers": {"A b": "c"}}, "CHECKS[0].headers: 'A b' is not a header's name"),
        ({"headers": {"A": "c\r\nB: d"}}, "CHECKS[0].headers.A must be a printable ASCII text"),
        ({"headers": []}, "CHECKS[0].headers must be a JSON object, got []"),
        ({"request_body": 3}, "CHECKS[0].request_body must be a text, got 3"),
        ({"status": "200"}, "CHECKS[0].status must be a whole number 200..599, got '200'"),
        ({"status": True}, "CHECKS[0].status must be a whole number 200..599, got True"),
        ({"repetitions": 0}, "CHECKS[0].repetitions must be a whole number 1..1000, got 0"),
        ({"p95_ms": 0}, "CHECKS[0].p95_ms must be a number of milliseconds above 0, got 0"),
        ({"p95_ms": float("nan")}, "CHECKS[0].p95_ms must be a number of milliseconds above 0"),
        ({"timeout_seconds": 61}, "seconds above 0 and at most 60, got 61"),
        ({"body": "x"}, "CHECKS[0]: unknown key 'body'; allowed: name, gates, path,"),
        ({"method": "HEAD", "body_contains": "x"}, "an answer to HEAD has no body"),
    ],
)
def test_a_wrong_check_is_named_with_its_place_and_what_is_allowed(
    change: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        parse_checks(json.dumps([GOOD | change]), where="CHECKS")
    assert reason in str(error.value)


def test_two_checks_may_not_share_a_name() -> None:
    with pytest.raises(InvalidInput, match=r"CHECKS\[1\]\.name: 'home' is used twice"):
        parse_checks(json.dumps([GOOD, GOOD]), where="CHECKS")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop",
        "ftp://shop",
        "https://",
        "https://a:b@shop",
        "https://shop/x",
        "https://shop?x=1",
    ],
)
def test_a_url_is_a_host_and_perhaps_a_port(url: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be checked; expected https://host"):
        HttpProbe(base_url=url)


def test_a_port_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match="is not a URL"):
        HttpProbe(base_url="https://shop:99999")
