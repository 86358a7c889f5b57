"""What health checks add up to, and that they go on whatever a target does."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from rehearsal.host.health_checks import START_SECONDS, HealthChecks, Result, TargetHealth

from .local import CHECK
from .waiting import wait_until

PASSED = Result(target="t", passed=True)
FAILED = Result(target="t", passed=False, detail="status 500, not 200")
REFUSED = Result(target="t", passed=False, detail="connection refused", refused=True)


def after(*results: Result, age: float = 1.0) -> str:
    """The state after these checks: healthy again after three, unhealthy after two."""
    health = TargetHealth(check=CHECK)
    for result in results:
        health.note(result, age=age)
    return health.state


@pytest.mark.parametrize(
    ("results", "state"),
    [
        ((), "initial"),
        ((PASSED,), "healthy"),
        ((FAILED,), "initial"),
        ((FAILED, PASSED), "healthy"),
        ((FAILED, FAILED), "unhealthy"),
        ((PASSED, FAILED), "healthy"),
        ((PASSED, FAILED, PASSED, FAILED), "healthy"),
        ((PASSED, FAILED, FAILED), "unhealthy"),
        ((FAILED, FAILED, PASSED, PASSED), "unhealthy"),
        ((FAILED, FAILED, PASSED, PASSED, FAILED, PASSED), "unhealthy"),
        ((FAILED, FAILED, PASSED, PASSED, PASSED), "healthy"),
    ],
)
def test_thresholds_count_checks_in_a_row(results: tuple[Result, ...], state: str) -> None:
    assert after(*results) == state


def test_a_target_that_does_not_listen_yet_is_given_time() -> None:
    assert after(REFUSED, REFUSED, REFUSED) == "initial"
    assert after(REFUSED, REFUSED, age=START_SECONDS) == "unhealthy"


def test_a_target_that_listens_no_more_is_given_none() -> None:
    assert after(PASSED, REFUSED, REFUSED) == "unhealthy"


@pytest.mark.parametrize(
    ("codes", "accepted", "refused"),
    [("200", 200, 201), ("200-299", 299, 300), ("200,204", 204, 202), ("200-202,404", 404, 403)],
)
def test_the_matcher_says_which_status_passes(codes: str, accepted: int, refused: int) -> None:
    check = replace(CHECK, codes=codes)
    assert check.accepts(accepted)
    assert not check.accepts(refused)


def test_checks_go_on_while_one_waits_for_its_answer() -> None:
    checks = HealthChecks(factor=100)
    with socket.create_server(("127.0.0.1", 0)) as target:
        target.settimeout(10)
        checks.watch("t", port=target.getsockname()[1], check=replace(CHECK, timeout=60))
        waiting = [target.accept()[0] for _ in range(3)]
        assert all(one.recv(13) == b"GET /health H" for one in waiting)
        assert not checks.results()
        for one in waiting:
            one.close()
        checks.close()


def test_what_is_forgotten_is_checked_no_more() -> None:
    checks = HealthChecks(factor=100)
    with socket.create_server(("127.0.0.1", 0)) as target:
        target.settimeout(10)
        checks.watch("t", port=target.getsockname()[1], check=CHECK)
        connection, _ = target.accept()
        checks.forget("t")
        with connection:
            wait_until(lambda: _is_closed(connection), what="the check given up")
        target.settimeout(0.6)
        with pytest.raises(TimeoutError):
            target.accept()
    checks.close()


def test_a_target_that_answers_nonsense_fails() -> None:
    checks = HealthChecks(factor=100)
    with socket.create_server(("127.0.0.1", 0)) as target:
        target.settimeout(10)
        checks.watch("t", port=target.getsockname()[1], check=CHECK)
        connection, _ = target.accept()
        connection.sendall(b"220 mail.example ESMTP\r\n\r\n")
        noted = list[Result]()

        def has_noted() -> bool:
            noted.extend(checks.results())
            return bool(noted)

        wait_until(has_noted, what="a result")
        connection.close()
    checks.close()
    assert not noted[0].passed
    assert "no status" in noted[0].detail


def _is_closed(connection: socket.socket) -> bool:
    connection.settimeout(0.1)
    try:
        return connection.recv(1000) == b""
    except TimeoutError:
        return False
