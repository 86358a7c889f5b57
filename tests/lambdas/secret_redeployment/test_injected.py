"""Since when a secret's version is current, as far as AWS tells."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from lambdas.secret_redeployment.injected import NoCurrentVersion, injected
from tests.lambdas.secret_redeployment.given import at

NAME = "pase/shop/database"


def described(labels: dict[str, list[str]], **dates: datetime) -> dict[str, Any]:
    return {"ARN": "arn:secret", "Name": NAME, "VersionIdsToStages": labels, **dates}


def version(id_: str, made: float, *labels: str) -> dict[str, Any]:
    return {"VersionId": id_, "VersionStages": list(labels), "CreatedDate": at(made)}


def test_a_value_put_by_hand_is_current_when_it_is_made() -> None:
    found = injected(described({"b": ["AWSCURRENT"]}), [version("b", 5, "AWSCURRENT")])
    assert (found.current, found.after, found.since) == ("b", at(5), at(5))


def test_a_rotated_one_is_current_at_the_latest_when_the_rotation_has_ended() -> None:
    description = described({}, LastRotatedDate=at(9), LastChangedDate=at(500))
    versions = [version("a", 0, "AWSPREVIOUS"), version("b", 5, "AWSCURRENT", "AWSPENDING")]
    found = injected(description, versions)
    assert (found.after, found.since) == (at(5), at(9)), "and not when a tag was changed"


def test_an_older_rotation_says_nothing_of_a_version_that_is_younger() -> None:
    found = injected(described({}, LastRotatedDate=at(1)), [version("b", 5, "AWSCURRENT")])
    assert found.since == at(5)


def test_a_label_moved_back_by_hand_is_told_by_the_last_change() -> None:
    description = described({}, LastRotatedDate=at(9), LastChangedDate=at(60))
    versions = [version("a", 0, "AWSCURRENT"), version("b", 5, "AWSPREVIOUS")]
    found = injected(description, versions)
    assert (found.current, found.after, found.since) == ("a", at(5), at(60))


@pytest.mark.parametrize(
    ("labels", "rotating"),
    [
        ({"b": ["AWSCURRENT"]}, False),
        ({"b": ["AWSCURRENT", "AWSPENDING"]}, False),
        ({"b": ["AWSCURRENT"], "c": ["AWSPENDING"]}, True),
    ],
    ids=["no label", "left on the current one", "on another, which has no value yet"],
)
def test_it_is_being_rotated_when_awspending_is_on_another_version(
    labels: dict[str, list[str]], rotating: bool
) -> None:
    assert injected(described(labels), [version("b", 5, "AWSCURRENT")]).rotating is rotating


def test_a_secret_without_a_current_version_is_an_error_with_its_name() -> None:
    with pytest.raises(NoCurrentVersion, match=NAME):
        injected(described({}), [])


def test_fingerprints_tell_secrets_and_versions_apart_and_show_no_id() -> None:
    one = injected(described({}), [version("b" * 36, 5, "AWSCURRENT")])
    other = injected(described({}), [version("c" * 36, 5, "AWSCURRENT")])
    assert one.fingerprint != other.fingerprint
    assert len(one.fingerprint) == 8
    assert one.fingerprint not in one.current
