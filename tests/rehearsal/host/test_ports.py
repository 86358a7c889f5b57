"""Ports are handed out once and are free."""

import socket
from collections.abc import Iterator

import pytest

from rehearsal.host.ports import PortError, Ports


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something listens on, with a free one before it."""
    ports = Ports()
    while True:
        port = ports.take()
        if ports.take() == port + 1:
            break
    with socket.create_server(("127.0.0.1", port + 1)):
        yield port + 1


def test_no_port_is_given_twice() -> None:
    ports = Ports()
    given = [ports.take() for _ in range(200)]
    assert len(set(given)) == 200


def test_ports_are_not_those_the_system_gives_to_outgoing_connections() -> None:
    ports = Ports()
    assert all(ports.take() < 32768 for _ in range(50))


def test_a_port_that_is_listened_on_is_passed_over(
    taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.randint", lambda _low, _high: taken - 1)
    ports = Ports()
    assert ports.take() == taken - 1
    assert ports.take() != taken


def test_from_a_first_port_on_they_are_consecutive_until_one_is_taken(taken: int) -> None:
    ports = Ports(first=taken - 1)
    assert ports.take() == taken - 1
    with pytest.raises(PortError, match=f"port {taken} of 127.0.0.1 is not free"):
        ports.take()


def test_a_first_port_of_a_server_that_has_just_ended_is_free(taken: int) -> None:
    port = taken - 1
    with socket.create_server(("127.0.0.1", port)) as server:
        client = socket.create_connection(("127.0.0.1", port))
        # Closed by the server first, so that its port is the one that waits (TIME_WAIT).
        server.accept()[0].close()
        client.close()
    assert Ports(first=port).take() == port


@pytest.mark.parametrize("first", [0, -1, 65536])
def test_a_first_port_that_does_not_exist_is_refused(first: int) -> None:
    with pytest.raises(PortError, match=f"port {first} does not exist"):
        Ports(first=first)


def test_after_the_last_port_there_is_none() -> None:
    ports = Ports(first=65535)
    ports.take()
    with pytest.raises(PortError, match="no port after 65535"):
        ports.take()
