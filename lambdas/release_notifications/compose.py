"""Turns a change and what is known about it into the message that people get. Pure: no I/O."""

from __future__ import annotations

from . import release_story, restart_story, rollback_story
from .change import Change, State
from .facts import Deployment, Facts
from .message import Message, Place, Story, command, named, render


def compose(change: Change, facts: Facts, place: Place) -> Message | None:
    """Return the message, or None when the change means nothing to anybody.

    That is one only: a deployment that is ready to move traffic and waits for no person. The same
    change with the same facts gives the same text, so that an event or a message that is delivered
    twice is seen to be the same one.
    """
    story = _story(change, facts, place)
    return None if story is None else render(change, facts, place, story)


def _story(change: Change, facts: Facts, place: Place) -> Story | None:
    deployment = facts.deployment
    if deployment is None:
        return _hardly_known(change, facts, place)
    if deployment.rollback or deployment.restarts:
        # CodeDeploy's rollback of a restart may have its description.
        tell = _rollback if deployment.rollback else _restart
        return tell(change, facts, place, deployment)
    match change.state:
        case State.START:
            return release_story.started(change, facts, place, deployment)
        case State.READY:
            return release_story.ready(change, facts, place, deployment)
        case State.SUCCESS:
            return release_story.succeeded(change, facts, place, deployment)
        case State.FAILURE | State.STOP:
            return release_story.ended_badly(change, facts, place, deployment)


def _rollback(change: Change, facts: Facts, place: Place, deployment: Deployment) -> Story | None:
    match change.state:
        case State.START:
            return rollback_story.started(change, facts, place, deployment)
        case State.READY:
            return None
        case State.SUCCESS:
            return rollback_story.succeeded(change, facts, place, deployment)
        case State.FAILURE | State.STOP:
            return rollback_story.ended_badly(change, facts, place, deployment)


def _restart(change: Change, facts: Facts, place: Place, deployment: Deployment) -> Story | None:
    match change.state:
        case State.START:
            return restart_story.started(change, place, deployment)
        case State.READY:
            return None
        case State.SUCCESS:
            return restart_story.succeeded(change, facts, place, deployment)
        case State.FAILURE | State.STOP:
            return restart_story.ended_badly(change, facts, place, deployment)


_BARE = {
    State.START: "has started",
    State.READY: "is ready and waits",
    State.SUCCESS: "has succeeded",
    State.FAILURE: "has failed",
    State.STOP: "was stopped",
}


def _hardly_known(change: Change, facts: Facts, place: Place) -> Story:
    """The story of a deployment that CodeDeploy could not be asked about."""
    does = _BARE[change.state]
    primary = named(facts.serving, "unknown")
    return Story(
        subject=f"deployment {does}, more is not known",
        first=f"A deployment of {change.service} in {place.environment} {does}; whether users are "
        f"affected could not be found out. ECS's PRIMARY version is {primary}.",
        to_do=[f"Look at what runs: {command(place, 'status', change.service)}"],
    )
