"""The real PostgreSQL of a rehearsal."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rehearsal.host.ports import HOST, Ports
from rehearsal.host.postgres import PostgresError, PostgresServer
from rehearsal.host.processes import Processes

from .login import new_login
from .waiting import listens


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with Processes() as processes, PostgresServer(processes=processes, ports=Ports()) as started:
        yield started


def log_in(secret: dict[str, Any], **changes: Any) -> psycopg.Connection[tuple[Any, ...]]:
    access = {**secret, **changes}
    return psycopg.connect(
        host=access["host"],
        port=access["port"],
        dbname=access["dbname"],
        user=access["username"],
        password=access["password"],
        autocommit=True,
    )


def test_its_administrator_makes_roles_and_databases_and_is_no_superuser(
    server: PostgresServer,
) -> None:
    secret = {**server.administrator(), "host": HOST, "port": server.port, "dbname": "postgres"}
    with log_in(secret) as session:
        row = session.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = user"
        ).fetchone()
        session.execute("CREATE ROLE made_by_it")
        session.execute("CREATE DATABASE made_by_it")
    assert row == (False, True, True)
    with pytest.raises(PostgresError, match=r"cannot make its administrator: .*already exists"):
        server.administrator()


def test_a_copy_of_a_server_that_never_started_is_a_server_of_its_own() -> None:
    with Processes() as processes:
        first, second = (
            PostgresServer(processes=processes, ports=Ports(), name=name) for name in ("one", "two")
        )
        first.initialise()
        second.initialise(first)
        with first, second:
            new_login(first, "shop")
            for server, databases in ((first, 4), (second, 3)):
                with server.connect() as session:
                    row = session.execute("SELECT count(*) FROM pg_database").fetchone()
                assert row == (databases,)


def test_a_wrong_password_is_refused_even_for_the_superuser(server: PostgresServer) -> None:
    secret = new_login(server, "locked")
    for username in (secret["username"], "postgres"):
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            log_in(secret, username=username, password="wrong")


def test_a_restart_cuts_sessions_off_and_keeps_data_and_port(server: PostgresServer) -> None:
    secret = new_login(server, "kept")
    before = log_in(secret)
    before.execute("CREATE TABLE kept AS SELECT 7 AS number")
    server.restart()
    with pytest.raises(psycopg.OperationalError):
        before.execute("SELECT 1")
    with log_in(secret) as session:
        assert session.execute("SELECT number FROM kept").fetchall() == [(7,)]


def test_it_is_reachable_from_this_machine_only_and_waits_for_no_disk(
    server: PostgresServer,
) -> None:
    wanted = {
        "listen_addresses": "127.0.0.1",
        "fsync": "off",
        "synchronous_commit": "off",
        "max_connections": "300",
    }
    with server.connect() as session:
        rows = session.execute(
            "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", (list(wanted),)
        ).fetchall()
    assert dict(rows) == wanted
    assert server.version()[0].isdecimal()


def test_stopped_it_listens_no_more() -> None:
    with Processes() as processes:
        server = PostgresServer(processes=processes, ports=Ports())
        server.start()
        assert listens(server.port)
        server.close()
        server.close()
        assert not listens(server.port)


def test_that_it_cannot_listen_is_told_with_its_log() -> None:
    with Processes() as processes:
        server = PostgresServer(processes=processes, ports=Ports())
        with socket.socket() as other:
            other.bind(("127.0.0.1", server.port))
            with pytest.raises(PostgresError, match=r"(?s)does not take connec.*could not bind"):
                server.start()


def test_a_missing_wheel_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rehearsal.host.postgres.find_spec", lambda _name: None)
    with Processes() as processes, pytest.raises(PostgresError, match="is not installed: install"):
        PostgresServer(processes=processes, ports=Ports())


def test_no_password_is_left_in_the_folder(server: PostgresServer) -> None:
    left = [Path(folder, name) for folder, _, names in os.walk(server._folder) for name in names]
    assert left
    for path in left:
        assert server._password.encode() not in path.read_bytes(), path
