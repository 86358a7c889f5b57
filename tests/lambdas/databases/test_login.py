"""The JSON of a secret as a login."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambdas.databases.login import Login, SecretMalformed, parse_login

SECRET: dict[str, Any] = {
    "engine": "postgres",
    "host": "db.example",
    "port": 5432,
    "dbname": "shop",
    "username": "shop_a",
    "password": "not-to-be-seen",
    "extra": {"kept": True},
}


def parse(**changes: object) -> Login:
    """The login of the secret with changes; None takes a key away."""
    changed = {key: value for key, value in {**SECRET, **changes}.items() if value is not None}
    return parse_login(json.dumps(changed), named="the secret")


def test_a_login_keeps_every_key_of_its_secret() -> None:
    assert json.loads(parse().text()) == SECRET
    renewed = parse().renewed(username="shop_b", password="other")
    assert json.loads(renewed.text()) == {**SECRET, "username": "shop_b", "password": "other"}


def test_no_text_of_a_login_has_its_password() -> None:
    login = parse()
    assert "not-to-be-seen" not in f"{login} {login!r} {login.where}"
    assert login.where == "shop_a at db.example:5432/shop"


@pytest.mark.parametrize(
    ("given", "engine"),
    [("aurora-postgresql", "postgres"), ("postgresql", "postgres"), ("aurora-mysql", "mysql")],
)
def test_the_engines_go_by_all_names_that_aws_gives_them(given: str, engine: str) -> None:
    assert parse(engine=given).engine == engine


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"password": None}, "has no password"),
        ({"host": ""}, "has no host"),
        ({"dbname": None, "port": None}, "has no dbname, port"),
        ({"username": ["not-to-be-seen"]}, "something else than text as username"),
        ({"engine": "oracle"}, "none of postgres, mysql, mariadb"),
        ({"port": "many"}, "no whole number"),
        ({"port": True}, "no whole number"),
        ({"port": 65536}, "between 1 and 65535"),
        ({"port": 0}, "between 1 and 65535"),
    ],
)
def test_what_is_wrong_with_a_secret_is_said_without_its_values(
    changes: dict[str, object], said: str
) -> None:
    with pytest.raises(SecretMalformed, match=said) as raised:
        parse(**changes)
    assert "the secret" in str(raised.value)
    assert "not-to-be-seen" not in str(raised.value)


@pytest.mark.parametrize("text", ["not-to-be-seen", "[]", '"not-to-be-seen"', "", "null"])
def test_a_secret_that_is_no_json_object_is_said_to_be_none(text: str) -> None:
    with pytest.raises(SecretMalformed, match="is not") as raised:
        parse_login(text, named="the secret")
    assert raised.value.__cause__ is None
    assert "not-to-be-seen" not in str(raised.value)


def test_a_port_may_be_text_and_what_is_missing_may_come_from_elsewhere() -> None:
    assert parse(port="3306").port == 3306
    given = json.dumps({"username": "admin", "password": "secret"})
    place = {"engine": "mysql", "host": "db.example", "port": 3306, "dbname": "mysql"}
    assert parse_login(given, named="it", defaults=place).where == "admin at db.example:3306/mysql"
