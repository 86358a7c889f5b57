"""The real handler, given real events, asks real servers on loopback."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lambdas.release_checks.handler import handler
from lambdas.release_checks.report import CheckReport, Report

from .site import Request, Server, serve, tls_context, write_certificate


class Context:
    """What Lambda hands over, with the time a test chooses."""

    def __init__(self, milliseconds: int = 30_000) -> None:
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


def drip(request: Request) -> None:
    """Answer a byte at a time, each well within a plain socket timeout."""
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    for _ in range(1000):
        request.wfile.write(b".")
        request.wfile.flush()
        time.sleep(0.05)


def cut_short(request: Request) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "100")
    request.end_headers()
    request.wfile.write(b"half")


def noise(request: Request) -> None:
    request.wfile.write(b"this is not HTTP\r\n\r\n")


def late(seconds: float) -> Callable[[Request], None]:
    def route(request: Request) -> None:
        time.sleep(seconds)
        request.answer()

    return route


def flaky() -> Callable[[Request], None]:
    calls = iter(range(1000))

    def route(request: Request) -> None:
        request.answer(503 if next(calls) % 5 == 4 else 200)

    return route


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    routes: dict[str, Callable[[Request], None]] = {
        "/": lambda r: r.answer(200, b"<h1>Welcome</h1>", {"Cache-Control": "no-store, private"}),
        "/health": lambda r: r.answer(
            200, json.dumps({"status": "ok", "ready": True, "db": [{"name": "main"}]}).encode()
        ),
        "/broken": lambda r: r.answer(500, b"oh no"),
        "/login": lambda r: r.answer(302, b"", {"Location": "https://id.example.com/"}),
        "/huge": lambda r: r.answer(200, b"start" + b"x" * 3_000_000 + b"end"),
        "/slow": late(0.06),
        "/stuck": late(5),
        "/drip": drip,
        "/cut": cut_short,
        "/noise": noise,
        "/echo": lambda r: r.answer(
            201, r.rfile.read(int(r.headers["Content-Length"])), {"X-Seen": r.headers["X-Asked"]}
        ),
    }
    with serve(routes) as server:
        yield server


Gate = Callable[..., Report]


@pytest.fixture
def gate(site: Server, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Deploy the function with some checks, and send it a gate's event."""

    def run(
        *checks: dict[str, Any],
        url: str = site.url,
        name: str = "smoke",
        listener: str = "production",
        milliseconds: int = 30_000,
    ) -> Report:
        defaults = {"gates": ["smoke"], "repetitions": 1}
        named = [{"name": f"check {i}", **defaults, **check} for i, check in enumerate(checks)]
        monkeypatch.setenv("SERVICE", "shop")
        monkeypatch.setenv("ENVIRONMENT", "dev")
        monkeypatch.setenv("CHECKS", json.dumps(named, separators=(",", ":")))
        monkeypatch.setenv("PRODUCTION_URL", url)
        monkeypatch.setenv("TEST_URL", "http://127.0.0.1:1")
        return handler({"gate": name, "listener": listener}, Context(milliseconds))

    return run


def only(report: Report) -> CheckReport:
    assert len(report["checks"]) == 1
    return report["checks"][0]


def failure(report: Report) -> str:
    assert report["passed"] is False
    assert only(report)["passed"] is False
    assert len(only(report)["failures"]) == 1
    return only(report)["failures"][0]


def test_a_healthy_service_passes(gate: Gate) -> None:
    report = gate(
        {
            "name": "home",
            "path": "/",
            "body_contains": "Welcome",
            "response_headers": {"cache-CONTROL": "no-store"},
            "repetitions": 3,
            "p95_ms": 2000,
        },
        {
            "name": "health",
            "path": "/health",
            "json": {"status": "ok", "ready": True, "db.0.name": "main"},
        },
    )
    assert report["passed"] is True
    assert report["summary"] == "shop smoke in dev: all 2 checks passed"
    home, health = report["checks"]
    assert (home["name"], home["requests"], home["failures"]) == ("home", 3, [])
    assert home["p95_ms"] is not None
    assert (health["name"], health["requests"]) == ("health", 1)


def test_every_request_has_a_connection_of_its_own(gate: Gate, site: Server) -> None:
    before = len(site.peers)
    gate({"path": "/", "repetitions": 12})
    assert len(site.peers) - before == 12


def test_a_post_sends_its_body_and_headers(gate: Gate) -> None:
    report = gate(
        {
            "path": "/echo",
            "method": "POST",
            "headers": {"X-Asked": "here"},
            "request_body": '{"größe": 1}',
            "status": 201,
            "body_contains": "größe",
            "response_headers": {"X-Seen": "here"},
        }
    )
    assert report["passed"], report


def test_head_is_a_check_without_a_body(gate: Gate) -> None:
    assert gate({"path": "/", "method": "HEAD"})["passed"]


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        ({"path": "/broken"}, "expected status 200, got 500"),
        ({"path": "/", "status": 404}, "expected status 404, got 200"),
        (
            {"path": "/login"},
            "expected status 200, got 302, a redirect to 'https://id.example.com/' "
            "(redirects are not followed)",
        ),
        (
            {"path": "/", "body_contains": "Goodbye"},
            "the body does not contain 'Goodbye'; it begins '<h1>Welcome</h1>'",
        ),
        (
            {"path": "/health", "json": {"status": "degraded"}},
            'JSON status: expected "degraded", got "ok"',
        ),
        ({"path": "/health", "json": {"ready": 1}}, "JSON ready: expected 1, got true"),
        (
            {"path": "/health", "json": {"db.7.name": "main"}},
            'JSON db.7.name: expected "main", but there is no such path',
        ),
        ({"path": "/", "json": {"a": 1}}, "the body is not JSON; it begins '<h1>Welcome</h1>'"),
        (
            {"path": "/", "response_headers": {"Cache-Control": "public"}},
            "header Cache-Control: expected 'public' in it, got 'no-store, private'",
        ),
        (
            {"path": "/", "response_headers": {"Strict-Transport-Security": "max-age"}},
            "no header Strict-Transport-Security; expected one containing 'max-age'",
        ),
        (
            {"path": "/huge", "json": {"a": 1}},
            "the body is larger than 1048576 bytes; it was not read as JSON",
        ),
    ],
)
def test_a_wrong_answer_fails_the_gate_and_says_why(
    gate: Gate, check: dict[str, Any], reason: str
) -> None:
    assert failure(gate(check)) == f"1 of 1 requests: {reason}"


def test_a_redirect_that_is_expected_passes(gate: Gate) -> None:
    assert gate(
        {"path": "/login", "status": 302, "response_headers": {"Location": "id.example.com"}}
    )["passed"]


def test_only_the_first_mebibyte_of_a_body_is_read(gate: Gate) -> None:
    assert gate({"path": "/huge", "body_contains": "start"})["passed"]
    assert "the first 1048576 bytes of the body does not contain 'end'" in failure(
        gate({"path": "/huge", "body_contains": "end"})
    )


def test_an_answer_slower_than_its_budget_fails(gate: Gate) -> None:
    report = gate({"path": "/slow", "p95_ms": 20, "repetitions": 4})
    assert failure(report).startswith("too slow: p95 ")
    assert failure(report).endswith(" ms over 4 answers, allowed 20 ms")
    assert (only(report)["p95_ms"] or 0) >= 60


def test_one_bad_answer_in_five_fails_the_check(gate: Gate) -> None:
    with serve({"/": flaky()}) as site:
        report = gate({"path": "/", "repetitions": 5}, url=site.url)
    assert failure(report) == "1 of 5 requests: expected status 200, got 503"


@pytest.mark.parametrize("path", ["/stuck", "/drip"])
def test_a_request_ends_at_its_own_timeout_even_when_bytes_keep_coming(
    gate: Gate, path: str
) -> None:
    started = time.monotonic()
    report = gate({"path": path, "timeout_seconds": 0.3})
    assert failure(report) == "1 of 1 requests: no complete answer within 0.3 s"
    assert only(report)["p95_ms"] is None
    assert time.monotonic() - started < 2


def test_an_answer_that_is_cut_short_fails(gate: Gate) -> None:
    assert "was closed 96 bytes before the body's end" in failure(gate({"path": "/cut"}))


def test_an_answer_that_is_not_http_fails(gate: Gate) -> None:
    assert "the answer is not HTTP: BadStatusLine" in failure(gate({"path": "/noise"}))


def test_a_refused_connection_fails(gate: Gate) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    assert failure(gate({"path": "/"}, url=url)).endswith(": the connection is refused")


def test_a_name_that_does_not_exist_fails(gate: Gate) -> None:
    report = gate({"path": "/"}, url="https://shop.invalid")
    assert "shop.invalid:443: the host name cannot be resolved" in failure(report)


Certify = Callable[..., ssl.SSLContext]


@pytest.fixture
def certify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certify:
    """Make a server's certificate, and (unless told not to) an authority this machine knows."""

    def make(
        *, name: str = "127.0.0.1", days_valid: int = 1, trusted: bool = True
    ) -> ssl.SSLContext:
        certificate = write_certificate(tmp_path, name=name, days_valid=days_valid)
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        return tls_context(certificate)

    return make


def test_a_certificate_of_a_known_authority_passes(gate: Gate, certify: Certify) -> None:
    with serve({"/": lambda r: r.answer()}, tls=certify()) as site:
        assert gate({"path": "/"}, url=site.url)["passed"]


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        ({"trusted": False}, "self-signed certificate"),
        ({"name": "shop.example.com"}, "not valid for '127.0.0.1'"),
        ({"days_valid": -1}, "certificate has expired"),
    ],
)
def test_a_certificate_that_is_not_right_fails(
    gate: Gate, certify: Certify, certificate: dict[str, Any], reason: str
) -> None:
    with serve({"/": lambda r: r.answer()}, tls=certify(**certificate)) as site:
        said = failure(gate({"path": "/"}, url=site.url))
        assert site.seen == []
    assert "the TLS certificate is not accepted: " in said
    assert reason in said


def test_plain_http_on_a_tls_url_fails(gate: Gate, site: Server) -> None:
    report = gate({"path": "/"}, url=site.url.replace("http:", "https:"))
    assert "TLS failed" in failure(report)


def test_the_deadline_cuts_the_run_and_what_did_not_run_has_failed(gate: Gate) -> None:
    started = time.monotonic()
    report = gate(
        {"name": "stuck", "path": "/stuck", "repetitions": 8},
        {"name": "quick", "path": "/", "repetitions": 1},
        milliseconds=2600,
    )
    assert time.monotonic() - started < 2
    assert report["passed"] is False
    stuck, quick = report["checks"]
    assert stuck["failures"] == ["not finished before the deadline: 8 of 8 requests"]
    assert quick["passed"], "one check that hangs must not keep the others from their first turn"


def test_with_no_time_left_nothing_is_asked_and_the_gate_fails(gate: Gate, site: Server) -> None:
    before = len(site.seen)
    report = gate({"path": "/"}, milliseconds=500)
    assert failure(report) == "not finished before the deadline: 1 of 1 requests"
    assert len(site.seen) == before


def test_only_the_checks_of_the_asked_gate_run(gate: Gate) -> None:
    checks = (
        {"name": "a", "path": "/", "gates": ["smoke", "release"]},
        {"name": "b", "path": "/", "gates": ["acceptance"]},
    )
    assert [c["name"] for c in gate(*checks, name="release")["checks"]] == ["a"]
    assert [c["name"] for c in gate(*checks, name="acceptance")["checks"]] == ["b"]


def test_a_gate_without_checks_passes_and_says_so(gate: Gate) -> None:
    report = gate({"path": "/"}, name="acceptance")
    assert report["passed"] is True
    assert report["checks"] == []
    assert report["summary"] == "shop acceptance in dev: no checks for this gate"


def test_the_listener_chooses_the_url(gate: Gate) -> None:
    assert "127.0.0.1:1: the connection is refused" in failure(gate({"path": "/"}, listener="test"))


def test_five_reasons_are_told_at_most(gate: Gate) -> None:
    wrong = {f"missing{i}": i for i in range(9)}
    report = gate({"path": "/health", "json": wrong, "p95_ms": 0.001})
    failures = only(report)["failures"]
    assert len(failures) == 5
    assert failures[-2] == "… and 6 further reasons"
    assert failures[-1].startswith("too slow")


def test_the_summary_names_the_first_failed_check(gate: Gate) -> None:
    report = gate({"path": "/"}, {"path": "/broken"}, {"path": "/broken"})
    assert report["summary"] == (
        "shop smoke in dev: 2 of 3 checks failed: check 1 "
        "(1 of 1 requests: expected status 200, got 500), and 1 more"
    )


def test_the_report_is_json_and_is_written_to_the_log(
    gate: Gate, capsys: pytest.CaptureFixture[str]
) -> None:
    report = gate({"path": "/broken"})
    assert json.loads(capsys.readouterr().out) == report
