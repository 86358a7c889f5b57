"""Versions and labels: each test is a rule of AWS's pages, in own words."""

from __future__ import annotations

import string
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ParamValidationError

from tests.support.mocked_aws import mocked_aws

from .vault import NAME, Vault, refused, token


def test_a_value_is_read_by_version_by_label_or_as_it_is_current(vault: Vault) -> None:
    """API_GetSecretValue.html: AWSCURRENT unless something else is asked for."""
    vault.put(1)
    assert vault.value() == "value 1"
    assert vault.value(VersionStage="AWSPREVIOUS") == "value 0"
    assert vault.value(VersionId=token(0)) == "value 0"


def test_version_and_label_that_name_two_versions_find_nothing(vault: Vault) -> None:
    """API_GetSecretValue.html: both must refer to the same version."""
    vault.put(1)
    assert vault.value(VersionId=token(1), VersionStage="AWSCURRENT") == "value 1"
    refused(
        "ResourceNotFoundException",
        lambda: vault.value(VersionId=token(1), VersionStage="AWSPREVIOUS"),
    )


def test_another_value_for_a_version_that_has_one_is_refused(vault: Vault) -> None:
    """API_PutSecretValue.html: versions are not changed, only made."""
    vault.put(1, "AWSPENDING")
    said = refused("ResourceExistsException", lambda: vault.put(1, "AWSPENDING", value="another"))
    assert token(1) in said
    assert vault.value(VersionId=token(1)) == "value 1"


def test_moto_takes_another_value_for_a_version_that_has_one() -> None:
    """So a rotation that loses a race passes there. When moto refuses it, too, the model may be
    less needed.
    """
    with mocked_aws():
        make: Any = boto3.client
        client = make("secretsmanager", region_name="eu-west-1")
        client.create_secret(Name=NAME, SecretString="value 0")
        for value in ("one", "another"):
            client.put_secret_value(
                SecretId=NAME,
                SecretString=value,
                ClientRequestToken=token(1),
                VersionStages=["AWSPENDING"],
            )
        found = client.get_secret_value(SecretId=NAME, VersionId=token(1))
        assert found["SecretString"] == "another"


def test_the_same_value_again_is_ignored_with_its_labels(vault: Vault) -> None:
    """API_PutSecretValue.html: the operation succeeds and does nothing."""
    vault.put(1, "AWSPENDING")
    before = vault.labels()
    assert vault.put(1, "AWSCURRENT")["VersionStages"] == ["AWSPENDING"]
    assert vault.labels() == before


def test_a_put_without_labels_is_current_and_what_was_is_previous(vault: Vault) -> None:
    """API_PutSecretValue.html: AWSPREVIOUS goes to where AWSCURRENT was."""
    vault.put(1)
    vault.put(2)
    assert vault.labels() == {"AWSCURRENT": 2, "AWSPREVIOUS": 1}


def test_the_first_version_is_current_whatever_label_it_is_given(vault: Vault) -> None:
    """API_PutSecretValue.html: AWSCURRENT is attached to a secret's first version."""
    vault.client.create_secret(Name="empty")
    vault.client.put_secret_value(SecretId="empty", SecretString="x", VersionStages=["MINE"])
    found = vault.client.get_secret_value(SecretId="empty")
    assert found["VersionStages"] == ["AWSCURRENT", "MINE"]


def test_a_label_that_is_put_on_a_version_leaves_the_one_it_was_on(vault: Vault) -> None:
    """API_PutSecretValue.html: a label is on one version at a time."""
    vault.put(1, "AWSPENDING")
    vault.put(2, "AWSPENDING")
    assert vault.labels() == {"AWSCURRENT": 0, "AWSPENDING": 2}


@pytest.mark.parametrize("length", [31, 65])
def test_a_token_has_32_to_64_characters(vault: Vault, length: int) -> None:
    """API_PutSecretValue.html. boto3 itself refuses those that are too short."""

    def put() -> object:
        return vault.client.put_secret_value(
            SecretId=NAME, SecretString="x", ClientRequestToken="t" * length
        )

    if length < 32:
        with pytest.raises(ParamValidationError):
            put()
    else:
        refused("InvalidParameterException", put)


def test_an_update_with_a_value_makes_a_current_version(vault: Vault) -> None:
    """API_UpdateSecret.html: labels move as with a put."""
    vault.client.update_secret(SecretId=NAME, SecretString="x", ClientRequestToken=token(1))
    assert vault.labels() == {"AWSCURRENT": 1, "AWSPREVIOUS": 0}


def test_an_update_with_a_version_that_is_there_is_refused(vault: Vault) -> None:
    """API_UpdateSecret.html: even with the same value."""
    refused(
        "ResourceExistsException",
        lambda: vault.client.update_secret(
            SecretId=NAME, SecretString="value 0", ClientRequestToken=token(0)
        ),
    )


def test_a_label_is_moved_only_away_from_the_version_that_has_it(vault: Vault) -> None:
    """API_UpdateSecretVersionStage.html: RemoveFromVersionId has to be given, and right."""
    vault.put(1, "AWSPENDING")
    vault.put(2, "MINE")
    current = {"MoveToVersionId": token(1)}
    refused("InvalidParameterException", lambda: vault.move("AWSCURRENT", **current))
    wrong = {**current, "RemoveFromVersionId": token(2)}
    refused("InvalidParameterException", lambda: vault.move("AWSCURRENT", **wrong))
    vault.move("AWSCURRENT", MoveToVersionId=token(1), RemoveFromVersionId=token(0))
    assert vault.labels() == {"AWSCURRENT": 1, "AWSPENDING": 1, "AWSPREVIOUS": 0, "MINE": 2}


def test_a_label_that_is_there_already_needs_no_version_to_be_taken_from(vault: Vault) -> None:
    """API_UpdateSecretVersionStage.html: only one that is on a different version does."""
    vault.move("AWSCURRENT", MoveToVersionId=token(0))
    assert vault.labels() == {"AWSCURRENT": 0}


def test_a_version_without_labels_is_deprecated_and_still_readable(vault: Vault) -> None:
    """API_UpdateSecretVersionStage.html, API_ListSecretVersionIds.html."""
    vault.put(1, "MINE")
    vault.move("MINE", RemoveFromVersionId=token(1))

    def listed(**given: bool) -> set[int]:
        found = vault.client.list_secret_version_ids(SecretId=NAME, **given)["Versions"]
        return {int(one["VersionId"]) for one in found}

    assert listed() == {0}
    assert listed(IncludeDeprecated=True) == {0, 1}
    assert vault.value(VersionId=token(1)) == "value 1"


def test_a_hundred_versions_of_one_day_are_the_limit(vault: Vault) -> None:
    """API_PutSecretValue.html: those of the last 24 hours are kept, so the quota is reached."""
    for number in range(1, 100):
        vault.put(number)
    said = refused("LimitExceededException", lambda: vault.put(100))
    assert "24 hours" in said
    assert vault.labels()["AWSCURRENT"] == 99


def test_beyond_a_hundred_versions_deprecated_ones_of_another_day_go(vault: Vault) -> None:
    """reference_limits.html: unlabelled versions are removed when there are more than 100."""
    for number in range(1, 100):
        vault.put(number)
    vault.clock.advance(timedelta(hours=24).total_seconds())
    vault.put(100)
    assert vault.labels() == {"AWSCURRENT": 100, "AWSPREVIOUS": 99}
    refused("ResourceNotFoundException", lambda: vault.value(VersionId=token(0)))
    assert vault.value(VersionId=token(1)) == "value 1"


def test_a_secret_has_at_most_twenty_labels(vault: Vault) -> None:
    """https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html"""
    vault.put(1, *(f"label {number}" for number in range(19)))
    refused("LimitExceededException", lambda: vault.put(2, "one more"))


DELETED: list[Callable[[Vault], object]] = [
    lambda vault: vault.value(),
    lambda vault: vault.put(1),
    lambda vault: vault.rotate(1),
    lambda vault: vault.move("AWSCURRENT", MoveToVersionId=token(0)),
    lambda vault: vault.client.update_secret(SecretId=NAME, Description="x"),
    lambda vault: vault.client.cancel_rotate_secret(SecretId=NAME),
    lambda vault: vault.client.delete_secret(SecretId=NAME),
    lambda vault: vault.client.create_secret(Name=NAME),
]


@pytest.mark.parametrize("call", DELETED)
def test_a_deleted_secret_is_out_of_reach(vault: Vault, call: Callable[[Vault], object]) -> None:
    """API_DeleteSecret.html: neither value nor anything else, until it is restored."""
    vault.client.delete_secret(SecretId=NAME)
    refused("InvalidRequestException", lambda: call(vault))
    assert "DeletedDate" in vault.describe()
    vault.client.restore_secret(SecretId=NAME)
    assert vault.value() == "value 0"


def test_a_deleted_secret_is_gone_at_the_end_of_its_window(vault: Vault) -> None:
    """API_DeleteSecret.html: 30 days, or as many as are given, from 7 on."""
    refused(
        "InvalidParameterException",
        lambda: vault.client.delete_secret(SecretId=NAME, RecoveryWindowInDays=6),
    )
    vault.client.delete_secret(SecretId=NAME, RecoveryWindowInDays=7)
    vault.run(hours=7 * 24)
    refused("ResourceNotFoundException", lambda: vault.client.restore_secret(SecretId=NAME))


def test_a_forced_deletion_is_at_once_and_also_of_nothing(vault: Vault) -> None:
    """API_DeleteSecret.html: no recovery window, and no error when there is no such secret."""
    for _ in range(2):
        vault.client.delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)
    refused("ResourceNotFoundException", vault.describe)


def test_many_values_are_read_and_what_is_missing_is_named(vault: Vault) -> None:
    """API_BatchGetSecretValue.html: errors stand beside the values."""
    found = vault.client.batch_get_secret_value(SecretIdList=[NAME, "nothing"])
    assert [one["SecretString"] for one in found["SecretValues"]] == ["value 0"]
    assert [one["ErrorCode"] for one in found["Errors"]] == ["ResourceNotFoundException"]
    asked = {"Key": "name", "Values": ["shop/"]}
    assert vault.client.batch_get_secret_value(Filters=[asked])["SecretValues"]


def test_secrets_are_listed_by_the_beginning_of_their_name(vault: Vault) -> None:
    """API_Filter.html: a name matches its beginning."""
    vault.client.create_secret(Name="other", SecretString="x")
    found = vault.client.list_secrets(Filters=[{"Key": "name", "Values": ["shop/"]}])
    (one,) = found["SecretList"]
    assert one["SecretVersionsToStages"] == {token(0): ["AWSCURRENT"]}


def test_a_random_password_has_every_type_that_is_not_excluded(vault: Vault) -> None:
    """API_GetRandomPassword.html: 32 characters unless more are asked for."""
    found = vault.client.get_random_password(
        PasswordLength=48, ExcludePunctuation=True, ExcludeCharacters="O0"
    )["RandomPassword"]
    assert len(found) == 48
    assert set(found) <= set(string.ascii_letters + string.digits) - {"O", "0"}
    assert set(found) & set(string.digits)
    assert set(found) & set(string.ascii_uppercase)
    assert len(vault.client.get_random_password()["RandomPassword"]) == 32


def test_a_binary_value_comes_back_as_it_went(vault: Vault) -> None:
    """API_PutSecretValue.html: a text or binary data, not both."""
    vault.client.put_secret_value(SecretId=NAME, SecretBinary=b"\x00\xff")
    assert vault.client.get_secret_value(SecretId=NAME)["SecretBinary"] == b"\x00\xff"
    refused(
        "InvalidParameterException",
        lambda: vault.client.put_secret_value(SecretId=NAME, SecretBinary=b"x", SecretString="x"),
    )


def test_a_policy_and_tags_are_kept(vault: Vault) -> None:
    """API_PutResourcePolicy.html, API_TagResource.html."""
    vault.client.put_resource_policy(SecretId=NAME, ResourcePolicy="{}")
    vault.client.tag_resource(SecretId=NAME, Tags=[{"Key": "a", "Value": "b"}])
    assert vault.client.get_resource_policy(SecretId=NAME)["ResourcePolicy"] == "{}"
    assert vault.describe()["Tags"] == [{"Key": "a", "Value": "b"}]
    vault.client.delete_resource_policy(SecretId=NAME)
    vault.client.untag_resource(SecretId=NAME, TagKeys=["a"])
    assert "ResourcePolicy" not in vault.client.get_resource_policy(SecretId=NAME)
    assert vault.describe()["Tags"] == []


def test_a_label_that_moves_is_told_but_for_pending_and_previous(vault: Vault) -> None:
    """event-detail-secret-label-updated-secretsmanager.html: all others are, of one's own too."""
    vault.put(1, "AWSPENDING", "MINE")
    assert vault.told() == ["MINE"]
    vault.move("AWSPREVIOUS", MoveToVersionId=token(1))
    assert vault.told() == ["MINE"]
