"""What holds for every message, whatever is known."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lambdas.release_notifications.change import State
from lambdas.release_notifications.compose import compose
from lambdas.release_notifications.facts import Checks, Deployment, Facts, LifecycleEvent, Version
from lambdas.release_notifications.message import MAX_SUBJECT_CHARACTERS, Place

from .known import MOVED_AT, NEW, OLD, ORDER, PLACE, change, events

# Surrogates too: a report may hold them, and UTF-8 may not.
TEXT = st.text(st.characters(codec=None), max_size=30) | st.just("long " * 200)
VERSIONS = st.none() | st.sampled_from(
    [OLD, NEW, Version(task_definition=OLD.task_definition, image=None)]
)
STATUSES = ("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Unknown")
EVENTS = st.none() | st.lists(
    st.builds(
        LifecycleEvent,
        name=st.sampled_from(ORDER),
        status=st.sampled_from(STATUSES),
        ended_at=st.none() | st.just(MOVED_AT),
        diagnostics=TEXT,
    ),
    max_size=8,
).map(tuple)
DEPLOYMENTS = st.builds(
    Deployment,
    id=st.just("d-NEW"),
    rollback=st.booleans(),
    rolls_back=st.none() | st.just("d-OTHER"),
    by_stack=st.booleans(),
    goes_back=st.booleans(),
    restarts=st.booleans(),
    rollback_id=st.none() | st.just("d-BACK"),
    rollback_expected=st.booleans(),
    error_code=st.none() | st.sampled_from(["ALARM_ACTIVE", "MANUAL_STOP", "TIMEOUT"]),
    error_message=st.none() | TEXT,
    ready_minutes=st.integers(0, 2880),
    needs_approval=st.booleans(),
    standby_minutes=st.integers(0, 2880),
    standby_started=st.booleans(),
    events=EVENTS,
    version=VERSIONS,
)
CHECKS = st.builds(
    Checks, passed=st.booleans(), summary=TEXT, failures=st.lists(TEXT, max_size=15).map(tuple)
)
FACTS = st.builds(
    Facts,
    deployment=st.none() | DEPLOYMENTS,
    taken_back=st.none() | DEPLOYMENTS,
    serving=VERSIONS,
    before=VERSIONS,
    asked=VERSIONS,
    checks=st.none() | CHECKS,
    alarms=st.none() | st.lists(TEXT, max_size=15).map(tuple),
    unknown=st.lists(TEXT, max_size=15).map(tuple),
)
PLACES = st.builds(Place, platform=TEXT, environment=TEXT) | st.just(PLACE)


@given(st.sampled_from(State), FACTS, PLACES)
def test_every_change_is_told_in_a_form_that_the_topic_takes(
    state: State, facts: Facts, place: Place
) -> None:
    message = compose(change(state), facts, place)
    if message is None:
        assert state is State.READY
        return
    assert message.subject.isascii()
    assert message.subject.isprintable()
    assert 0 < len(message.subject) <= MAX_SUBJECT_CHARACTERS
    # SNS takes 256 KiB (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html).
    assert len(message.text.encode()) < 256 * 1024
    first, blank, title, *_ = message.text.splitlines()
    assert first.strip()
    assert (blank, title) == ("", "What to do")


def test_a_long_name_is_cut_from_the_subject_and_stays_in_the_text() -> None:
    facts = Facts(deployment=Deployment(id="d-NEW", events=events("Install", "InProgress")))
    place = Place(platform="pase", environment="präproduktion" * 10)
    message = compose(change(State.START), facts, place)
    assert message is not None
    assert message.subject.startswith("[pr?produktion")
    assert message.subject.endswith("...")
    assert len(message.subject) == MAX_SUBJECT_CHARACTERS
    assert "präproduktion" * 10 in message.text
