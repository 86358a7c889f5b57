"""What is told of CodeDeploy's own deployments that take a release back."""

from __future__ import annotations

from .change import Change, State
from .facts import Deployment, Exposure, Facts, same
from .message import Place, Story, command, named
from .why import advice, mismatch, reasons, said_of


def started(change: Change, facts: Facts, place: Place, rollback: Deployment) -> Story:
    """Return the story of a rollback that has begun."""
    return Story(
        subject="rollback started",
        first=f"Rollback started: CodeDeploy takes {change.service} in {place.environment} from "
        f"{_from(facts)} back to {named(rollback.version)}. {_exposure(facts)}",
        to_do=[
            "Nothing yet: a message follows when it has ended. To follow it: "
            f"{command(place, 'watch', change.service)}"
        ],
        why=reasons(facts),
    )


def succeeded(change: Change, facts: Facts, place: Place, rollback: Deployment) -> Story:
    """Return the story of a rollback that has ended well."""
    back = rollback.version or facts.serving
    if facts.serving is not None and not same(facts.serving, back):
        return _ended_elsewhere(change, facts, place, rollback)
    release = facts.taken_back
    other = mismatch(change, facts, serving=back)
    to_do = advice(change, facts, place)
    if not other and release is not None and release.by_stack:
        to_do.append("CloudFormation takes the stack's change back by itself; let it.")
    serves = f"{named(back)} serves all users of {change.service} in {place.environment}"
    if release is not None and release.exposure is Exposure.NONE:
        subject = "rolled back, users were not affected"
        first = f"Rolled back before any user traffic had moved: {serves} as before."
    else:
        subject = "rolled back, old version serves"
        first = f"Rolled back: {serves} again. {_exposure(facts)}"
    return Story(subject=subject, first=first, to_do=to_do, why=reasons(facts), mismatch=other)


def _ended_elsewhere(change: Change, facts: Facts, place: Place, rollback: Deployment) -> Story:
    return Story(
        subject="rolled back, but another version serves",
        first=f"Rolled back, but {named(facts.serving)} serves {change.service} in "
        f"{place.environment} and not {named(rollback.version)}, to which it went back. "
        f"{_exposure(facts)}",
        to_do=[f"Now: see where traffic goes: {command(place, 'status', change.service)}"],
        why=reasons(facts),
        mismatch=mismatch(change, facts, serving=facts.serving),
    )


def ended_badly(change: Change, facts: Facts, place: Place, rollback: Deployment) -> Story:
    """Return the story of a rollback that did not end well: somebody must look."""
    verb = "FAILED" if change.state is State.FAILURE else "WAS STOPPED"
    return Story(
        subject=f"ROLLBACK {verb}, USERS MAY BE AFFECTED",
        first=f"ROLLBACK {verb}: users of {change.service} in {place.environment} may be affected. "
        f"It should have gone from {_from(facts)} back to {named(rollback.version)}; ECS's PRIMARY "
        f"is {named(facts.serving, 'unknown')}.",
        to_do=[
            f"Now: see where traffic goes: {command(place, 'status', change.service)}",
            f"Release the old version again: {command(place, 'rollback', change.service)}",
        ],
        why=[("Rollback", [said_of(rollback)]), *reasons(facts)],
    )


def _from(facts: Facts) -> str:
    return named(facts.taken_back.version if facts.taken_back else None)


def _exposure(facts: Facts) -> str:
    release = facts.taken_back
    match release.exposure if release is not None else Exposure.UNKNOWN:
        case Exposure.NONE:
            return "Users were not affected: none of their traffic had moved."
        case Exposure.MOVING:
            return f"Some users had {_from(facts)} for a time."
        case Exposure.ALL:
            return f"All users had {_from(facts)} for a time."
        case _:
            return "Whether users had the new version could not be found out."
