"""No release and no edit changes what carries users' traffic without somebody having said so."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.freeze.frozen import (
    LISTENER,
    SERVICE,
    TARGET_GROUP,
    Fingerprints,
    accept,
    changes,
    explain,
    fingerprints,
    read_reviewed,
)
from tests.support.templates import SERVICES, STAGES, Templates


@pytest.fixture(scope="module")
def current(templates: Templates) -> Fingerprints:
    """The resources as synthesized now."""
    return fingerprints(templates)


def test_what_carries_traffic_is_as_reviewed(current: Fingerprints) -> None:
    found = list(changes(read_reviewed()["resources"], current))

    assert not found, explain(found)


def test_every_service_of_every_environment_is_among_them(current: Fingerprints) -> None:
    kinds = sorted([SERVICE, LISTENER, LISTENER, TARGET_GROUP, TARGET_GROUP])

    for stage in STAGES:
        for service in SERVICES:
            prefix = f"{stage}/{service}Service "
            found = [key.split(" ")[1] for key in current if key.startswith(prefix)]
            assert sorted(found) == kinds


def test_every_acceptance_has_a_date_and_a_reason() -> None:
    accepted = read_reviewed()["accepted"]

    assert accepted
    assert all(len(entry["reason"]) >= 15 and len(entry["date"]) == 10 for entry in accepted)


def test_a_release_changes_none_of_them(current: Fingerprints, laptop_templates: Templates) -> None:
    """The laptop's synth has other digests than the pipeline's, as one release has from another."""
    others = fingerprints(laptop_templates)

    assert list(changes(current, {key: others[key] for key in current})) == []


def _key(current: Fingerprints, kind: str) -> str:
    return next(key for key in current if key.startswith("Prod/StorefrontService " + kind))


PLANTED: dict[str, tuple[str, Callable[[dict[str, object]], object], str]] = {
    "a count in the template": (
        SERVICE,
        lambda service: service.update(DesiredCount=3),
        "CloudFormation cannot change DesiredCount",
    ),
    "a revision in the template": (
        SERVICE,
        lambda service: service.update(TaskDefinition={"Ref": "TaskDefinition"}),
        "CloudFormation cannot change TaskDefinition",
    ),
    "a listener that names a group": (
        LISTENER,
        lambda listener: listener.update(
            DefaultActions=[{"Type": "forward", "TargetGroupArn": {"Ref": "Blue"}}]
        ),
        "safe while the action comes from Custom::LiveTargetGroup",
    ),
    "another port of the target group": (
        TARGET_GROUP,
        lambda group: group.update(Port=9090),
        "A change of Port replaces the resource",
    ),
    "a slower health check": (
        TARGET_GROUP,
        lambda group: group.update(HealthCheckIntervalSeconds=60),
        "Changed in place",
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_change_is_found_and_explained(current: Fingerprints, planted: str) -> None:
    kind, change, expected = PLANTED[planted]
    changed = copy.deepcopy(current)
    change(changed[_key(current, kind)])

    text = explain(list(changes(current, changed)))

    assert _key(current, kind) in text
    assert expected in text
    assert "make accept-frozen REASON=" in text


@pytest.mark.parametrize("kind", [SERVICE, LISTENER, TARGET_GROUP])
def test_a_resource_that_goes_or_comes_is_found(current: Fingerprints, kind: str) -> None:
    less = {key: value for key, value in current.items() if key != _key(current, kind)}

    (gone,) = changes(current, less)
    (added,) = changes(less, current)

    assert (gone.now, added.was) == ("gone", "absent")
    assert "deletes" in gone.why


def test_accepting_keeps_every_earlier_reason(current: Fingerprints, tmp_path: Path) -> None:
    path = tmp_path / "fingerprints.json"
    changed = copy.deepcopy(current)
    changed[_key(current, TARGET_GROUP)]["HealthCheckPath"] = "/alive"

    assert accept(current, reason="the first review", date="2026-01-01", path=path)
    assert not accept(current, reason="nothing changed", date="2026-01-02", path=path)
    assert accept(changed, reason="health moved to /alive", date="2026-01-03", path=path)

    reviewed = read_reviewed(path)
    assert [entry["reason"] for entry in reviewed["accepted"]] == [
        "health moved to /alive",
        "the first review",
    ]
    assert list(changes(reviewed["resources"], changed)) == []
