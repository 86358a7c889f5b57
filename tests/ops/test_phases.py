"""Where a release stands, and how long until what comes next: told from what AWS reports."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from ops.phases import needs_release, phase, waits_of
from ops.service_state import Progress, ServiceState, colour_of, short_image

from .states import (
    CANARY,
    LINEAR,
    colours,
    definition,
    events,
    minutes,
    progress,
    service,
)


@pytest.fixture(autouse=True)
def utc() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


SHIFTING = events(done="BeforeAllowTraffic", running="AllowTraffic")
MOVED = events(done="AfterAllowTraffic")
BACK = {"creator": "codeDeployRollback", "rollback_of": "d-0"}


@pytest.mark.parametrize(
    ("going", "now", "words"),
    [
        (progress("Created"), 0, "starting"),
        (progress(events=events(running="Install")), 2, "preparing (Install)"),
        (
            progress("Ready", events=events(done="AfterAllowTestTraffic")),
            6,
            "waiting for approval until 12:20",
        ),
        (progress(events=SHIFTING), 7, "shifting, 20 % on green, next step 12:11"),
        (progress(events=SHIFTING, green=None), 7, "shifting, 0 % on green"),
        (progress(events=MOVED), 9, "all traffic moved, baking until 12:17"),
        (progress(events=MOVED), 17, "hot standby until 13:08"),
        (progress(events=MOVED), 60 * 24, "hot standby until 2030-01-01 13:08"),
        (progress(deployment=BACK), 1, "rolling back"),
        (progress("Failed"), 1, "failed"),
    ],
)
def test_a_phase_is_told_in_words(going: Progress, now: float, words: str) -> None:
    found = phase(service(progress=going, colours=colours(80, 20)), now=minutes(now))
    assert found is not None
    assert found.words == words


def test_without_a_deployment_there_is_no_phase() -> None:
    assert phase(service(), now=minutes(0)) is None
    assert list(waits_of(service(), now=minutes(0))) == []


@pytest.mark.parametrize(
    ("going", "green", "next_at", "then"),
    [
        # AllowTraffic begins at 12:06.
        (progress(events=SHIFTING, shift=CANARY), 20, 11, "100 % on green"),
        (progress(events=SHIFTING, shift=LINEAR), 25, 9, "50 % on green"),
        (progress(events=SHIFTING, shift=LINEAR), 50, 12, "75 % on green"),
        (progress(events=SHIFTING, shift=LINEAR), 75, 15, "100 % on green"),
    ],
)
def test_the_next_step_of_traffic_is_foretold(
    going: Progress, green: int, next_at: float, then: str
) -> None:
    state = service(progress=going, colours=colours(100 - green, green))
    (wait,) = waits_of(state, now=minutes(7))
    assert (wait.name, wait.ends, wait.then) == ("next step", minutes(next_at), then)
    assert wait.begins < minutes(next_at)


def test_after_the_move_bake_and_hot_standby_run_side_by_side() -> None:
    state = service(progress=progress(events=MOVED))
    bake, standby = waits_of(state, now=minutes(8))
    assert (bake.name, bake.begins, bake.ends) == ("bake", minutes(7), minutes(17))
    # Blue is kept from the last hook's end on.
    assert (standby.name, standby.begins, standby.ends) == ("hot standby", minutes(8), minutes(68))


def test_what_comes_after_an_approval_that_nobody_gives_is_told() -> None:
    waiting = events(done="AfterAllowTestTraffic")
    for stops, then in ((True, "the release is stopped"), (False, "traffic moves")):
        going = progress("Ready", events=waiting, stops_without_approval=stops)
        (wait,) = waits_of(service(progress=going), now=minutes(6))
        assert (wait.name, wait.begins, wait.ends) == ("approval", minutes(5), minutes(20))
        assert wait.then == then


OURS = {"description": "pase rollback to sha256:1"}


@pytest.mark.parametrize(
    ("state", "now", "needed"),
    [
        (service(serving=1, asked=1), 0, False),
        (service(serving=1, asked=None), 0, False),
        (service(serving=1, asked=2), 0, True),
        # A release runs, and what was asked for before still serves.
        (service(serving=1, asked=1, progress=progress(of=2)), 3, False),
        # Its revision serves, and the stack writes it down after the bake.
        (service(serving=2, asked=1, progress=progress(of=2, events=MOVED)), 9, False),
        (service(serving=2, asked=1, progress=progress(of=2, events=MOVED)), 18, False),
        (service(serving=2, asked=1, progress=progress(of=2, events=MOVED)), 20, True),
        # A release of something third is about to put it right.
        (service(serving=1, asked=2, progress=progress(of=2)), 3, False),
        # A rollback is what makes it so.
        (service(serving=1, asked=2, progress=progress(of=1, deployment=OURS)), 9, True),
        (service(serving=2, asked=1, progress=progress(deployment=BACK)), 9, False),
        (service(serving=1, asked=2, progress=progress("Stopped", of=2)), 9, True),
    ],
)
def test_a_release_is_needed_when_nothing_else_puts_it_right(
    state: ServiceState, now: float, needed: bool
) -> None:
    moment: datetime = minutes(now)
    assert needs_release(state, now=moment) is needed


def test_an_image_is_shown_by_its_digest_else_by_its_tag() -> None:
    assert short_image(definition(7)) == "7" * 12
    tagged = definition(1).__class__(arn="x", active=True, image="registry:5000/shop:1.2")
    assert short_image(tagged) == "shop:1.2"
    assert short_image(None) == "-"


def test_colours_are_told_by_the_target_groups_name() -> None:
    arn = "arn:aws:elasticloadbalancing:x:1:targetgroup/shop-green/abc"
    assert colour_of(arn, "shop") == "green"
    assert colour_of("shop-blue", "shop") == "blue"
    assert colour_of("other-blue", "shop") == "other-blue"
