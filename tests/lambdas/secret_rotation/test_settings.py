"""The function's own environment: what it may say, and what is said when it says something else."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from lambdas.databases.errors import BundleMissing
from lambdas.databases.trust import BUNDLE
from lambdas.rotation.errors import InvalidSettings
from lambdas.rotation.running import RotationFailed
from lambdas.secret_rotation.handler import handler
from lambdas.secret_rotation.settings import load

ENVIRON = {
    "ADMIN_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:111111111111:secret:admin-AbCdEf",
    "LOGINS": "shop_a,shop_b",
    "OWNER": "shop_owner",
}


def test_two_logins_take_turns_and_the_packaged_authorities_are_trusted() -> None:
    settings = load(ENVIRON)
    assert settings.logins == ("shop_a", "shop_b")
    assert settings.owner == "shop_owner"
    assert settings.minimum_age == timedelta()
    assert settings.trust.bundle == str(BUNDLE)
    assert settings.trust.server_name == ""


def test_age_bundle_and_server_name_may_be_given(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.touch()
    settings = load(
        {
            **ENVIRON,
            "LOGINS": "shop_a",
            "MINIMUM_AGE_SECONDS": "7200",
            "DATABASE_CA_BUNDLE": str(bundle),
            "TLS_SERVER_NAME": "db.example",
        }
    )
    assert settings.logins == ("shop_a",)
    assert settings.minimum_age == timedelta(hours=2)
    assert (settings.trust.bundle, settings.trust.server_name) == (str(bundle), "db.example")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ADMIN_SECRET_ARN", "", "no ADMIN_SECRET_ARN"),
        ("LOGINS", "", "no LOGINS"),
        ("OWNER", "", "no OWNER"),
        ("LOGINS", "shop_a,shop_b,shop_c", "LOGINS has one name (single user) or two"),
        ("LOGINS", "shop_a,shop_a", "no two of all are the same"),
        ("LOGINS", "shop_owner", "no two of all are the same"),
        ("LOGINS", "Shop", "LOGINS or OWNER has 'Shop'"),
        ("OWNER", 'x"; DROP ROLE y', "a role's name is 1 to 63 lower-case letters"),
        ("MINIMUM_AGE_SECONDS", "-1", "MINIMUM_AGE_SECONDS is '-1'; it is a whole number"),
        ("MINIMUM_AGE_SECONDS", "2h", "MINIMUM_AGE_SECONDS is '2h'"),
    ],
)
def test_what_cannot_be_used_is_said_with_what_is_allowed(name: str, value: str, said: str) -> None:
    with pytest.raises(InvalidSettings) as error:
        load({**ENVIRON, name: value})
    assert said in str(error.value)


def test_a_bundle_that_is_not_there_is_named() -> None:
    with pytest.raises(BundleMissing, match=r"is to be /nowhere/ca\.pem, and there is no"):
        load({**ENVIRON, "DATABASE_CA_BUNDLE": "/nowhere/ca.pem"})


def test_wrong_settings_fail_the_step_with_their_kind(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arn = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:shop-AbCdEf"
    monkeypatch.setattr("os.environ", {**ENVIRON, "SECRET_ARN": arn, "LOGINS": ""})
    event = {"Step": "createSecret", "SecretId": arn, "ClientRequestToken": "t" * 32}
    with pytest.raises(RotationFailed, match="InvalidSettings: the function's environment has no"):
        handler(event, None)
    assert json.loads(capsys.readouterr().out)["Error"] == "InvalidSettings"
