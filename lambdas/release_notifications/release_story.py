"""What is told of a release: its start, its wait for approval, its traffic, its end."""

from __future__ import annotations

from datetime import timedelta

from .change import Change, State
from .facts import Deployment, Exposure, Facts, same
from .message import Place, Story, clock, command, named
from .why import advice, mismatch, reasons


def started(change: Change, facts: Facts, place: Place, release: Deployment) -> Story:
    """Return the story of a release that has begun."""
    what = "Return to an earlier version" if release.goes_back else "Release"
    to_do = [f"Nothing. To follow it: {command(place, 'watch', change.service)}"]
    if release.needs_approval:
        to_do.append(
            "It will ask for an approval before any user traffic moves, and wait "
            f"{release.ready_minutes} minutes for it."
        )
    return Story(
        subject=f"{'return to an earlier version' if release.goes_back else 'release'} started",
        first=f"{what} started: {change.service} in {place.environment} gets "
        f"{named(release.version)}. Users are not affected: {_serves(facts)}.",
        to_do=to_do,
    )


def ready(change: Change, facts: Facts, place: Place, release: Deployment) -> Story | None:
    """Return the story of a release that waits; None when it waits for nothing and nobody."""
    if release.in_standby:
        return _moved(change, place, release)
    if release.ready_minutes == 0:
        return None
    until = clock(change.at + timedelta(minutes=release.ready_minutes))
    after = (
        f"Until {until}. After that CodeDeploy stops the release, and users stay where they are."
        if release.needs_approval
        else f"Without an approval traffic moves by itself at {until}."
    )
    exposure = (
        f"Users are not affected: {_serves(facts)}."
        if release.exposure is Exposure.NONE
        else "How far user traffic has moved is not known."
    )
    return Story(
        subject=f"release waits for approval until {until}",
        first=f"Waiting for approval: {named(release.version)} of {change.service} in "
        f"{place.environment} is ready beside the old version. {exposure}",
        to_do=[
            f"Approve: {command(place, 'approve', change.service)}",
            f"Refuse:  {command(place, 'rollback', change.service)}",
            after,
        ],
        why_title="So far",
        why=[("Checks", [facts.checks.summary if facts.checks else "no report of theirs"])],
    )


def succeeded(change: Change, facts: Facts, place: Place, release: Deployment) -> Story:
    """Return the story of a release that has ended well."""
    differs = facts.serving is not None and not same(facts.serving, release.version)
    if differs and release.version is not None:
        return Story(
            subject="release ended, but another version serves",
            first=f"Release ended, but {named(facts.serving)} serves {change.service} in "
            f"{place.environment} and not {named(release.version)}. Users have a working version "
            "as far as CodeDeploy knows.",
            to_do=[f"Look at what runs: {command(place, 'status', change.service)}"],
            mismatch=mismatch(change, facts, serving=facts.serving),
        )
    # CloudFormation writes what it asked for after its own release has ended, so this early it may
    # still say the version before.
    other = () if release.by_stack else mismatch(change, facts, serving=release.version)
    return Story(
        subject="release ended well",
        first=f"Release ended well: {named(release.version or facts.serving)} serves all users of "
        f"{change.service} in {place.environment}. The hot standby is over.",
        to_do=[
            "Nothing. Going back is a new deployment from now on: "
            f"{command(place, 'rollback', change.service)}"
        ],
        mismatch=other,
    )


def ended_badly(change: Change, facts: Facts, place: Place, release: Deployment) -> Story:
    """Return the story of a release that has failed or was stopped."""
    verb = "failed" if change.state is State.FAILURE else "was stopped"
    moved_back = release.taken_back and release.exposure is not Exposure.NONE
    to_do = advice(change, facts, place)
    if release.exposure is not Exposure.NONE:
        to_do = [*_urgent(change, place, release), *to_do]
    elif release.by_stack:
        to_do.append("CloudFormation takes the stack's change back by itself; let it.")
    ending, what_now = _what_now(facts, release)
    return Story(
        subject=f"release {verb}, {ending}",
        first=f"Release {verb} {_reached(change, place, release)} {what_now}",
        to_do=to_do,
        why=reasons(facts),
        mismatch=mismatch(change, facts, serving=facts.before, verb="is about to serve")
        if moved_back
        else mismatch(change, facts, serving=facts.serving),
    )


def _moved(change: Change, place: Place, release: Deployment) -> Story:
    until = clock(release.standby_until(change.at))
    return Story(
        subject="all traffic moved",
        first=f"All traffic moved: {named(release.version)} serves all users of {change.service} "
        f"in {place.environment}. The old version stays as a hot standby until {until}.",
        to_do=[
            "Nothing. If users have trouble, take it back in seconds: "
            f"{command(place, 'rollback', change.service)}"
        ],
    )


def _reached(change: Change, place: Place, release: Deployment) -> str:
    """Say how far user traffic had moved to it."""
    users = f"users of {change.service} in {place.environment}"
    version = named(release.version)
    match release.exposure:
        case Exposure.NONE:
            return f"before any user traffic had moved: {users} were not affected."
        case Exposure.MOVING:
            return f"while traffic was moving: some {users} had {version}."
        case Exposure.ALL:
            at = release.traffic_moved_at
            since = f" since {clock(at)}" if at else ""
            return f"after all traffic had moved: all {users} had {version}{since}."
        case Exposure.UNKNOWN:
            return f"and it is not known whether {users} had {version}."


def _what_now(facts: Facts, release: Deployment) -> tuple[str, str]:
    """Return the subject's end, and a sentence on what serves."""
    if release.exposure is Exposure.NONE:
        refused = f"{named(release.version)} got none of their traffic"
        serves = _serves(facts) if facts.serving else "What serves them could not be found out"
        return "users not affected", f"{serves}; {refused}."
    back = f"Traffic goes back to {named(facts.before)}"
    if release.rollback_id is not None:
        return "traffic goes back", f"{back}; the next message says when it has."
    if release.rollback_expected:
        return "traffic should go back", f"{back}, if CodeDeploy does as it is set to."
    return "USERS MAY BE AFFECTED", f"No rollback is known of, and {_serves(facts)}."


def _urgent(change: Change, place: Place, release: Deployment) -> list[str]:
    status = command(place, "status", change.service)
    if release.rollback_id is not None:
        return [f"See that users are well again: {status}"]
    look = f"see where traffic goes: {status}"
    return [
        f"If no message of a rollback follows within 5 minutes, {look}"
        if release.rollback_expected
        else f"Now: {look}",
        f"If it should not be there: {command(place, 'rollback', change.service)}",
    ]


def _serves(facts: Facts) -> str:
    if facts.serving is None:
        return "what serves them could not be found out"
    return f"{named(facts.serving)} serves them"
