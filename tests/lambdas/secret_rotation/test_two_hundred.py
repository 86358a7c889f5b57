"""200 rotations in a row under the example service's load, and nobody notices.

The service, its users, PostgreSQL, TLS and the function's processes are real; the server writes
every statement to its log.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.lambdas.secret_rotation.real import REGION, Prober, RealWorld
from tests.service.postgres import Postgres
from tests.service.running import Service
from tests.service.test_secret import Load

ROTATIONS = 200
POOL = 6


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealWorld]:
    server = Postgres()
    server.create()
    with ExitStack() as stack:
        stack.callback(server.destroy)
        server.execute("ALTER SYSTEM SET log_statement = 'all'")
        server.execute("ALTER SYSTEM SET log_connections = on")
        server.execute("SELECT pg_reload_conf()")
        made = RealWorld(server, tmp_path_factory.mktemp("rotation"), stack)
        stack.callback(made.close)
        made.new_secret("shop")
        made.rotate()
        yield made


def settings_of(world: RealWorld) -> dict[str, str]:
    """The service as it runs on AWS: the secret from Secrets Manager, TLS verified."""
    return {
        "ENVIRONMENT": "Dev",
        "COLOUR": "blue",
        "AWS_ENDPOINT_URL": world.url,
        "AWS_REGION": REGION,
        "DATABASE_SECRET_ID": world.arn,
        "DATABASE_CA_BUNDLE": str(world.certificate.ca),
        "DATABASE_POOL_MAX": str(POOL),
        # So that there is always somebody who logs in.
        "DATABASE_POOL_MAX_LIFETIME_SECONDS": "1",
        "SECRET_MINIMUM_INTERVAL_SECONDS": "0.1",
    }


def access_of(server: Postgres) -> list[Any]:
    """Every role but its password, every membership, setting and right to a database."""
    return [
        server.rows(query)
        for query in (
            "SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, "
            "rolreplication, rolbypassrls, rolconnlimit, rolvaliduntil FROM pg_roles ORDER BY 1",
            "SELECT roleid::regrole::text, member::regrole::text, grantor::regrole::text, "
            "admin_option, inherit_option, set_option FROM pg_auth_members ORDER BY 1, 2, 3",
            "SELECT setdatabase, setrole::regrole::text, setconfig FROM pg_db_role_setting "
            "ORDER BY 1, 2",
            "SELECT datname, datdba::regrole::text, datacl::text FROM pg_database ORDER BY 1",
        )
    ]


def sessions(server: Postgres) -> dict[str, int]:
    """How many there are, by the program's name."""
    rows = server.rows(
        "SELECT application_name, count(*) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() GROUP BY 1"
    )
    return {str(name): int(str(count)) for name, count in rows}


def test_two_hundred_rotations_under_load_fail_no_request_and_change_nothing_but_passwords(
    world: RealWorld, tmp_path: Path
) -> None:
    before = access_of(world.server)
    with Service(settings_of(world), tmp_path) as service:
        service.wait_ready()
        load = Load(service, clients=2)
        with Prober(world) as prober, load.running():
            load.wait_for_more(20)
            for _ in range(ROTATIONS):
                world.rotate()
            load.wait_for_more(20)
        service.passwords |= world.passwords
        assert len(service.lines("database login refused, secret fetched again")) > 10
        left = sessions(world.server)
    assert set(load.answers) == {200}
    assert load.answers[200] > ROTATIONS
    assert prober.refused == []
    assert prober.logins > ROTATIONS
    assert access_of(world.server) == before
    assert set(left) <= {"storefront", ""}
    assert left.get("storefront", 0) <= POOL
    assert len(world.passwords) > ROTATIONS
    for name, text in (("functions", world.log()), ("server", world.server.log())):
        assert len(text) > 10_000, name
        assert not [one for one in world.passwords if one in text], name
    assert "ALTER ROLE" in world.server.log()
    assert "SCRAM-SHA-256$4096:" in world.server.log()


def test_what_either_login_makes_is_the_other_s_as_well(world: RealWorld) -> None:
    statements = (
        "CREATE TABLE made (id int PRIMARY KEY)",
        "ALTER TABLE made ADD COLUMN name text",
        "INSERT INTO made VALUES (1, 'one')",
        "CREATE INDEX made_name ON made (name)",
        "TRUNCATE made",
        "DROP TABLE made",
    )
    users = set()
    for statement in statements:
        world.rotate()
        secret = world.current()
        users.add(secret["username"])
        with psycopg.connect(
            host="127.0.0.1",
            port=world.server.port,
            dbname=secret["dbname"],
            user=secret["username"],
            password=secret["password"],
            autocommit=True,
        ) as session:
            session.execute(statement.encode())
    assert users == {"shop_a", "shop_b"}


def test_only_the_owner_s_members_may_connect_to_the_database(world: RealWorld) -> None:
    world.server.execute("CREATE ROLE stranger LOGIN PASSWORD 'a-stranger-s-password'")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(
            host="127.0.0.1",
            port=world.server.port,
            dbname="shop",
            user="stranger",
            password="a-stranger-s-password",
        )
