"""A function's answer is read strictly: only a report of this gate, of this service, can pass."""

from __future__ import annotations

from typing import Any

import pytest

from ops.gate_report import GateTarget, NotRun, understand

TARGET = GateTarget(
    account="123456789012",
    region="ap-southeast-1",
    role_arn="arn:aws:iam::123456789012:role/pase-gate",
    service="shop",
    function_name="shop-checks",
)
CHECK: dict[str, Any] = {
    "name": "home",
    "passed": True,
    "requests": 5,
    "failures": [],
    "p95_ms": 12,
}
REPORT: dict[str, Any] = {
    "service": "shop",
    "environment": "dev",
    "gate": "smoke",
    "passed": True,
    "checks": [CHECK],
    "summary": "all 1 checks passed",
}


def test_a_report_of_the_asked_gate_passes() -> None:
    result = understand(REPORT, TARGET, environment="dev", gate="smoke")
    assert result.passed
    assert result.checks[0].p95_ms == 12


def test_a_gate_without_checks_passes() -> None:
    assert understand(REPORT | {"checks": []}, TARGET, environment="dev", gate="smoke").passed


def test_a_failed_check_is_a_result_that_did_not_pass() -> None:
    failed = CHECK | {"passed": False, "failures": ["slow"], "p95_ms": None}
    document = REPORT | {"passed": False, "checks": [CHECK, failed]}
    result = understand(document, TARGET, environment="dev", gate="smoke")
    assert not result.passed
    assert result.checks[1].failures == ("slow",)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (None, "answered something that is no report"),
        ([], "answered something that is no report"),
        ("passed", "answered something that is no report"),
        ({"passed": True}, "answered something that is no report"),
        (REPORT | {"checks": None}, "answered something that is no report"),
        (REPORT | {"checks": [{"passed": True}]}, "answered something that is no report"),
        (
            REPORT | {"checks": [CHECK | {"requests": "many"}]},
            "answered something that is no report",
        ),
        (REPORT | {"error": "CHECKS is not JSON"}, "the checks were not run: CHECKS is not JSON"),
        (REPORT | {"service": "cart"}, "answered for the service 'cart', asked was 'shop'"),
        (REPORT | {"gate": "release"}, "answered for the gate 'release', asked was 'smoke'"),
        (REPORT | {"environment": "prod"}, "answered for the environment 'prod'"),
        (REPORT | {"passed": False}, "the report contradicts itself"),
        (REPORT | {"passed": "true"}, "the report contradicts itself"),
        (
            REPORT | {"checks": [CHECK | {"passed": False, "failures": ["slow"]}]},
            "the report contradicts itself",
        ),
        (REPORT | {"checks": [CHECK | {"passed": 1}]}, "the report contradicts itself"),
    ],
)
def test_anything_else_is_refused(document: Any, reason: str) -> None:
    with pytest.raises(NotRun) as error:
        understand(document, TARGET, environment="dev", gate="smoke")
    assert reason in str(error.value)
