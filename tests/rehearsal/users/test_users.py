"""Users come when they are due, and tell all that went wrong."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from rehearsal.balancer import HEADER
from rehearsal.users import Answered, Users, UsersError, Visitors

from ..balancer.parts import OK, Processes, Server, answer_all, read_request, wait_until
from .parts import Script, Street


async def wait_a_second(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer a second late."""
    while True:
        await read_request(reader)
        await asyncio.sleep(1)
        writer.write(OK)


async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Never answer."""
    await read_request(reader)
    await asyncio.sleep(3600)


def nothing_comes(street: Street, seconds: float) -> bool:
    """Whether no request ends for so long."""
    told = len(street.seen)
    time.sleep(seconds)
    return len(street.seen) == told


def good(one: Answered) -> bool:
    """Whether the user got what was asked for."""
    return one.status == 200 and not one.error


def test_the_rate_is_kept_and_every_answer_is_told(street: Street) -> None:
    with Server(answer_all) as server:
        street.visit(server.url, rate=200)
        street.await_answers(300)
        seen = street.leave()
    assert all(good(one) for one in seen)
    due = sorted(one.at - one.milliseconds / 1000 for one in seen)
    assert (len(due) - 1) / (due[-1] - due[0]) == pytest.approx(200, rel=0.01)
    assert [one.at for one in seen] == sorted(one.at for one in seen)
    assert seen[-1].at <= time.monotonic()


def test_the_schedule_does_not_wait_for_answers(street: Street) -> None:
    """Coordinated omission: who waits for an answer before asking again sees no queue."""
    with Server(wait_a_second) as server:
        street.visit(server.url, rate=50)
        street.await_answers(50)
        seen = street.leave()
    due = sorted(one.at - one.milliseconds / 1000 for one in seen)
    assert due[49] - due[0] == pytest.approx(49 / 50, abs=0.02)
    assert min(one.milliseconds for one in seen) >= 1000


def test_latency_counts_from_when_a_request_was_due(street: Street) -> None:
    """A stopped process cannot send; those users waited all the same."""
    with Server(answer_all) as server:
        street.visit(server.url, rate=100)
        street.await_answers(10)
        process = psutil.Process(street.processes.started[0].pid)
        process.suspend()
        time.sleep(0.5)
        process.resume()
        street.await_answers(len(street.seen) + 60)
        seen = street.leave()
    late = [one.milliseconds for one in seen if one.milliseconds > 100]
    assert len(late) >= 35
    assert max(late) >= 400
    assert all(good(one) for one in seen)


def test_the_share_of_kept_connections_is_as_told(street: Street) -> None:
    script = Script()
    with Server(script) as server:
        street.visit(server.url, keep_alive=0.75, rate=200)
        street.await_answers(200)
        seen = street.leave()
    alone = sum(b"Connection: close" in one for asked in script.asked for one in asked)
    assert alone == pytest.approx(len(seen) / 4, abs=1)
    assert all(len(asked) == 1 for asked in script.asked if b"Connection: close" in asked[0])
    assert sum(one.fresh for one in seen) == len(script.asked)


def test_the_answer_names_its_target(street: Street) -> None:
    assert HEADER == "X-Rehearsal-Target"
    with Server(Script()) as server:
        street.visit(server.url)
        street.await_answers(2)
        assert {one.target for one in street.leave()} == {"me"}


def test_a_status_is_told_as_it_came(street: Street) -> None:
    with Server(answer_all) as server:
        street.visit(server.url, paths=("/status/200", "/status/503", "/status/404"))
        street.await_answers(6)
        seen = street.leave()
    assert [one.status for one in seen[:6]] == [200, 503, 404] * 2
    assert {one.error for one in seen} == {""}


def test_a_closed_door_is_a_failure_with_its_reason(street: Street) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    street.visit(f"http://127.0.0.1:{port}")
    street.await_answers(3)
    assert {(one.status, one.error) for one in street.leave()} == {
        (0, "no connection: Connection refused")
    }


def test_who_finds_five_hundred_waiting_is_counted_as_failed(street: Street) -> None:
    with Server(hang) as server:
        street.visit(server.url, rate=1000)
        street.await_answers(10)
        overloaded = list(street.seen)
        seen = street.leave()
    assert {(one.status, one.error) for one in overloaded} == {(0, "overloaded")}
    assert Counter(one.error for one in seen)["unfinished"] == 500


@pytest.mark.parametrize("rate", [0, None])
def test_visitors_stop_when_they_are_told_or_not_named(street: Street, rate: float | None) -> None:
    with Server(answer_all) as server:
        street.visit(server.url)
        street.await_answers(5)
        if rate is None:
            street.users.visit([])
        else:
            street.visit(server.url, rate=rate)
        wait_until(lambda: nothing_comes(street, 0.3))


def test_who_stops_still_gets_the_answers_under_way(street: Street) -> None:
    with Server(wait_a_second) as server:
        street.visit(server.url, rate=50)
        wait_until(lambda: server.connections >= 10)
        street.users.visit([])
        street.await_answers(10)
        assert all(good(one) for one in street.leave())


def test_a_changed_rate_loses_nothing(street: Street) -> None:
    with Server(answer_all) as server:
        for rate in (50, 100, 150, 100):
            street.visit(server.url, rate=rate)
            street.await_answers(len(street.seen) + 20)
        seen = street.leave()
    assert all(good(one) for one in seen)


def test_visitors_of_several_addresses_do_not_mix(street: Street) -> None:
    with Server(Script()) as first, Server(answer_all) as second:
        street.users.visit(
            [
                Visitors(name=name, url=server.url, paths=("/",), rate=rate, keep_alive=0.5)
                for name, server, rate in (("dev", first, 30), ("prod", second, 90))
            ]
        )
        street.await_answers(120)
        seen = street.leave()
    assert {(one.visitors, one.target) for one in seen} == {("dev", "me"), ("prod", "")}
    counts = Counter(one.visitors for one in seen)
    assert counts["prod"] == pytest.approx(3 * counts["dev"], abs=4)


def test_closing_leaves_nothing(tmp_path: Path) -> None:
    street = Street(tmp_path)
    street.users.open()
    with Server(hang) as server:
        street.visit(server.url, rate=20)
        wait_until(lambda: server.connections >= 3)
        before = time.monotonic()
        street.users.close()
        assert time.monotonic() - before < 6
    assert {one.error for one in street.seen} == {"unfinished"}
    assert street.processes.ended
    street.users.close()


def test_the_process_ends_with_its_parent(tmp_path: Path) -> None:
    """Its standard input ends with whoever writes to it."""
    street = Street(tmp_path)
    street.users.open()
    (process,) = street.processes.started
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(10) == 0


def test_a_process_that_has_ended_is_an_error(street: Street) -> None:
    (process,) = street.processes.started
    process.kill()
    process.wait()
    with pytest.raises(UsersError, match=r"ended by itself .*users\.log"):
        street.users.visit([])


def test_users_who_are_not_there_cannot_be_told(tmp_path: Path) -> None:
    with pytest.raises(UsersError, match="not open"):
        Street(tmp_path).users.visit([])


def test_an_error_of_the_receiver_is_raised_in_the_end(tmp_path: Path) -> None:
    told: list[int] = []

    def refuse(answers: Sequence[Answered]) -> None:
        told.append(len(answers))
        raise RuntimeError("not today")

    users = Users(start=Processes().start, folder=tmp_path, on_answers=refuse)
    users.open()
    with Server(answer_all) as server:
        users.visit([Visitors(name="a", url=server.url, paths=("/",), rate=50, keep_alive=1)])
        wait_until(lambda: len(told) >= 2)
        with pytest.raises(RuntimeError, match="not today"):
            users.close()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rate": -1.0}, "rate -1.0, allowed: 0 and more"),
        ({"keep_alive": 1.5}, "keep_alive 1.5, allowed: 0 to 1"),
        ({"paths": ()}, "at least one"),
        ({"paths": ("ready",)}, "beginning with a slash"),
        ({"url": "https://127.0.0.1:80"}, "allowed: http://<address>:<port>"),
        ({"url": "http://127.0.0.1"}, "allowed: http://<address>:<port>"),
    ],
)
def test_visitors_that_cannot_be_are_refused(change: dict[str, object], message: str) -> None:
    told: dict[str, object] = {
        "name": "prod",
        "url": "http://127.0.0.1:80",
        "paths": ("/",),
        "rate": 1.0,
        "keep_alive": 1.0,
    }
    with pytest.raises(ValueError, match=f"visitors prod: .*{message}"):
        Visitors(**{**told, **change})  # type: ignore[arg-type]


def test_visitors_named_twice_are_refused(street: Street) -> None:
    one = Visitors(name="a", url="http://127.0.0.1:1", paths=("/",), rate=1, keep_alive=1)
    with pytest.raises(ValueError, match="named twice among a, a"):
        street.users.visit([one, one])
