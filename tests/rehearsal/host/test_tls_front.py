"""TLS before a PostgreSQL that has none, as clients that insist on it see it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from rehearsal.host.ports import HOST, Ports
from rehearsal.host.processes import Processes
from rehearsal.play.databases import Databases


@pytest.fixture(scope="module")
def databases() -> Iterator[Databases]:
    with Processes() as processes:
        made = Databases(processes=processes, ports=Ports(), environments=["dev", "prod"])
        made.open()
        yield made
        made.close()


def log_in(databases: Databases, sslmode: str, **more: Any) -> psycopg.Connection[Any]:
    secret = json.loads(databases.admin_secret("dev"))
    return psycopg.connect(
        port=secret["port"],
        dbname=secret["dbname"],
        user=secret["username"],
        password=secret["password"],
        sslmode=sslmode,
        autocommit=True,
        **{"host": secret["host"], "sslrootcert": str(databases.authority), **more},
    )


@pytest.mark.parametrize("sslmode", ["verify-full", "disable"])
def test_a_client_gets_what_it_asks_for_whole(databases: Databases, sslmode: str) -> None:
    """More than any buffer holds, both ways."""
    sent = "x" * 3_000_000
    for _ in range(10):
        log_in(databases, sslmode).close()
    with log_in(databases, sslmode) as session:
        row = session.execute("SELECT repeat('y', 3000000) || %s::text", [sent]).fetchone()
        assert row == ("y" * 3_000_000 + sent,)
        assert session.pgconn.ssl_in_use == (sslmode == "verify-full")


def test_a_client_of_another_authority_is_not_served(databases: Databases) -> None:
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        log_in(databases, "verify-full", sslrootcert="system")
    log_in(databases, "verify-full").close()


def test_the_certificate_is_for_the_address_only(databases: Databases) -> None:
    with pytest.raises(psycopg.OperationalError, match="does not match host name"):
        log_in(databases, "verify-full", host="localhost", hostaddr=HOST)


def test_each_environment_has_a_server_and_an_administrator_of_its_own(
    databases: Databases,
) -> None:
    dev, prod = (json.loads(databases.admin_secret(name)) for name in ("dev", "prod"))
    assert databases.logs_in(dev)
    assert databases.logs_in(prod)
    assert not databases.logs_in({**dev, "port": prod["port"]})


def test_a_session_that_has_ended_is_gone_from_the_server(databases: Databases) -> None:
    with log_in(databases, "verify-full"):
        assert databases.sessions("dev") == {"administrator": 1}
        assert databases.sessions("prod") == {}
    deadline = time.monotonic() + 10
    while databases.sessions("dev") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert databases.sessions("dev") == {}


def test_a_client_that_goes_before_it_has_said_anything_harms_nobody(
    databases: Databases,
) -> None:
    for said in (b"", b"\0\0\0\x08\x04\xd2\x16\x2f", b"\0\0"):
        with socket.create_connection((HOST, databases.port("dev"))) as client:
            client.sendall(said)
    log_in(databases, "verify-full").close()


def test_a_restart_of_the_database_cuts_sessions_off_and_others_come_through(
    databases: Databases,
) -> None:
    session = log_in(databases, "verify-full")
    databases.servers["dev"].restart()
    with pytest.raises(psycopg.OperationalError):
        session.execute("SELECT 1")
    log_in(databases, "verify-full").close()


def test_the_administrator_is_no_superuser_and_makes_roles_and_databases(
    databases: Databases,
) -> None:
    with log_in(databases, "disable") as session:
        found = session.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert found == (False, True, True)
