"""A balancer with two listeners, and what was seen of it."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from rehearsal.balancer import HEADER, Access, Balancer, Group, Listener

from .parts import PORTS, Processes, wait_until


class Answer(NamedTuple):
    """What a client got."""

    status: int
    target: str


class World:
    """An open balancer with the listeners "production" and "test"."""

    def __init__(
        self, folder: Path, *, idle_seconds: float = 60.0, ports: Mapping[str, int] | None = None
    ) -> None:
        self.processes = Processes()
        self.seen: list[Access] = []
        self.ports = ports or {name: PORTS.take() for name in ("production", "test")}
        self.balancer = Balancer(
            start=self.processes.start,
            folder=folder,
            name="prod",
            listeners=[Listener(name=name, port=port) for name, port in self.ports.items()],
            on_access=self.seen.append,
            idle_seconds=idle_seconds,
        )

    def route(self, *groups: tuple[int, tuple[str, ...]], listener: str = "production") -> bool:
        """Route one listener to groups, each a weight and targets."""
        named = [
            Group(name=f"group-{number}", weight=weight, targets=targets)
            for number, (weight, targets) in enumerate(groups)
        ]
        return self.balancer.route({listener: named})

    @contextmanager
    def connect(self, listener: str = "production") -> Iterator[http.client.HTTPConnection]:
        """A connection to a listener."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[listener], timeout=30)
        connection.connect()
        try:
            yield connection
        finally:
            connection.close()

    def ask(self, connection: http.client.HTTPConnection, path: str = "/") -> Answer:
        """Ask on that connection."""
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return Answer(answer.status, answer.getheader(HEADER, ""))

    def get(self, path: str = "/", *, listener: str = "production") -> Answer:
        """Ask on a connection of its own."""
        with self.connect(listener) as connection:
            return self.ask(connection, path)

    def access(self, path: str) -> Access:
        """What the access log says of the only request for that path."""
        wait_until(lambda: any(one.path == path for one in self.seen))
        (found,) = (one for one in self.seen if one.path == path)
        return found


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A balancer with idle seconds as AWS has them, for all tests of a module."""
    world = World(tmp_path_factory.mktemp("balancer"))
    world.balancer.open()
    yield world
    world.balancer.close()


@pytest.fixture
def world(opened: World) -> World:
    """The balancer, not routed, and nothing seen."""
    opened.balancer.route({})
    opened.seen.clear()
    return opened


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[World]:
    """A balancer that waits half a second for a target."""
    world = World(tmp_path, idle_seconds=0.5)
    world.balancer.open()
    yield world
    world.balancer.close()
