"""What is told of a restart: a deployment of what serves, because a secret of it was rotated."""

from __future__ import annotations

from .change import Change, State
from .facts import Deployment, Exposure, Facts
from .message import Place, Story, command, named
from .why import advice, mismatch, reasons

_BECAUSE = "because a secret that its tasks take from their environment was rotated"


def started(change: Change, place: Place, restart: Deployment) -> Story:
    """Return the story of a restart that has begun."""
    return Story(
        subject="restart for a rotated secret started",
        first=f"Restart started: {change.service} in {place.environment} gets new tasks of the "
        f"version that serves, {named(restart.version)}, {_BECAUSE}. Users are not affected.",
        to_do=[
            "Nothing. It is checked as a release is, and approved by itself where releases wait. "
            f"To follow it: {command(place, 'watch', change.service)}"
        ],
    )


def succeeded(change: Change, facts: Facts, place: Place, restart: Deployment) -> Story:
    """Return the story of a restart that has ended well."""
    version = named(restart.version or facts.serving)
    return Story(
        subject="restarted with the same version",
        first=f"Restarted: {change.service} in {place.environment} serves with the same version, "
        f"{version}, {_BECAUSE}. The hot standby is over.",
        to_do=["Nothing. The login before is no longer used."],
        mismatch=mismatch(change, facts, serving=restart.version),
    )


def ended_badly(change: Change, facts: Facts, place: Place, restart: Deployment) -> Story:
    """Return the story of a restart that has failed or was stopped."""
    verb = "failed" if change.state is State.FAILURE else "was stopped"
    to_do = advice(change, facts, place)
    if restart.exposure is Exposure.NONE:
        users = "before any user traffic had moved; users were not affected"
    else:
        users = "and traffic goes back to the tasks from before"
        to_do.insert(0, f"See that users are well: {command(place, 'status', change.service)}")
    return Story(
        subject=f"restart for a rotated secret {verb}",
        first=f"Restart {verb} {users}. {change.service} in {place.environment} was to get new "
        f"tasks of {named(restart.version)}, {_BECAUSE}.",
        to_do=to_do,
        why=reasons(facts),
        mismatch=mismatch(change, facts, serving=facts.serving),
    )
