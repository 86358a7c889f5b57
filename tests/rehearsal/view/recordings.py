"""A recording at several moments of a release, as the rehearsal would have written it."""

from __future__ import annotations

from rehearsal.lifecycle import EVENTS
from rehearsal.recording import (
    ColourSample,
    DeploymentRecord,
    EnvironmentRecord,
    Expectation,
    Gate,
    LifecycleEvent,
    Mark,
    Recording,
    Release,
    Sample,
)

ROAD = ("dev", "staging", "prod")


def opened(*names: str) -> Recording:
    """The environments serve v1; nothing has been released."""
    recording = Recording(
        scenario="default",
        title="Three versions go down the road",
        description="What happens, in a sentence.",
        factor=20,
        began="2026-01-01T00:00:00Z",
    )
    for name in names or ROAD:
        recording.environments.append(
            EnvironmentRecord(
                name=name,
                account="444444444444",
                region="ap-southeast-1",
                service="storefront",
                strategy="canary 20 % / 5 min",
            )
        )
        tick(recording, 1, name)
    return recording


def tick(
    recording: Recording, at: float, name: str, *, green: float = 0, version: str = "v2"
) -> Sample:
    """A second in which that share of an environment's traffic is green's."""
    blue = ColourSample(
        weight=100 - green, answered=int(300 - 3 * green), healthy=3, tasks=3, version="v1"
    )
    other = ColourSample(weight=green, answered=int(3 * green))
    if green:
        other.healthy = other.tasks = 3
        other.version = version
    sample = Sample(at=at, requests=300, p50=4.2, p99=61.7, blue=blue, green=other, desired=3)
    recording.environment(name).samples.append(sample)
    recording.seconds = at
    return sample


def shifting(*names: str) -> Recording:
    """In Prod 20 % of the users are on green, twelve requests have failed, an alarm is on."""
    recording = opened(*names)
    prod = recording.environment("prod")
    prod.releases.append(Release(version="v2", result="running", start=5))
    prod.deployments.append(
        DeploymentRecord(
            id="d-ABC123XYZ",
            version="v2",
            colour="green",
            status="InProgress",
            start=6,
            events=[
                LifecycleEvent(name=name, status="Succeeded", start=6 + index, end=7 + index)
                for index, name in enumerate(EVENTS[:6])
            ]
            + [
                LifecycleEvent(name="AllowTraffic", status="InProgress", start=12),
                LifecycleEvent(name="AfterAllowTraffic", status="Pending"),
            ],
        )
    )
    for at in range(2, 31):
        sample = tick(recording, at, "prod", green=20 if at > 12 else 0)
        mark(prod, at, "traffic" if at == 13 else "task", f"mark of second {at}")
    sample.failed = 12
    sample.alarms = ("storefront-GreenErrorRate",)
    return recording


def mark(environment: EnvironmentRecord, at: float, kind: str, text: str) -> None:
    environment.marks.append(Mark(at=at, kind=kind, text=text))  # type: ignore[arg-type]


def taken_back() -> Recording:
    """The alarm has taken the release back, and everything was judged."""
    recording = shifting()
    prod = recording.environment("prod")
    deployment = prod.deployments[0]
    deployment.status, deployment.end = "Stopped", 31
    deployment.error = "ALARM_ACTIVE: one or more alarms"
    deployment.events[6].status, deployment.events[6].end = "Failed", 31
    deployment.events[7].status = "Skipped"
    prod.deployments.append(
        DeploymentRecord(
            id="d-BACK",
            version="v1",
            colour="blue",
            status="Succeeded",
            start=31,
            end=32,
            rollback_of=deployment.id,
        )
    )
    mark(prod, 31, "rollback", "GreenErrorRate takes v2 back")
    prod.releases[0].result, prod.releases[0].end = "failed", 33
    prod.releases[0].reason = "The release of v2 failed:\nd-ABC123XYZ is Stopped"
    recording.gates.append(
        Gate(name="approval", environment="prod", version="v2", at=11, passed=True)
    )
    tick(recording, 33, "prod")
    recording.expectations += [
        Expectation(text="v2 fails in prod", held=True, measured="failed"),
        Expectation(text="no request fails", held=False, measured="12 of 9,300 failed"),
    ]
    return recording
