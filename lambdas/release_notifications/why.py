"""Why a release did not last, and what a person does about it: parts of several messages."""

from __future__ import annotations

from collections.abc import Sequence

from .change import Change, State
from .facts import Deployment, Exposure, Facts, Version, same
from .message import Place, command, named


def reasons(facts: Facts) -> list[tuple[str, Sequence[str]]]:
    """Return the rows that explain the end of `facts.release`."""
    release = facts.release
    if release is None:
        return [("CodeDeploy", ["unknown"]), ("Alarms", _alarms(facts))]
    rows: list[tuple[str, Sequence[str]]] = [
        ("CodeDeploy", [said_of(release)]),
        ("Ended at", [_ended_at(release)]),
    ]
    if facts.checks is not None:
        rows.append(("Checks", [facts.checks.summary, *facts.checks.failures]))
    elif release.failed_its_checks:
        rows.append(("Checks", ["there is no report of theirs for this deployment"]))
    return [*rows, ("Alarms", _alarms(facts))]


def said_of(deployment: Deployment) -> str:
    """Return CodeDeploy's own word on the end of a deployment."""
    said = filter(None, (deployment.error_code, deployment.error_message))
    return ": ".join(said) or "gave no reason"


def advice(change: Change, facts: Facts, place: Place) -> list[str]:
    """Return what to do about the version that did not last."""
    release = facts.release
    status = command(place, "status", change.service)
    if release is None:
        said = f"Look at what runs: {status}"
    elif release.restarts:
        said = (
            "Nothing is urgent: tasks that serve hold the login before, which works until the next "
            "rotation. The restart is not tried again by itself. Read below why it ended, then "
            "release: a new version, or the same with a higher release.repeat in "
            f"config/services/{change.service}.toml."
        )
    elif release.failed_its_checks:
        said = (
            "Nothing is urgent. Read below which checks failed; the log is that of the function "
            f"{place.platform}-{change.service}-checks. Mend the version and release it."
        )
    elif release.error_code == "ALARM_ACTIVE":
        said = (
            "Look at the alarms below and at the service's log from before. Mend the version and "
            "release it once no alarm is in ALARM: until then a release would be stopped again."
        )
    elif release.was_waiting:
        who = (
            "Nobody approved it in time."
            if release.error_code == "TIMEOUT"
            else "Somebody stopped it while it waited for approval (CloudTrail: StopDeployment)."
        )
        said = f"{who} To try again, release it again."
    elif release.error_code == "MANUAL_STOP" or change.state is State.STOP:
        said = (
            "Somebody stopped it, or a release did (its time was over, or a newer one came); "
            "CloudTrail says who (StopDeployment)."
        )
    elif release.exposure is Exposure.NONE:
        said = (
            "Nothing is urgent. If its tasks did not start, ECS says why: "
            f"{status}. Mend the version and release it."
        )
    else:
        said = f"Look at what runs: {status}"
    return [said]


def mismatch(
    change: Change, facts: Facts, *, serving: Version | None, verb: str = "serves"
) -> Sequence[str]:
    """Return what to say when `serving` is known not to be what the stack asked for last."""
    if serving is None or facts.asked is None or same(serving, facts.asked):
        return ()
    return [
        f"The stack asked for {named(facts.asked)}; {named(serving)} {verb}. CloudFormation "
        "counts that release as done: deploying the stack again without a change starts nothing.",
        "To release the same digest again, on purpose: python -m ops release, or raise "
        f"release.repeat in config/services/{change.service}.toml and deploy.",
    ]


def _ended_at(release: Deployment) -> str:
    if release.events is None:
        return "unknown"
    if release.was_waiting:
        return "the wait for approval"
    if release.failed_at is not None:
        found = release.failed_at
        # CodeDeploy may say the same in both places.
        new = found.diagnostics and found.diagnostics != release.error_message
        return f"{found.name}: {found.diagnostics}" if new else found.name
    if release.exposure is Exposure.ALL:
        return "the hot standby, after all traffic had moved"
    under_way = [event.name for event in release.events if event.status == "InProgress"]
    return under_way[0] if under_way else "no lifecycle event has failed"


def _alarms(facts: Facts) -> Sequence[str]:
    if facts.alarms is None:
        return ["unknown"]
    if not facts.alarms:
        return ["none of the release's alarms is in ALARM now"]
    return [f"in ALARM now: {name}" for name in facts.alarms]
