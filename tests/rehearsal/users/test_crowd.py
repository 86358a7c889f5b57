"""What a crowd does, one request after the other, in this process."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from time import monotonic

import pytest

from rehearsal.users import Answered, Visitors, crowd

from ..balancer.parts import Server, read_request
from .parts import Script

ONCE_A_DAY = 1 / 86400


async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Never answer."""
    await read_request(reader)
    await asyncio.sleep(3600)


def ask_in_turn(
    script: Script, count: int, *, keep_alive: float = 1, paths: tuple[str, ...] = ("/",)
) -> list[Answered]:
    """Ask so often, each time after the answer. The first request is due at once by itself."""
    seen: list[Answered] = []

    async def ask(server: Server) -> None:
        opened = crowd.Crowd(
            Visitors(name="a", url=server.url, paths=paths, rate=ONCE_A_DAY, keep_alive=keep_alive),
            seen.append,
        )
        for number in range(count):
            if number:
                opened.ask(monotonic())
            while len(seen) == number:
                await asyncio.sleep(0.001)
        opened.end()
        assert not opened.busy

    with Server(script) as server:
        asyncio.run(asyncio.wait_for(ask(server), 20))
    return seen


def outcomes(answers: list[Answered]) -> list[tuple[int, bool, str]]:
    """Status, retried and error of each."""
    return [(one.status, one.retried, one.error) for one in answers]


def test_paths_are_asked_for_in_turn_with_the_headers_of_a_client() -> None:
    script = Script()
    ask_in_turn(script, 3, paths=("/", "/a?b=c"))
    ((first, second, third),) = script.asked
    assert [one.split(b" ")[1] for one in (first, second, third)] == [b"/", b"/a?b=c", b"/"]
    head, *fields = first.decode().removesuffix("\r\n\r\n").split("\r\n")
    assert head == "GET / HTTP/1.1"
    assert fields[0].startswith("Host: 127.0.0.1:")
    assert fields[1:] == ["Accept: application/json", "User-Agent: pase-rehearsal"]


def test_some_requests_have_a_connection_to_themselves() -> None:
    script = Script()
    answers = ask_in_turn(script, 8, keep_alive=0.5)
    assert [len(asked) for asked in script.asked] == [1, 4, 1, 1, 1]
    alone = [asked[0] for asked in script.asked if len(asked) == 1]
    assert all(b"\r\nConnection: close\r\n" in one for one in alone)
    assert not any(b"Connection" in one for one in script.asked[1])
    assert [one.fresh for one in answers] == [True, True, True, False] + [True, False] * 2


def test_a_kept_connection_that_closes_before_the_answer_is_tried_once_more() -> None:
    answers = ask_in_turn(Script("ok close", "ok ok"), 3)
    assert outcomes(answers) == [(200, False, ""), (200, True, ""), (200, False, "")]
    assert [one.fresh for one in answers] == [True, True, False]


def test_the_second_try_is_the_last() -> None:
    assert outcomes(ask_in_turn(Script("ok close", "close", "ok"), 3)) == [
        (200, False, ""),
        (0, True, "closed before the answer"),
        (200, False, ""),
    ]


def test_a_new_connection_that_closes_before_the_answer_is_a_failure() -> None:
    assert outcomes(ask_in_turn(Script("close", "ok"), 2)) == [
        (0, False, "closed before the answer"),
        (200, False, ""),
    ]


def test_an_answer_that_breaks_off_is_a_failure_and_not_tried_again() -> None:
    assert outcomes(ask_in_turn(Script("ok break", "ok"), 3)) == [
        (200, False, ""),
        (0, False, "closed within the answer"),
        (200, False, ""),
    ]


def test_a_changed_rate_keeps_the_connections() -> None:
    script = Script()
    seen: list[Answered] = []

    async def visit(server: Server) -> None:
        visitors = Visitors(name="a", url=server.url, paths=("/",), rate=ONCE_A_DAY, keep_alive=1)
        opened = crowd.Crowd(visitors, seen.append)
        while len(seen) < 1:
            await asyncio.sleep(0.001)
        opened.change(replace(visitors, rate=2 * ONCE_A_DAY))
        opened.ask(monotonic())
        while len(seen) < 2:
            await asyncio.sleep(0.001)
        opened.end()

    with Server(script) as server:
        asyncio.run(asyncio.wait_for(visit(server), 20))
    assert [len(asked) for asked in script.asked] == [2]


def test_a_request_ends_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    assert crowd.TIMEOUT_SECONDS == 10
    monkeypatch.setattr(crowd, "TIMEOUT_SECONDS", 0.3)
    seen: list[Answered] = []

    async def visit(server: Server) -> None:
        visitors = Visitors(name="a", url=server.url, paths=("/",), rate=100, keep_alive=1)
        opened = crowd.Crowd(visitors, seen.append)
        while len(seen) < 5:
            await asyncio.sleep(0.02)
            opened.end_late()
        assert opened.busy
        opened.end()
        assert not opened.busy

    with Server(hang) as server:
        asyncio.run(asyncio.wait_for(visit(server), 20))
    assert [one.error for one in seen[:5]] == ["timed out after 10 s"] * 5
    assert min(one.milliseconds for one in seen[:5]) >= 300
    assert {one.status for one in seen} == {0}
    assert seen[-1].error == "unfinished"
