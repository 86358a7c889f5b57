"""How the model takes the answers of custom resources, and what it does without one."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

import pytest

from .world import (
    FUNCTION,
    Account,
    attribute,
    custom,
    parameter,
    reason,
    success,
    template,
    value,
)

HOUR = 3600


@pytest.mark.parametrize("timeout", [None, "600"])
def test_silence_ends_at_the_service_timeout_and_not_before(
    account: Account, timeout: str | None
) -> None:
    given: dict[str, Any] = {} if timeout is None else {"ServiceTimeout": timeout}
    account.stack.create(template(Asked=custom(V=1, **given)))
    account.function.reply = lambda event: (
        None if event["ResourceProperties"]["V"] == "2" else success()
    )
    account.stack.update(template(Asked=custom(V=2, **given)))
    limit = int(timeout or HOUR)
    account.pass_time(limit - 1)
    assert account.stack.status == "UPDATE_IN_PROGRESS"
    account.pass_time(1)
    assert account.stack.status == "UPDATE_ROLLBACK_COMPLETE"
    words = reason(account.stack, "Asked", "UPDATE_FAILED")
    assert words.startswith("CloudFormation did not receive a response from your Custom Resource.")
    assert account.function.asked[1]["RequestId"] in words


def test_a_function_may_answer_later_and_only_the_first_answer_counts(account: Account) -> None:
    account.function.reply = lambda _: None
    account.stack.create(
        template(Asked=custom(), Value=parameter(attribute("Asked", "Live")), Free=custom(V=1))
    )
    account.pass_time(60)
    assert account.stack.status == "CREATE_IN_PROGRESS"
    for live in ("first", "second"):
        for event in account.function.asked:
            answer(event, Live=live)
    account.cloudformation.run_due()
    assert account.stack.status == "CREATE_COMPLETE"
    assert value() == "first"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"no json", "it is no JSON object"),
        (b'{"a": "' + b"x" * 4096 + b'"}', "Response object is too long."),
        ({"PhysicalResourceId": ""}, "Invalid PhysicalResourceId"),
        ({"PhysicalResourceId": None}, "Invalid PhysicalResourceId"),
        ({"Status": "DONE"}, "Status is 'DONE'; allowed: SUCCESS, FAILED"),
        ({"RequestId": "other"}, "RequestId is 'other' and should be"),
    ],
)
def test_a_broken_answer_is_a_failure(account: Account, body: Any, words: str) -> None:
    account.function.reply = lambda _: None
    account.stack.create(template(Asked=custom()))
    if isinstance(body, bytes):
        put(account.function.asked[0]["ResponseURL"], body)
    else:
        answer(account.function.asked[0], body)
    account.function.reply = lambda _: success()
    account.stack.run_due()
    assert words in reason(account.stack, "Asked", "CREATE_FAILED")


def test_an_answer_elsewhere_or_with_a_content_type_is_forbidden(account: Account) -> None:
    account.function.reply = lambda _: None
    account.stack.create(template(Asked=custom()))
    url = account.function.asked[0]["ResponseURL"]
    for target, kind in ((url + "0", ""), (url, "application/json")):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            put(target, b"{}", kind)
    account.stack.run_due()
    assert account.stack.status == "CREATE_IN_PROGRESS"


def test_an_attribute_that_was_not_answered_fails_what_uses_it(account: Account) -> None:
    account.stack.create(template(Asked=custom(), Value=parameter(attribute("Asked", "Live"))))
    assert reason(account.stack, "Value", "CREATE_FAILED").startswith(
        "CustomResource attribute error: Vendor response doesn't contain Live attribute in object "
        f"{account.stack.id}|Asked|{account.function.asked[0]['RequestId']} in S3 bucket"
    )


def test_another_function_is_not_allowed_for_the_same_resource(account: Account) -> None:
    account.stack.create(template(Asked=custom()))
    account.stack.update(template(Asked=custom(ServiceToken=f"{FUNCTION}-2")))
    words = reason(account.stack, "Asked", "UPDATE_FAILED")
    assert words == "Modifying service token is not allowed."


def answer(event: Mapping[str, Any], body: Mapping[str, Any] | None = None, **data: str) -> None:
    """Answer an event SUCCESS, with the changes in `body`."""
    content = {
        "Status": "SUCCESS",
        "PhysicalResourceId": "physical",
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
        "Data": data,
        **(body or {}),
    }
    put(event["ResponseURL"], json.dumps(content).encode())


def put(url: str, body: bytes, kind: str = "") -> None:
    """PUT to a ResponseURL."""
    request = urllib.request.Request(url, body, {"Content-Type": kind}, method="PUT")
    with urllib.request.urlopen(request) as response:
        assert response.status == 200
