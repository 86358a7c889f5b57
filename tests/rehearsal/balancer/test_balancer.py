"""The load balancer answers as an Application Load Balancer does."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from rehearsal.balancer import BalancerError, Group, Listener, balancer, caddy

from .conftest import Answer, World
from .parts import PORTS, Server, answer_all, read_request, refused_address, targets


async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Take a request and never answer."""
    await read_request(reader)
    await asyncio.sleep(3600)


async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Begin an answer and close."""
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nand")


async def slam(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Take a request and close."""
    await read_request(reader)


def test_requests_are_shared_by_weight_and_within_a_group_in_turn(world: World) -> None:
    with targets(5) as addresses:
        blue, green = addresses[:3], addresses[3:]
        world.route((80, blue), (20, green))
        counts = Counter(world.get().target for _ in range(150))
    assert [counts[address] for address in blue] == [40, 40, 40]
    assert [counts[address] for address in green] == [15, 15]


def test_routes_hold_from_the_moment_they_are_told(world: World) -> None:
    with targets(2) as (blue, green):
        for _ in range(10):
            world.route((100, (blue,)), (0, (green,)))
            assert world.get() == Answer(200, blue)
            world.route((0, (blue,)), (100, (green,)))
            assert world.get() == Answer(200, green)


def test_a_kept_connection_is_routed_as_any_other_and_stays_open(world: World) -> None:
    with targets(2) as (blue, green), world.connect() as connection:
        for target in (blue, green, blue):
            world.route((1, (target,)))
            assert world.ask(connection) == Answer(200, target)
            kept = connection.sock
        assert kept is connection.sock


def test_an_unchanged_route_is_no_change(world: World) -> None:
    assert world.route((100, ("127.0.0.1:1",)))
    assert not world.route((100, ("127.0.0.1:1",)))
    assert world.route((100, ("127.0.0.1:2",)))


def test_each_listener_has_its_own_route(world: World) -> None:
    with targets(2) as (blue, green):
        world.balancer.route(
            {
                "production": [Group(name="blue", weight=1, targets=(blue,))],
                "test": [Group(name="green", weight=1, targets=(green,))],
            }
        )
        assert world.get().target == blue
        assert world.get("/new", listener="test").target == green
        assert world.access("/new").listener == "test"


def test_the_access_log_has_what_the_target_answered_and_when(world: World) -> None:
    with targets(1) as (target,):
        world.route((1, (target,)))
        before = time.monotonic()
        world.get("/slow/0.3?of=users")
        after = time.monotonic()
        seen = world.access("/slow/0.3")
    assert (seen.listener, seen.status, seen.target_status) == ("production", 200, 200)
    assert seen.target == target
    assert seen.target_seconds is not None
    assert 0.3 <= seen.target_seconds <= seen.seconds <= after - before
    assert before + 0.3 <= seen.at <= after + 0.1


def test_an_error_of_the_target_is_the_targets(world: World) -> None:
    with targets(1) as (target,):
        world.route((1, (target,)))
        assert world.get("/status/503") == Answer(503, target)
        seen = world.access("/status/503")
    assert (seen.status, seen.target_status, seen.target) == (503, 503, target)


@pytest.mark.parametrize("listener", ["production", "test"])
def test_before_it_is_routed_a_listener_answers_503(world: World, listener: str) -> None:
    assert world.get("/early", listener=listener) == Answer(503, "")
    seen = world.access("/early")
    assert (seen.status, seen.target_status, seen.target) == (503, None, "")
    assert seen.target_seconds is None


def test_the_share_of_a_group_without_targets_is_answered_503(world: World) -> None:
    with targets(1) as (blue,):
        world.route((75, (blue,)), (25, ()))
        answers = Counter(world.get(f"/{number}") for number in range(40))
    assert answers == {Answer(200, blue): 30, Answer(503, ""): 10}
    seen = Counter(
        (access.status, access.target_status, access.target)
        for access in (world.access(f"/{number}") for number in range(40))
    )
    assert seen == {(200, 200, blue): 30, (503, None, ""): 10}


def test_a_target_that_refuses_the_connection_is_answered_502(world: World) -> None:
    address = refused_address()
    world.route((1, (address,)))
    assert world.get("/refused") == Answer(502, "")
    seen = world.access("/refused")
    assert (seen.status, seen.target_status, seen.target) == (502, None, address)


def test_a_target_that_closes_without_an_answer_is_answered_502(world: World) -> None:
    with Server(slam) as server:
        world.route((1, (server.address,)))
        assert world.get("/slammed") == Answer(502, "")
        assert world.access("/slammed").target_status is None


def test_an_answer_that_breaks_off_is_the_targets(world: World) -> None:
    with Server(break_off) as server:
        world.route((1, (server.address,)))
        with pytest.raises(Exception, match="IncompleteRead"):
            world.get("/broken")
        seen = world.access("/broken")
    assert (seen.status, seen.target_status) == (200, 200)


def test_a_target_that_hangs_is_answered_504(impatient: World) -> None:
    with Server(hang) as server:
        impatient.route((1, (server.address,)))
        assert impatient.get("/hung") == Answer(504, "")
        seen = impatient.access("/hung")
    assert (seen.status, seen.target_status, seen.target) == (504, None, server.address)
    assert seen.seconds >= 0.5


def test_a_client_that_goes_away_is_noted_as_460(world: World) -> None:
    with Server(hang) as server:
        world.route((1, (server.address,)))
        with socket.create_connection(("127.0.0.1", world.ports["production"])) as client:
            client.sendall(b"GET /left HTTP/1.1\r\nHost: x\r\n\r\n")
            while not server.connections:
                time.sleep(0.005)
        seen = world.access("/left")
    assert (seen.status, seen.target_status) == (460, None)


def test_a_request_under_way_ends_well_when_its_target_is_no_longer_listed(world: World) -> None:
    answers: list[Answer] = []
    with Server(answer_all) as leaving, targets(1) as (staying,):
        world.route((1, (leaving.address,)))
        client = threading.Thread(target=lambda: answers.append(world.get("/slow/0.6")))
        client.start()
        while not leaving.connections:
            time.sleep(0.005)
        world.route((1, (staying,)))
        assert world.get().target == staying
        assert answers == []
        client.join()
    assert answers == [Answer(200, leaving.address)]


def test_a_listener_that_is_not_there_cannot_be_routed(world: World) -> None:
    with pytest.raises(BalancerError, match="no listener prodution; it has production, test"):
        world.route((1, ()), listener="prodution")


def test_a_taken_port_is_one_clear_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", PORTS.take())) as other:
        port = other.getsockname()[1]
        world = World(tmp_path, ports={"production": PORTS.take(), "test": port})
        with pytest.raises(
            BalancerError,
            match=f"^load balancer prod: listener test cannot have port {port}: Address already",
        ):
            world.balancer.open()


def test_two_balancers_do_not_share_a_port(world: World, tmp_path: Path) -> None:
    """Caddy by itself would: SO_REUSEPORT."""
    second = World(tmp_path / "second", ports=world.ports)
    with pytest.raises(BalancerError, match="listener production cannot have port"):
        second.balancer.open()


def test_a_caddy_that_ends_by_itself_is_quoted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever it is told, it is a Caddy that runs with a configuration of a later one."""
    later = tmp_path / "later.json"
    later.write_text('{"apps": {"http5": {}}}')
    script = tmp_path / "caddy"
    script.write_text(f"#!/bin/sh\nexec '{caddy.executable()}' run --config '{later}'\n")
    script.chmod(0o755)
    monkeypatch.setattr(balancer, "executable", lambda: script)
    world = World(tmp_path / "prod")
    with pytest.raises(BalancerError, match=r"^load balancer prod: loading initial .*http5"):
        world.balancer.open()
    assert world.processes.ended


def test_a_balancer_that_is_not_there_cannot_be_routed(tmp_path: Path) -> None:
    world = World(tmp_path)
    with pytest.raises(BalancerError, match="load balancer prod is not open"):
        world.route((1, ()))
    world.balancer.open()
    (process,) = world.processes.started
    process.kill()
    process.wait()
    with pytest.raises(BalancerError, match="load balancer prod has ended: Caddy ended without"):
        world.route((1, ()))
    world.balancer.close()


def test_a_missing_caddy_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(caddy, "_PACKAGE", "caddyserver-of-nobody")
    with pytest.raises(BalancerError, match="Caddy is missing: the package caddyserver-of-nobody"):
        World(tmp_path).balancer.open()
    assert caddy.caddy_version() == ""


def test_an_error_of_the_receiver_is_raised_in_the_end_and_loses_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    asked: list[str] = []

    def refuse(access: object) -> None:
        asked.append(str(access))
        raise RuntimeError("not today")

    world.balancer._on_access = refuse
    world.balancer.open()
    world.get()
    world.get()
    with pytest.raises(RuntimeError, match="not today"):
        world.balancer.close()
    assert len(asked) == 2


def test_closing_ends_the_process_and_frees_the_ports(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.balancer.open()
    world.get()
    world.balancer.close()
    world.balancer.close()
    assert len(world.seen) == 1
    assert world.processes.ended
    for port in world.ports.values():
        socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.parametrize("weight", [-1, 1000])
def test_a_weight_that_aws_does_not_have_is_refused(weight: int) -> None:
    with pytest.raises(ValueError, match=f"weight {weight}, allowed: 0 to 999"):
        Group(name="blue", weight=weight, targets=())


@pytest.mark.parametrize("target", ["10.0.0.1:80", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:0"])
def test_a_target_that_is_not_on_this_machine_is_refused(target: str) -> None:
    with pytest.raises(ValueError, match=f"target '{target}', allowed: 127.0.0.1:<port>"):
        Group(name="blue", weight=1, targets=(target,))


@pytest.mark.parametrize("port", [0, 65536])
def test_a_port_that_does_not_exist_is_refused(port: int) -> None:
    with pytest.raises(ValueError, match=f"listener test: port {port}, allowed: 1 to 65535"):
        Listener(name="test", port=port)
