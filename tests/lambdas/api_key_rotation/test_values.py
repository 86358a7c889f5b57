"""The secrets' values, the function's environment, and its log."""

from __future__ import annotations

import json

import pytest

from lambdas.rotation.events import Step
from tests.lambdas.api_key_rotation.hooked import Hooked
from tests.lambdas.api_key_rotation.world import CREDENTIAL, World


@pytest.mark.parametrize("value", ["not JSON", "[1]", '"text"'])
def test_a_secret_that_is_no_json_object_is_refused_and_no_key_is_made(
    world: World, value: str
) -> None:
    world.ask("PutSecretValue", SecretString=value)
    assert world.take(Step.CREATE, world.start()) == "InvalidSecret"
    assert "docs/secrets.md" in world.said
    assert world.keys.records == []


@pytest.mark.parametrize(
    "credential", ["not JSON", "{}", '{"token": ""}', '{"token": 1}', '{"token": "a\\nb: c"}']
)
def test_an_unusable_management_credential_is_refused_without_being_told(
    world: World, credential: str, capsys: pytest.CaptureFixture[str]
) -> None:
    world.client.ask("PutSecretValue", SecretId=world.credential_arn, SecretString=credential)
    assert world.rotate() == "InvalidSecret"
    assert "PROVIDER_SECRET_ARN" in world.said
    assert "a\\nb" not in capsys.readouterr().out


def test_a_management_credential_changed_between_reading_and_calling_is_read_again(
    world: World,
) -> None:
    def change() -> None:
        world.keys.credential = "the-management-credential-1"

    def put() -> None:
        text = json.dumps({"token": "the-management-credential-1"})
        world.client.ask("PutSecretValue", SecretId=world.credential_arn, SecretString=text)

    token = world.start()
    change()
    plain = world.client
    # Reads: the value, AWSCURRENT, the credential, and the credential once more.
    world.client = Hooked(plain, "get_secret_value", put, at=3)
    assert world.take(Step.CREATE, token) == ""
    world.client = plain
    assert world.rotate(token) == ""


def test_a_refused_management_credential_changes_nothing(world: World) -> None:
    world.rotate()
    world.keys.credential = "another-credential-altogether"
    assert world.rotate() == "ProviderRefused"
    assert world.works()
    world.keys.credential = CREDENTIAL
    assert world.rotate() == ""


@pytest.mark.parametrize(
    ("name", "value", "kind", "said"),
    [
        ("PROVIDER", "", "InvalidSettings", "PROVIDER"),
        ("PROVIDER", "stripes", "UnknownProvider", "the adapters are http"),
        ("PROVIDER_SECRET_ARN", "", "InvalidSettings", "PROVIDER_SECRET_ARN"),
        ("PROVIDER_URL", "http://localhost/v1", "InvalidSettings", "https://HOST"),
        ("PROVIDER_URL", "https://", "InvalidSettings", "https://HOST"),
        ("PROVIDER_URL", "https://host:port", "InvalidSettings", "https://HOST"),
        ("PROVIDER_URL", "https://user:word-of-it@host", "InvalidSettings", "https://HOST"),
        ("PROVIDER_URL", "https://host/?key=1", "InvalidSettings", "https://HOST"),
        ("OVERLAP_SECONDS", "1 day", "InvalidSettings", "whole number of seconds"),
        ("OVERLAP_SECONDS", "-1", "InvalidSettings", "whole number of seconds"),
        ("PROVIDER_CA_BUNDLE", "/nowhere/ca.pem", "InvalidSettings", "/nowhere/ca.pem"),
        ("PROVIDER_CA_BUNDLE", __file__, "TlsFailed", "no certificates"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(
    world: World, name: str, value: str, kind: str, said: str
) -> None:
    world.environ[name] = value
    assert world.rotate() == kind
    assert said in world.said
    assert "word-of-it" not in world.said
    assert world.provider.requests == []


def test_no_line_of_the_log_has_a_key_or_the_management_credential(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.keys.can_expire = False
    for _ in range(4):
        world.rotate()
        world.pass_days(30)
    world.keys.can_expire = True
    former = world.current()["key_id"]
    world.rotate()
    world.keys.credential = "another-credential-altogether"
    world.rotate()
    log = capsys.readouterr().out
    told = [one.key for one in world.keys.records if one.key in log]
    assert told == []
    assert CREDENTIAL not in log
    assert all(json.loads(line)["message"] for line in log.splitlines())
    assert "key key/number-1 was revoked" in log, "ids are no secrets"
    assert f"key {former} ends by itself" in log
