"""What a provider may do to the function: each is an error of its own, and the next run completes.

Over HTTPS, with the real handler and events.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography import x509

from lambdas.api_key_rotation.https import PAUSES, TIME_OUT
from lambdas.rotation.events import Step
from tests.lambdas.api_key_rotation.provider import HANG, RESET, RESET_AFTER, Fault, serving
from tests.lambdas.api_key_rotation.world import World
from tests.support.certificates import Certificate, certificate

CREATE, LIST, WHOAMI = "POST /keys", "GET /keys", "GET /whoami"
EXPIRE, REVOKE, ACTIVATE = "POST /keys/ID/expire", "DELETE /keys/ID", "POST /keys/ID/activate"
STEP_OF = {
    CREATE: Step.CREATE,
    LIST: Step.CREATE,
    ACTIVATE: Step.SET,
    WHOAMI: Step.TEST,
    EXPIRE: Step.FINISH,
    REVOKE: Step.FINISH,
}
CALLS = tuple(STEP_OF)


@pytest.fixture
def rotated(world: World) -> World:
    """A world in which the next rotation makes every call there is."""
    world.keys.activates = True
    assert world.rotate() == ""
    world.provider.requests.clear()
    return world


def pending_at(world: World, call: str) -> str:
    """A rotation whose next step makes the call. One key of its is lost, to be revoked."""
    token = world.start()
    world.keys.make(world.label(token))
    for step in Step:
        if step is STEP_OF[call]:
            break
        assert world.take(step, token) == ""
    return token


def completed(world: World, token: str) -> None:
    """The next run ends rotated, from the first step, and leaves no key behind."""
    world.provider.faults.clear()
    assert world.rotate(token) == ""
    assert world.secret.labels["AWSCURRENT"] == token
    assert [one.key for one in world.keys.labelled(token)] == [world.current()["api_key"]]


FINAL: dict[str, tuple[str, Fault]] = {
    "a management credential that is refused": ("ProviderRefused", Fault(status=401)),
    "a management credential that may not do it": ("ProviderRefused", Fault(status=403)),
    "a redirect": ("ProviderMisbehaved", Fault(status=302, headers={"Location": "https://a.b/"})),
    "a status that the contract does not have": ("ProviderMisbehaved", Fault(status=418)),
    "something that is no HTTP": ("ProviderMisbehaved", Fault(raw=b"* OK IMAP4 ready\r\n\r\n")),
}
PASSING: dict[str, tuple[str, Fault]] = {
    "a fault of its own": ("ProviderUnavailable", Fault(status=500)),
    "a gateway's": ("ProviderUnavailable", Fault(status=503, body=b"<html>")),
    "a connection that is reset": ("ProviderUnavailable", RESET),
    "a connection that is reset once all is done": ("ProviderUnavailable", RESET_AFTER),
    "an answer that is cut off": (
        "ProviderUnavailable",
        Fault(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", carried_out=True),
    ),
    "too many requests": ("ProviderThrottled", Fault(status=429)),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", FINAL)
def test_what_does_not_pass_fails_the_step_and_the_next_run_completes(
    rotated: World, call: str, fault: str
) -> None:
    kind, what = FINAL[fault]
    if call == WHOAMI and what.status in (401, 403):
        kind = "KeyRejected"
    token = pending_at(rotated, call)
    current = rotated.current()
    rotated.provider.fail(call, *[what] * 12)
    assert rotated.take(STEP_OF[call], token) == kind
    assert rotated.works()
    if STEP_OF[call] is not Step.FINISH:
        assert rotated.current() == current
    completed(rotated, token)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_is_tried_again_and_does_not_fail_the_step(
    rotated: World, call: str, fault: str
) -> None:
    token = pending_at(rotated, call)
    rotated.provider.fail(call, *[PASSING[fault][1]] * len(PAUSES))
    assert rotated.take(STEP_OF[call], token) == ""
    assert rotated.provider.faults == []
    completed(rotated, token)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", PASSING)
def test_what_should_pass_and_does_not_fails_the_step_and_the_next_run_completes(
    rotated: World, call: str, fault: str
) -> None:
    kind, what = PASSING[fault]
    token = pending_at(rotated, call)
    rotated.provider.fail(call, *[what] * 20)
    assert rotated.take(STEP_OF[call], token) == kind
    assert rotated.provider.requests[-4:] == [call] * 4
    assert rotated.works()
    completed(rotated, token)


@pytest.mark.parametrize("call", CALLS)
def test_a_provider_that_hangs_is_left_before_the_invocation_s_time_is_up(
    rotated: World, call: str
) -> None:
    token = pending_at(rotated, call)
    rotated.provider.fail(call, HANG)
    rotated.time_left = 0.15
    started = time.monotonic()
    assert rotated.take(STEP_OF[call], token) == "ProviderUnavailable"
    assert time.monotonic() - started < TIME_OUT / 2
    assert "no answer in time" in rotated.said
    rotated.time_left = 30
    completed(rotated, token)


@pytest.mark.parametrize(
    ("retry_after", "slept"),
    [
        (lambda: "7", 7),
        (lambda: "0", 0),
        (lambda: format_datetime(datetime.now(UTC) + timedelta(seconds=7), usegmt=True), 7),
        (lambda: format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True), 0),
        (lambda: "soon", PAUSES[0]),
    ],
)
def test_retry_after_is_waited_for(
    world: World, retry_after: Callable[[], str], slept: float
) -> None:
    world.provider.fail(CREATE, Fault(status=429, headers={"Retry-After": retry_after()}))
    assert world.take(Step.CREATE, world.start()) == ""
    assert sum(world.sleeps) == pytest.approx(slept, abs=2 if slept == 7 else 0.01)


def test_a_retry_after_beyond_the_invocation_s_time_is_not_waited_for(world: World) -> None:
    world.provider.fail(CREATE, Fault(status=429, headers={"Retry-After": "31"}))
    token = world.start()
    assert world.take(Step.CREATE, token) == "ProviderThrottled"
    assert "in 31 s" in world.said
    assert world.sleeps == []
    completed(world, token)


@pytest.mark.parametrize(
    ("call", "body"),
    [
        (CREATE, b"not JSON"),
        (CREATE, b"\xff\xfe"),
        (CREATE, b"[]"),
        (CREATE, b'{"key": "0123456789abcdef"}'),
        (CREATE, b'{"id": "", "key": "0123456789abcdef"}'),
        (CREATE, b'{"id": "a"}'),
        (CREATE, b'{"id": "a", "key": "too-short"}'),
        (CREATE, b'{"id": "a", "key": "0123456789abcdef\\r\\nX: y"}'),
        (LIST, b"not JSON"),
        (LIST, b"{}"),
        (LIST, b'{"keys": {}}'),
        (LIST, b'{"keys": ["a"]}'),
        (LIST, b'{"keys": [{"id": "a", "label": "a"}]}'),
        (LIST, b'{"keys": [{"id": "a", "label": "a", "created": "2026-03-02T00:00:00"}]}'),
        (LIST, b'{"keys": [{"id": "a", "label": "a", "created": "yesterday"}]}'),
        (LIST, b'{"keys": [{"id": "a", "created": "2026-03-02T00:00:00Z", "active": 1}]}'),
        (LIST, b'{"keys": [{"id": "a", "created": "2026-03-02T00:00:00Z", "expires": 1}]}'),
        (LIST, b'{"keys": "' + b"a" * 5_000_000 + b'"}'),
    ],
)
def test_an_answer_that_cannot_be_understood_is_not_told_and_changes_nothing(
    world: World, call: str, body: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    world.rotate()
    current = world.current()
    capsys.readouterr()
    world.provider.fail(call, Fault(status=200, body=body))
    token = world.start()
    assert world.take(Step.CREATE, token) == "ProviderMisbehaved"
    assert call.split()[1] in world.said
    assert "0123456789abcdef" not in capsys.readouterr().out
    assert world.current() == current
    completed(world, token)


def test_a_provider_whose_keys_are_all_used_says_what_to_do(world: World) -> None:
    world.keys.room = 0
    token = world.start()
    assert world.take(Step.CREATE, token) == "NoRoom"
    assert "docs/secrets.md" in world.said
    world.keys.room = 1
    completed(world, token)


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_provider_may_say_in_several_ways_that_keys_cannot_expire(
    rotated: World, status: int
) -> None:
    rotated.provider.fail(EXPIRE, Fault(status=status))
    assert rotated.rotate() == ""
    assert rotated.keys.records[0].expires is None
    assert rotated.keys.accepts(rotated.keys.records[0].key)


def test_a_former_key_that_is_gone_already_does_no_harm(rotated: World) -> None:
    rotated.keys.records[0].revoked = True
    assert rotated.rotate() == ""
    rotated.keys.can_expire = False
    rotated.keys.records[1].revoked = True
    assert rotated.rotate() == ""


# Whom the function talks to


def test_a_server_whose_authority_is_not_trusted_is_told_nothing(
    world: World, tmp_path: Path
) -> None:
    other = certificate(tmp_path / "other", x509.DNSName("localhost"))
    world.environ["PROVIDER_CA_BUNDLE"] = str(other.ca)
    refused_for(world, "TlsFailed", "certificate signature failure")


def test_the_system_s_authorities_are_trusted_where_no_bundle_is_named(world: World) -> None:
    del world.environ["PROVIDER_CA_BUNDLE"]
    refused_for(world, "TlsFailed", "unable to get local issuer certificate")


def test_a_server_with_a_certificate_for_another_name_is_told_nothing(
    world: World, localhost: Certificate
) -> None:
    with serving(world.keys, localhost, host="127.0.0.1") as provider:
        world.provider = provider
        refused_for(world, "TlsFailed", "IP address mismatch")


def test_a_server_with_an_expired_certificate_is_told_nothing(world: World, tmp_path: Path) -> None:
    files = certificate(tmp_path / "tls", x509.DNSName("localhost"), expired=True)
    world.environ["PROVIDER_CA_BUNDLE"] = str(files.ca)
    with serving(world.keys, files) as provider:
        world.provider = provider
        refused_for(world, "TlsFailed", "certificate has expired")


def test_a_server_without_tls_is_told_nothing(world: World) -> None:
    with serving(world.keys, None) as provider:
        world.provider = provider
        refused_for(world, "TlsFailed", "")


def test_a_port_at_which_nobody_listens_is_a_fault_that_may_pass(world: World) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        world.provider.url = f"https://localhost:{unused.getsockname()[1]}/v1"
        refused_for(world, "ProviderUnavailable", "ConnectionRefusedError")
    assert len(world.sleeps) == len(PAUSES)


def test_a_host_without_an_address_is_a_fault_that_may_pass(world: World) -> None:
    world.provider.url = "https://provider.invalid/v1"
    refused_for(world, "ProviderUnavailable", "no address")


def refused_for(world: World, kind: str, said: str) -> None:
    """The step fails so, no request arrived, and the next one goes on."""
    assert world.take(Step.CREATE, world.start()) == kind
    assert said in world.said
    assert world.provider.requests == []
    assert world.keys.records == []
    assert "api_key" not in json.dumps(world.current())
