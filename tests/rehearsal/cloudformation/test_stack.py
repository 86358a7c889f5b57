"""How the model of CloudFormation creates, updates, rolls back and deletes a stack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
import pytest

from rehearsal.stack import StackError

from .world import (
    FUNCTION,
    Account,
    Reply,
    attribute,
    custom,
    failure,
    parameter,
    reason,
    statuses,
    success,
    template,
    value,
)

HOUR = 3600


def test_a_creation_asks_with_every_scalar_as_a_text_and_uses_the_answer(account: Account) -> None:
    account.function.reply = lambda _: success("it", Color="green")
    asked = custom(Number=3, Flag=True, List=[1, {"Deep": False}])
    account.stack.create(template(Asked=asked, Value=parameter(attribute("Asked", "Color"))))
    (event,) = account.function.asked
    assert event.pop("ResponseURL").startswith("http://127.0.0.1:")
    assert len(event.pop("RequestId")) == 36
    assert event == {
        "RequestType": "Create",
        "ServiceToken": FUNCTION,
        "StackId": account.stack.id,
        "LogicalResourceId": "Asked",
        "ResourceType": "Custom::Thing",
        "ResourceProperties": {
            "ServiceToken": FUNCTION,
            "Number": "3",
            "Flag": "true",
            "List": ["1", {"Deep": "false"}],
        },
    }
    assert value() == "green"
    assert statuses(account.stack) == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]


def test_an_update_asks_only_when_resolved_properties_changed(account: Account) -> None:
    source = parameter("one")
    asked = custom(Value=attribute("Source", "Value"))
    account.stack.create(template(Source=source, Asked=asked))
    account.stack.update(template(Source=source, Asked=asked, Other=parameter("x", name="/other")))
    assert account.function.kinds() == ["Create"]
    # The text of the custom resource is the same: only what it refers to has changed.
    account.stack.update(template(Source=parameter("two"), Asked=asked))
    event = account.function.asked[-1]
    assert event["RequestType"] == "Update"
    assert event["PhysicalResourceId"] == "physical"
    assert event["OldResourceProperties"] == {"ServiceToken": FUNCTION, "Value": "one"}
    assert event["ResourceProperties"] == {"ServiceToken": FUNCTION, "Value": "two"}


def test_what_uses_an_attribute_changes_when_the_answer_does(account: Account) -> None:
    asked = {"Asked": custom(V=1), "Value": parameter(attribute("Asked", "Live"))}
    account.function.reply = lambda _: success(Live="blue")
    account.stack.create(template(**asked))
    account.function.reply = lambda _: success(Live="green")
    account.stack.update(template(**{**asked, "Asked": custom(V=2)}))
    assert value() == "green"


def test_a_failure_is_rolled_back_with_new_and_old_swapped_and_a_new_request(
    account: Account,
) -> None:
    account.stack.create(template(Asked=custom(V=1), Value=parameter("one")))
    account.function.reply = lambda event: (
        failure("no such digest") if event["ResourceProperties"]["V"] == "2" else success()
    )
    account.stack.update(
        template(
            Asked=custom(V=2, after=("Value", "New")),
            Value=parameter("two"),
            New=parameter("n", name="/new"),
        )
    )
    forward, back = account.function.asked[1:]
    assert back["RequestType"] == "Update"
    assert back["RequestId"] != forward["RequestId"]
    assert back["OldResourceProperties"] == forward["ResourceProperties"]
    assert back["ResourceProperties"] == forward["OldResourceProperties"]
    assert value() == "one"
    with pytest.raises(boto3.client("ssm").exceptions.ParameterNotFound):
        value("/new")
    assert statuses(account.stack)[2:] == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
    ]
    assert reason(account.stack, "Asked", "UPDATE_FAILED") == (
        "Received response status [FAILED] from custom resource. Message returned: no such digest "
        f"(RequestId: {forward['RequestId']})"
    )
    assert reason(account.stack, "Test", "UPDATE_ROLLBACK_IN_PROGRESS") == (
        "The following resource(s) failed to update: [Asked]. "
    )


def test_what_uses_an_attribute_gets_what_is_answered_in_the_rollback(account: Account) -> None:
    def reply(event: Mapping[str, Any]) -> Reply:
        if event["LogicalResourceId"] == "Fails" and event["ResourceProperties"]["V"] == "2":
            return failure("broken")
        return success(Live=f"live at {len(account.function.asked)}")

    account.function.reply = reply

    def at(version: int) -> dict[str, Any]:
        return template(
            Live=custom(V=version),
            Value=parameter({"Fn::Join": ["", ["", attribute("Live", "Live")]]}),
            Fails=custom(V=version, after=("Value",)),
        )

    account.stack.create(at(1))
    assert value() == "live at 1"
    account.stack.update(at(2))
    # Asked 5th: Create of both, Update of both, and the rollback's Update.
    assert account.function.kinds("Live") == ["Create", "Update", "Update"]
    assert value() == "live at 5"
    assert account.stack.status == "UPDATE_ROLLBACK_COMPLETE"


def test_what_the_update_did_not_touch_is_not_touched_by_the_rollback(account: Account) -> None:
    fine = {"Fine": custom(V=1), "Value": parameter("one")}
    account.stack.create(template(**fine, Fails=custom(V=1)))
    account.function.reply = lambda event: (
        failure("x") if event["ResourceProperties"]["V"] == "2" else success()
    )
    account.stack.update(template(**fine, Fails=custom(V=2)))
    assert account.function.kinds("Fine") == ["Create"]
    assert statuses(account.stack, "Value") == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]


def test_a_rollback_that_fails_can_be_continued_once_its_cause_is_gone(account: Account) -> None:
    account.stack.create(template(Asked=custom(V=1)))
    account.function.reply = lambda _: failure("down")
    account.stack.update(template(Asked=custom(V=2)))
    assert account.stack.status == "UPDATE_ROLLBACK_FAILED"
    with pytest.raises(StackError, match="is in UPDATE_ROLLBACK_FAILED state"):
        account.stack.update(template(Asked=custom(V=3)))
    account.function.reply = lambda _: success()
    account.stack.continue_update_rollback()
    assert account.stack.status == "UPDATE_ROLLBACK_COMPLETE"
    event = account.function.asked[-1]
    assert event["OldResourceProperties"]["V"] == "2"
    assert event["ResourceProperties"]["V"] == "1"


def test_a_rollback_that_fails_can_skip_what_failed_and_nothing_else(account: Account) -> None:
    account.stack.create(template(Asked=custom(V=1), Value=parameter("one")))
    account.function.reply = lambda _: failure("gone")
    account.stack.update(template(Asked=custom(V=2, after=("Value",)), Value=parameter("two")))
    with pytest.raises(StackError, match=r"cannot be skipped: \[Value\]"):
        account.stack.continue_update_rollback(skip=["Value"])
    asked = len(account.function.asked)
    account.stack.continue_update_rollback(skip=["Asked"])
    assert account.stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert len(account.function.asked) == asked
    assert value() == "one"


def test_one_that_fails_cancels_what_is_under_way_and_that_is_rolled_back_too(
    account: Account,
) -> None:
    account.stack.create(template(Slow=custom(V=1), Fails=custom(V=1)))
    account.function.reply = lambda event: (
        success()
        if event["ResourceProperties"]["V"] == "1"
        else (failure("x") if event["LogicalResourceId"] == "Fails" else None)
    )
    account.stack.update(template(Slow=custom(V=2), Fails=custom(V=2)))
    assert account.stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert reason(account.stack, "Slow", "UPDATE_FAILED") == "Resource update cancelled"
    assert account.function.kinds("Slow") == ["Create", "Update", "Update"]


def test_another_physical_id_replaces_and_the_old_one_is_deleted_in_the_clean_up(
    account: Account,
) -> None:
    account.function.reply = lambda event: success(f"id-{event['ResourceProperties']['V']}")
    account.stack.create(template(Asked=custom(V=1)))
    account.stack.update(template(Asked=custom(V=2)))
    event = account.function.asked[-1]
    assert account.function.kinds() == ["Create", "Update", "Delete"]
    assert event["PhysicalResourceId"] == "id-1"
    assert event["ResourceProperties"]["V"] == "1"
    assert account.stack.resources["Asked"].physical_id == "id-2"
    assert statuses(account.stack)[-2:] == [
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_COMPLETE",
    ]


def test_a_rollback_of_a_replacement_deletes_the_new_one_and_keeps_the_old(
    account: Account,
) -> None:
    account.function.reply = lambda event: (
        failure("x")
        if event["LogicalResourceId"] == "Fails" and event["ResourceProperties"]["V"] == "2"
        else success(f"id-{event['ResourceProperties']['V']}")
    )
    account.stack.create(template(Asked=custom(V=1), Fails=custom(V=1)))
    account.stack.update(template(Asked=custom(V=2), Fails=custom(V=2, after=("Asked",))))
    deleted = [e for e in account.function.asked if e["RequestType"] == "Delete"]
    assert [event["PhysicalResourceId"] for event in deleted] == ["id-2"]
    assert account.stack.resources["Asked"].physical_id == "id-1"


def test_a_creation_that_fails_is_deleted_again_by_the_name_it_answered(account: Account) -> None:
    account.function.reply = lambda event: (
        failure("no", "made halfway") if event["RequestType"] == "Create" else success()
    )
    account.stack.create(template(Asked=custom(after=("Value",)), Value=parameter("one")))
    assert account.function.kinds() == ["Create", "Delete"]
    assert account.function.asked[-1]["PhysicalResourceId"] == "made halfway"
    assert account.stack.status == "ROLLBACK_COMPLETE"
    assert account.stack.resources == {}


def test_a_creation_that_cannot_be_taken_back_says_so(account: Account) -> None:
    account.function.reply = lambda _: failure("no")
    account.stack.create(template(Asked=custom()))
    assert account.stack.status == "ROLLBACK_FAILED"
    assert account.stack.resources.keys() == {"Asked"}


def test_a_clean_up_tries_three_times_and_then_leaves_the_old_one_behind(
    account: Account,
) -> None:
    account.stack.create(template(Asked=custom(), Value=parameter("one")))
    account.function.reply = lambda _: failure("still used")
    account.stack.update(template(Value=parameter("one")))
    assert account.function.kinds() == ["Create", "Delete", "Delete", "Delete"]
    assert account.stack.status == "UPDATE_COMPLETE"
    assert account.stack.resources.keys() == {"Value"}


def test_deleting_goes_backwards_and_a_failure_leaves_what_it_needs(account: Account) -> None:
    account.stack.create(
        template(Base=parameter("b"), Asked=custom(after=("Base",)), Free=parameter("f", name="/f"))
    )
    account.function.reply = lambda _: failure("still used")
    account.stack.delete()
    assert account.stack.status == "DELETE_FAILED"
    assert account.stack.resources.keys() == {"Base", "Asked"}
    account.function.reply = lambda _: success()
    account.stack.delete()
    assert account.stack.status == "DELETE_COMPLETE"
    assert account.stack.resources == {}


def test_what_is_retained_is_skipped_and_stays(account: Account) -> None:
    kept = parameter("kept", DeletionPolicy="Retain")
    account.stack.create(template(Kept=kept, Other=parameter("o", name="/o")))
    account.stack.update(template(Other=parameter("o", name="/o")))
    assert statuses(account.stack, "Kept")[-1] == "DELETE_SKIPPED"
    assert value() == "kept"
