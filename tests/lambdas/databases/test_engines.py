"""What the engines do, on real servers, as an administrator that is no superuser."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from lambdas.databases import mysql, postgres, tls
from lambdas.databases.engine import Trust
from lambdas.databases.errors import (
    Busy,
    DatabaseError,
    DatabaseMissing,
    ForeignDatabase,
    LoginLocked,
    LoginRefused,
    NoAnswer,
    NotPermitted,
    SessionLost,
    WrongSession,
)
from lambdas.databases.login import Login
from tests.lambdas.databases.conftest import Shop
from tests.support.servers import Server, differences, no_session_is_left


class Confirmation(Exception):
    """What `confirm` raises here."""


def test_a_login_that_was_set_logs_in_and_acts_as_the_owner(shop: Shop) -> None:
    login = shop.rotate()
    shop.engine.prove(login, owner=shop.owner)
    with shop.server.session(login) as run:
        assert run("SELECT 1") == [(1,)]
    with pytest.raises(WrongSession, match="should act"):
        shop.engine.prove(login, owner=f"{shop.owner}_not")


def test_the_former_password_is_refused_once_there_is_a_new_one(shop: Shop) -> None:
    former = shop.rotate()
    shop.rotate()
    with pytest.raises(LoginRefused):
        shop.engine.prove(former, owner=shop.owner)


def test_what_either_login_makes_the_other_can_use_change_and_drop(shop: Shop) -> None:
    for maker, user in ((0, 1), (1, 0)):
        with shop.server.session(shop.rotate(maker)) as run:
            run("CREATE TABLE things (number integer)")
            run("INSERT INTO things VALUES (1)")
            run("CREATE VIEW seen AS SELECT number FROM things")
        with shop.server.session(shop.rotate(user)) as run:
            assert run("SELECT number FROM seen") == [(1,)]
            run("INSERT INTO things VALUES (2)")
            run("ALTER TABLE things ADD more integer")
            run("DROP VIEW seen")
            run("DROP TABLE things")


def test_what_a_login_made_goes_on_working_after_its_password_was_changed(shop: Shop) -> None:
    with shop.server.session(shop.rotate(0)) as run:
        run("CREATE TABLE things (number integer)")
        run("CREATE VIEW seen AS SELECT count(*) FROM things")
    other = shop.rotate(1)
    shop.rotate(0)
    with shop.server.session(other) as run:
        assert run("SELECT * FROM seen") == [(0,)]


def test_setting_a_login_again_changes_its_password_and_nothing_else(shop: Shop) -> None:
    shop.rotate(0)
    shop.rotate(1)
    before = shop.server.access()
    shop.rotate(0)
    changed = differences(before, shop.server.access())
    assert len(changed) == 2
    assert all(shop.logins[0] in str(row) for row in changed)
    without = [
        "".join(part for part in str(row).split("'") if not _is_verifier(part)) for row in changed
    ]
    assert without[0] == without[1]


def _is_verifier(text: str) -> bool:
    return text.startswith(("SCRAM-SHA-256$", "{"))


POSTGRES_DAMAGE = {
    "dropped": ("DROP ROLE {login}", LoginRefused),
    "locked": ("ALTER ROLE {login} NOLOGIN", LoginLocked),
    "expired": ("ALTER ROLE {login} VALID UNTIL '2001-01-01'", LoginRefused),
    "expelled": ("REVOKE {owner} FROM {login}", WrongSession),
    "acting as itself": ("ALTER ROLE {login} IN DATABASE {database} RESET role", WrongSession),
}
MARIADB_DAMAGE = {
    "dropped": ("DROP USER {login}@'%'", LoginRefused),
    "locked": ("ALTER USER {login}@'%' ACCOUNT LOCK", LoginLocked),
    "expired": ("ALTER USER {login}@'%' PASSWORD EXPIRE", LoginLocked),
    "expelled": ("REVOKE {owner} FROM {login}@'%'", WrongSession),
    "acting as itself": ("SET DEFAULT ROLE NONE FOR {login}@'%'", WrongSession),
}


@pytest.mark.parametrize("damage", POSTGRES_DAMAGE)
def test_whatever_was_done_to_a_login_by_hand_setting_it_repairs_it(
    shop: Shop, damage: str
) -> None:
    known = POSTGRES_DAMAGE if shop.server.engine == "postgres" else MARIADB_DAMAGE
    statement, error = known[damage]
    login = shop.rotate()
    names = {"login": login.username, "owner": shop.owner, "database": shop.database}
    # As the administrator, who has made the roles and so may.
    with shop.server.session(shop.server.admin()) as run:
        run(statement.format(**names))
    with pytest.raises(error):
        shop.engine.prove(login, owner=shop.owner)
    shop.engine.prove(shop.rotate(), owner=shop.owner)


def test_when_it_is_not_confirmed_nothing_is_changed_and_no_session_is_left(shop: Shop) -> None:
    login = shop.rotate()
    before = shop.server.access()

    def refuse() -> None:
        raise Confirmation

    with pytest.raises(Confirmation):
        shop.engine.set_login(shop.server.admin(), shop.wanted(), owner=shop.owner, confirm=refuse)
    assert differences(before, shop.server.access()) == []
    assert no_session_is_left(shop.server)
    shop.engine.prove(login, owner=shop.owner)


def test_a_session_that_is_ended_in_the_middle_has_changed_nothing(shop: Shop) -> None:
    shop.rotate()
    before = shop.server.access()
    admin = shop.server.admin()
    wanted = shop.wanted()
    with pytest.raises(SessionLost):
        shop.engine.set_login(
            admin,
            wanted,
            owner=shop.owner,
            confirm=lambda: shop.server.end_sessions(admin.username),
        )
    assert differences(before, shop.server.access()) == []
    shop.set_login(wanted)
    shop.engine.prove(wanted, owner=shop.owner)


def test_no_call_leaves_a_session(shop: Shop) -> None:
    login = shop.rotate()
    shop.engine.prove(login, owner=shop.owner)
    shop.make()
    with pytest.raises(LoginRefused):
        shop.engine.prove(shop.wanted(), owner=shop.owner)
    assert no_session_is_left(shop.server)


def test_of_two_at_once_one_waits_for_the_other(shop: Shop) -> None:
    first, second = shop.wanted(), shop.wanted()
    confirmed: list[str] = []
    inside, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        inside.set()
        assert go_on.wait(10)
        confirmed.append("first")

    def run(wanted: Login, confirm: Callable[[], None]) -> None:
        shop.engine.set_login(shop.server.admin(), wanted, owner=shop.owner, confirm=confirm)

    with ThreadPoolExecutor() as threads:
        one = threads.submit(run, first, hold)
        assert inside.wait(10)
        other = threads.submit(run, second, lambda: confirmed.append("second"))
        with pytest.raises(TimeoutError):
            other.result(0.3)
        go_on.set()
        one.result(10)
        other.result(10)
    assert confirmed == ["first", "second"]
    shop.engine.prove(second, owner=shop.owner)


def test_who_waits_too_long_for_another_is_told_so(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgres._LIMITS, "lock_timeout", "300ms")
    monkeypatch.setattr(mysql, "_BUSY_SECONDS", 1)
    never = Confirmation("to be called by nobody")

    def again() -> None:
        with pytest.raises(Busy):
            shop.engine.set_login(
                shop.server.admin(), shop.wanted(), owner=shop.owner, confirm=_raiser(never)
            )

    shop.engine.set_login(shop.server.admin(), shop.wanted(), owner=shop.owner, confirm=again)


def _raiser(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def test_access_made_again_or_by_several_at_once_is_the_same_access(server: Server) -> None:
    shop = Shop(server)
    with ThreadPoolExecutor() as threads:
        for done in [threads.submit(shop.make) for _ in range(4)]:
            done.result(30)
    before = server.access()
    login = shop.rotate()
    shop.make()
    changed = differences(before, server.access())
    assert all(login.username in str(row) or shop.owner in str(row) for row in changed)
    shop.engine.prove(login, owner=shop.owner)


@pytest.mark.parametrize("postgresql", ["debian_postgres", "wheel_postgres"])
def test_of_several_makers_of_an_access_one_waits_for_the_other(
    postgresql: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one of them fails where both change the same right: "tuple concurrently updated"."""
    server: Server = request.getfixturevalue(postgresql)
    shop = Shop(server)
    monkeypatch.setitem(postgres._LIMITS, "lock_timeout", "300ms")
    other = postgres.Postgres(Trust(bundle=str(server.certificate.ca)))
    with other._session(server.admin()) as session:
        session.run("SELECT pg_advisory_lock(:key)", key=postgres._lock_key(shop.owner))
        with pytest.raises(Busy):
            shop.make()
    shop.make()


def test_a_login_that_was_only_made_cannot_log_in(shop: Shop) -> None:
    locked = {
        "postgres": "SELECT NOT rolcanlogin FROM pg_roles WHERE rolname = '{}'",
        "mariadb": "SELECT JSON_CONTAINS(Priv, 'true', '$.account_locked') "
        "FROM mysql.global_priv WHERE User = '{}'",
    }[shop.server.engine]
    for number, name in enumerate(shop.logins):
        assert shop.server.run(locked.format(name)) == [(True,)]
        with pytest.raises((LoginRefused, LoginLocked)):
            shop.engine.prove(shop.wanted(number), owner=shop.owner)


def test_an_account_that_logs_in_without_a_password_is_refused_until_it_has_one(
    debian_mariadb: Server,
) -> None:
    shop = Shop(debian_mariadb)
    shop.make()
    login = shop.rotate()
    debian_mariadb.run(f"ALTER USER {login.username}@'%' IDENTIFIED VIA unix_socket")
    with pytest.raises(LoginRefused):
        shop.engine.prove(login, owner=shop.owner)
    shop.engine.prove(shop.rotate(), owner=shop.owner)


def test_nobody_else_gets_into_the_database(shop: Shop) -> None:
    other = Shop(shop.server)
    other.make()
    stranger = other.rotate()
    with pytest.raises(WrongSession, match="is it a member"):
        shop.engine.prove(stranger.within(shop.database), owner=other.owner)


def test_a_database_with_a_name_that_is_alike_is_not_open_to_the_login(server: Server) -> None:
    """`_` stands for any character where MySQL looks up rights."""
    shop, alike = Shop(server), Shop(server)
    alike.database = shop.database.replace("_", "x")
    shop.make()
    alike.make()
    with pytest.raises(WrongSession, match="is it a member"):
        shop.engine.prove(shop.rotate().within(alike.database), owner=shop.owner)


def test_a_database_of_somebody_else_is_left_alone(server: Server) -> None:
    shop = Shop(server)
    server.run(f"CREATE DATABASE {shop.database}")
    before = server.access()
    with pytest.raises(ForeignDatabase, match=shop.database):
        shop.make()
    assert differences(before, server.access()) == []


def test_a_missing_database_is_called_so(server: Server) -> None:
    shop = Shop(server)
    shop.make()
    login = shop.rotate()
    server.run(f"DROP DATABASE {shop.database}")
    with pytest.raises(DatabaseMissing, match=shop.database):
        shop.engine.prove(login, owner=shop.owner)
    with pytest.raises(DatabaseMissing, match=shop.database):
        shop.rotate()
    shop.make()
    shop.engine.prove(shop.rotate(), owner=shop.owner)


def test_an_administrator_who_is_refused_or_may_not_changes_nothing(shop: Shop) -> None:
    login = shop.rotate(0)
    before = shop.server.access()
    refused = shop.server.admin().renewed(username=shop.server.admin().username, password="wrong")
    for admin, error in ((refused, LoginRefused), (login, NotPermitted)):
        with pytest.raises(error) as raised:
            shop.engine.set_login(admin, shop.wanted(1), owner=shop.owner, confirm=lambda: None)
        assert admin.username in str(raised.value)
        assert admin.password not in str(raised.value)
    assert differences(before, shop.server.access()) == []


def test_a_server_that_stops_answering_in_the_middle_is_given_up(
    tls_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(tls_server)
    shop.make()
    wanted = shop.wanted()
    monkeypatch.setattr(tls, "ANSWER_SECONDS", 0.5)
    try:
        with pytest.raises(NoAnswer):
            shop.engine.set_login(
                tls_server.admin(), wanted, owner=shop.owner, confirm=tls_server.freeze
            )
    finally:
        tls_server.thaw()
    with pytest.raises((LoginRefused, LoginLocked)):
        shop.engine.prove(wanted, owner=shop.owner)
    shop.set_login(wanted)
    shop.engine.prove(wanted, owner=shop.owner)


def test_every_statement_of_a_rotation_is_in_the_log_and_no_password(tls_server: Server) -> None:
    shop = Shop(tls_server)
    shop.make()
    login, other = shop.rotate(0), shop.wanted(1)
    with pytest.raises(NotPermitted):
        shop.engine.set_login(login, other, owner=shop.owner, confirm=lambda: None)
    shop.set_login(other)
    log = tls_server.log()
    for one in (login, other):
        assert f"ALTER {'ROLE' if tls_server.engine == 'postgres' else 'USER'}" in log
        assert one.username in log
        assert one.password not in log
    assert tls_server.admin().password not in log


def test_every_error_has_a_kind_of_its_own() -> None:
    kinds = [one("").kind for one in DatabaseError.__subclasses__()]
    assert len(kinds) == len(set(kinds))
    assert "HostNameMismatch" in kinds
