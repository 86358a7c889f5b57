"""A server that is asleep is waited for, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from lambdas.databases import tls
from lambdas.databases.errors import ConnectionRefused, LoginRefused, NoAnswer
from lambdas.databases.login import Login
from lambdas.databases.waking import WAKING_SECONDS, Waking

LOGIN = Login(
    engine="postgres", host="db.internal", port=5432, dbname="shop", username="a", password="p"
)


class Sleeping:
    """An engine whose server answers after so many seconds; every attempt takes five."""

    def __init__(self, seconds: float, error: Exception | None = None) -> None:
        self.wakes_at = seconds
        self.error = error
        self.now = 0.0
        self.calls: list[tuple[object, ...]] = []

    def _call(self, *what: object) -> None:
        self.calls.append(what)
        self.now += tls.CONNECT_SECONDS
        if self.error:
            raise self.error
        if self.now < self.wakes_at:
            raise NoAnswer("db.internal did not answer")

    def prove(self, login: Login, *, owner: str) -> None:
        self._call("prove", login, owner)

    def set_login(
        self, admin: Login, wanted: Login, *, owner: str, confirm: Callable[[], None]
    ) -> None:
        self._call("set_login", admin, wanted, owner, confirm)

    def ensure_access(
        self, admin: Login, *, database: str, owner: str, logins: Sequence[str]
    ) -> None:
        self._call("ensure_access", admin, database, owner, logins)


def confirm() -> None:
    """Nothing to object to."""


CALLS: dict[str, tuple[Callable[[Waking], None], tuple[object, ...]]] = {
    "prove": (lambda one: one.prove(LOGIN, owner="o"), ("prove", LOGIN, "o")),
    "set_login": (
        lambda one: one.set_login(LOGIN, LOGIN, owner="o", confirm=confirm),
        ("set_login", LOGIN, LOGIN, "o", confirm),
    ),
    "ensure_access": (
        lambda one: one.ensure_access(LOGIN, database="shop", owner="o", logins=["a"]),
        ("ensure_access", LOGIN, "shop", "o", ["a"]),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_paused_cluster_that_takes_half_a_minute_is_waited_for(name: str) -> None:
    call, asked = CALLS[name]
    server = Sleeping(30)
    call(Waking(server, now=lambda: server.now))
    assert server.calls == [asked] * 6


def test_a_server_that_never_answers_is_given_up_in_time_for_an_answer() -> None:
    server = Sleeping(1e9)
    with pytest.raises(NoAnswer):
        Waking(server, now=lambda: server.now).prove(LOGIN, owner="o")
    assert WAKING_SECONDS <= server.now < WAKING_SECONDS + tls.CONNECT_SECONDS + tls.ANSWER_SECONDS


@pytest.mark.parametrize("error", [LoginRefused("no"), ConnectionRefused("nobody listens")])
def test_any_other_error_is_no_reason_to_wait(error: Exception) -> None:
    server = Sleeping(0, error)
    with pytest.raises(type(error)):
        Waking(server, now=lambda: server.now).prove(LOGIN, owner="o")
    assert len(server.calls) == 1
