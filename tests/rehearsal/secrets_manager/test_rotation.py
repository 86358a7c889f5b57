"""Rotation: each test is a rule of AWS's pages, in own words, or says that none is documented."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from rehearsal.secrets_manager.rotation import RETRY, STEPS

from .vault import FUNCTION, NAME, Vault, refused, token


def test_a_rotation_takes_the_four_steps_with_the_real_event(vault: Vault) -> None:
    """rotate-secrets_lambda-functions.html: step, the secret's ARN, and the new version's id."""
    vault.rotate(1)
    vault.run()
    assert vault.asked() == ["createSecret", "setSecret", "testSecret", "finishSecret"]
    assert vault.steps[0] == {
        "Step": "createSecret",
        "SecretId": vault.arn,
        "ClientRequestToken": token(1),
    }
    assert vault.labels() == {"AWSCURRENT": 1, "AWSPENDING": 1, "AWSPREVIOUS": 0}


def test_what_a_rotation_does_is_published(vault: Vault) -> None:
    """cloudtrail_log_entries.html, event-detail-secret-label-updated-secretsmanager.html: nothing
    is said of AWSPENDING and AWSPREVIOUS.
    """
    vault.rotate(1)
    vault.run()
    assert vault.told() == ["RotationStarted", "AWSCURRENT", "RotationSucceeded"]
    _, moved, succeeded = vault.events
    assert moved["detail-type"] == "Secret Label Updated"
    assert moved["resources"] == [vault.arn]
    assert moved["detail"] == {
        "name": NAME,
        "labelUpdated": "AWSCURRENT",
        "versionId": token(1),
    }
    assert succeeded["detail-type"] == "AWS Service Event via CloudTrail"
    assert succeeded["source"] == "aws.secretsmanager"
    assert succeeded["detail"]["additionalEventData"] == {"SecretId": vault.arn}


def test_until_the_function_puts_a_value_the_pending_version_is_empty(vault: Vault) -> None:
    """API_RotateSecret.html, API_DescribeSecret.html: labels are shown, a value is not there."""
    vault.broken = "createSecret"
    vault.rotate(1)
    vault.run()
    assert vault.labels() == {"AWSCURRENT": 0, "AWSPENDING": 1}
    refused("ResourceNotFoundException", lambda: vault.value(VersionStage="AWSPENDING"))
    listed = vault.client.list_secret_version_ids(SecretId=NAME)["Versions"]
    assert [one["VersionId"] for one in listed] == [token(0)]


def test_a_rotation_needs_a_function(vault: Vault) -> None:
    """API_RotateSecret.html: InvalidRequestException when none was configured or is given."""
    refused("InvalidRequestException", lambda: vault.client.rotate_secret(SecretId=NAME))


def test_a_rotation_that_is_configured_needs_nothing_more(vault: Vault) -> None:
    """API_RotateSecret.html: without parameters it starts with those that are stored."""
    vault.rotate(1)
    vault.run()
    vault.client.rotate_secret(SecretId=NAME, ClientRequestToken=token(2))
    vault.run()
    assert vault.labels()["AWSCURRENT"] == 2


def test_a_rotation_that_has_not_ended_is_tried_again_instead_of_another(vault: Vault) -> None:
    """API_RotateSecret.html: AWSPENDING on another version than AWSCURRENT is one in progress;
    https://github.com/aws/aws-cdk/issues/28539 has the words.
    """
    vault.broken = "setSecret"
    vault.rotate(1)
    vault.run()
    vault.broken = ""
    said = refused("InvalidRequestException", lambda: vault.rotate(2))
    assert said == "A previous rotation isn't complete. That rotation will be reattempted."
    vault.run()
    assert vault.labels()["AWSCURRENT"] == 1


def test_a_failed_rotation_is_tried_again_from_its_first_step(vault: Vault) -> None:
    """API_DescribeSecret.html: the entire process is retried; after how long is the model's."""
    vault.broken = "testSecret"
    vault.rotate(1)
    vault.run()
    assert vault.asked() == ["createSecret", "setSecret", "testSecret"]
    vault.broken = ""
    vault.run(hours=RETRY.total_seconds() / 3600)
    assert vault.asked()[3:] == list(STEPS)
    assert vault.told() == ["RotationStarted", "RotationFailed", "AWSCURRENT", "RotationSucceeded"]
    assert "testSecret: Broken" in vault.model.rotations.failures[0]


def test_a_function_that_leaves_current_where_it_was_has_failed(vault: Vault) -> None:
    """Not documented."""
    vault.idle = True
    vault.rotate(1)
    vault.run()
    assert vault.told() == ["RotationStarted", "RotationFailed"]
    assert "LastRotatedDate" not in vault.describe()


def test_other_calls_come_through_while_a_step_runs(vault: Vault) -> None:
    """A function takes seconds, and reads and writes the secret itself."""
    seen: list[str] = []

    def elsewhere(_step: str) -> None:
        thread = threading.Thread(target=lambda: seen.append(vault.value()), daemon=True)
        thread.start()
        thread.join(10)

    vault.meanwhile = elsewhere
    vault.rotate(1)
    vault.run()
    assert seen == ["value 0"] * 4


def test_a_value_put_by_hand_ends_the_rotation_and_takes_its_label(vault: Vault) -> None:
    """cloudtrail_log_entries.html: RotationAbandoned removes AWSPENDING from its version."""
    vault.meanwhile = lambda step: step == "testSecret" and vault.put(2)
    vault.rotate(1)
    vault.run()
    assert vault.labels() == {"AWSCURRENT": 2, "AWSPREVIOUS": 0}
    assert vault.told() == ["RotationStarted", "RotationAbandoned", "AWSCURRENT"]
    assert vault.asked() == ["createSecret", "setSecret", "testSecret"]


def test_a_cancelled_rotation_leaves_its_label_and_takes_no_more_steps(vault: Vault) -> None:
    """API_CancelRotateSecret.html: AWSPENDING may have to be removed by hand."""
    vault.meanwhile = lambda step: (
        step == "setSecret" and vault.client.cancel_rotate_secret(SecretId=NAME)
    )
    vault.rotate(1)
    vault.run(hours=48)
    assert vault.asked() == ["createSecret", "setSecret"]
    assert vault.labels() == {"AWSCURRENT": 0, "AWSPENDING": 1}
    assert vault.describe()["RotationEnabled"] is False


def test_a_cancelled_rotation_names_its_version(vault: Vault) -> None:
    """API_CancelRotateSecret.html: VersionId is that of the partially created version."""
    vault.rotate(1)
    assert vault.client.cancel_rotate_secret(SecretId=NAME)["VersionId"] == token(1)
    vault.move("AWSPENDING", RemoveFromVersionId=token(1))
    vault.rotate(2)
    vault.run()
    assert vault.labels()["AWSCURRENT"] == 2


def test_without_rotating_at_once_only_the_test_step_runs(vault: Vault) -> None:
    """API_RotateSecret.html: with an AWSPENDING version that is made for it and removed."""
    seen: list[Any] = []
    vault.meanwhile = lambda _step: seen.append(
        (vault.labels(), vault.value(VersionStage="AWSPENDING"))
    )
    vault.rotate(1, RotateImmediately=False)
    vault.run()
    assert vault.asked() == ["testSecret"]
    assert seen == [({"AWSCURRENT": 0, "AWSPENDING": 1}, "value 0")]
    assert vault.labels() == {"AWSCURRENT": 0}
    refused("ResourceNotFoundException", lambda: vault.value(VersionId=token(1)))
    assert vault.told() == ["TestRotationStarted", "TestRotationSucceeded"]
    assert "LastRotatedDate" not in vault.describe()


def test_a_test_that_fails_leaves_no_version_and_is_not_tried_again(vault: Vault) -> None:
    """That it is not retried is not documented."""
    vault.broken = "testSecret"
    vault.rotate(1, RotateImmediately=False)
    vault.run(hours=12)
    assert vault.told() == ["TestRotationStarted", "TestRotationFailed"]
    assert vault.labels() == {"AWSCURRENT": 0}
    assert vault.asked() == ["testSecret"]


def at(day: int, hour: int = 0, *, month: int = 3) -> datetime:
    """A moment of 2026; the tests begin on March 2nd, a Monday, at 10:30."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


WINDOWS = [
    # rate in days: from midnight on, to the end of the day unless a duration is given
    ({"ScheduleExpression": "rate(10 days)"}, at(12), at(13)),
    ({"ScheduleExpression": "rate(10 days)", "Duration": "4h"}, at(12), at(12, 4)),
    ({"AutomaticallyAfterDays": 30}, at(1, month=4), at(2, month=4)),
    # rate in hours: from the full hour on, for one hour unless a duration is given
    ({"ScheduleExpression": "rate(4 hours)"}, at(2, 14), at(2, 15)),
    ({"ScheduleExpression": "rate(4 hours)", "Duration": "3h"}, at(2, 14), at(2, 17)),
    # cron in days and in hours
    ({"ScheduleExpression": "cron(0 8 * * ? *)"}, at(3, 8), at(4)),
    (
        {"ScheduleExpression": "cron(0 8 1 * ? *)", "Duration": "2h"},
        at(1, 8, month=4),
        at(1, 10, month=4),
    ),
    ({"ScheduleExpression": "cron(0 0 L * ? *)"}, at(31), at(1, month=4)),
    (
        {"ScheduleExpression": "cron(0 16 ? * SUN#1 *)", "Duration": "3h"},
        at(5, 16, month=4),
        at(5, 19, month=4),
    ),
    ({"ScheduleExpression": "cron(0 /8 ? * MON-FRI *)"}, at(2, 16), at(2, 17)),
]


@pytest.mark.parametrize(("rules", "opens", "closes"), WINDOWS)
def test_a_secret_is_rotated_in_its_next_window(
    vault: Vault, rules: Any, opens: datetime, closes: datetime
) -> None:
    """rotate-secrets_schedule.html; API_DescribeSecret.html: on or before NextRotationDate."""
    vault.rotate(1, RotationRules=rules, RotateImmediately=False)
    vault.run()
    assert vault.describe()["NextRotationDate"] == closes
    vault.run(hours=(opens - vault.clock.now()).total_seconds() / 3600 - 0.01)
    assert "finishSecret" not in vault.asked()
    vault.run(hours=0.02)
    assert vault.asked()[-4:] == list(STEPS)
    assert vault.describe()["LastRotatedDate"] == opens
    assert vault.describe()["NextRotationDate"] > closes


REFUSED = [
    {"AutomaticallyAfterDays": 30, "ScheduleExpression": "rate(1 day)"},
    {"Duration": "3h"},
    {"ScheduleExpression": "rate(3 hours)"},
    {"ScheduleExpression": "rate(1000 days)"},
    {"ScheduleExpression": "rate(4 hours)", "Duration": "5h"},
    {"ScheduleExpression": "rate(1 day)", "Duration": "25h"},
    {"ScheduleExpression": "cron(30 8 * * ? *)"},
    {"ScheduleExpression": "cron(0 8 * * * *)"},
    {"ScheduleExpression": "cron(0 25 * * ? *)"},
    {"ScheduleExpression": "cron(0 22 * * ? *)", "Duration": "3h"},
    {"ScheduleExpression": "every day"},
]


@pytest.mark.parametrize("rules", REFUSED)
def test_rules_that_make_no_window_are_refused(vault: Vault, rules: Any) -> None:
    """rotate-secrets_schedule.html, API_RotationRulesType.html."""
    refused("InvalidParameterException", lambda: vault.rotate(1, RotationRules=rules))


def test_a_value_put_by_hand_counts_as_a_rotation_after_so_many_days(vault: Vault) -> None:
    """API_RotationRulesType.html: with AutomaticallyAfterDays; a rate's window stays."""
    for rules, moved in (
        ({"AutomaticallyAfterDays": 10}, 1),
        ({"ScheduleExpression": "rate(10 days)"}, 0),
    ):
        vault.client.rotate_secret(
            SecretId=NAME, RotationLambdaARN=FUNCTION, RotationRules=rules, RotateImmediately=False
        )
        vault.run()
        before = vault.describe()["NextRotationDate"]
        vault.run(hours=24)
        vault.client.put_secret_value(SecretId=NAME, SecretString="by hand")
        assert (vault.describe()["NextRotationDate"] - before).days == moved


def test_nothing_is_scheduled_for_a_secret_whose_rotation_is_off(vault: Vault) -> None:
    """API_DescribeSecret.html: neither date is given then, the rules still are."""
    vault.rotate(1)
    vault.run()
    assert "LastRotatedDate" in vault.describe()
    vault.client.cancel_rotate_secret(SecretId=NAME)
    found = vault.describe()
    assert "NextRotationDate" not in found
    assert "LastRotatedDate" not in found
    assert found["RotationRules"] == {"ScheduleExpression": "rate(1 day)"}
    vault.run(hours=72)
    assert len(vault.asked()) == 4


def test_a_secret_that_never_rotated_says_nothing_of_rotation(vault: Vault) -> None:
    """API_DescribeSecret.html: RotationEnabled is left out."""
    assert "RotationEnabled" not in vault.describe()
