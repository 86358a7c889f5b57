"""One release as it would be played: a plan gives samples, deployments and their events."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from rehearsal.recording import Colour, ColourSample, DeploymentRecord, LifecycleEvent, Sample

ALARM = "storefront-prod-ErrorRate"
PLACES = {
    "dev": ("222222222222", "all at once", 1, 30),
    "staging": ("333333333333", "canary 20 % / 5 min", 2, 30),
    "prod": ("444444444444", "canary 20 % / 5 min", 3, 300),
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """When things happen to one release: seconds of real time since the recording began."""

    version: str
    begins: float
    allow: float
    moved: float | None
    ends: float
    share: float = 0.2
    bad: bool = False


def succeeded(plan: Plan, name: str) -> DeploymentRecord:
    """A deployment to green that ended well, with hot standby."""
    moved = plan.moved or plan.allow
    return DeploymentRecord(
        id=name,
        version=plan.version,
        colour="green",
        status="Succeeded",
        start=plan.begins + 1,
        end=plan.ends,
        moved=moved,
        events=list(_events(plan, until=moved)),
    )


def stopped_by_alarm(plan: Plan) -> tuple[DeploymentRecord, DeploymentRecord]:
    """A deployment to green that an alarm stopped during AllowTraffic, and its rollback."""
    events = [*_events(plan, until=plan.ends)]
    events[6].status, events[7] = (
        "Failed",
        LifecycleEvent(name="AfterAllowTraffic", status="Skipped"),
    )
    stopped = DeploymentRecord(
        id="d-PRO4BAD01",
        version=plan.version,
        colour="green",
        status="Stopped",
        start=plan.begins + 1,
        end=plan.ends,
        error="ALARM_ACTIVE: One or more alarms have been activated according to the Amazon "
        "CloudWatch metrics you selected, and the affected deployments have been stopped. "
        f"Activated alarms: <{ALARM}>",
        events=events,
    )
    names = [one.name for one in events]
    rollback = DeploymentRecord(
        id="d-PRO4BACK2",
        version="v1",
        colour="blue",
        status="Succeeded",
        start=plan.ends,
        end=plan.ends + 0.8,
        rollback_of=stopped.id,
        events=[
            LifecycleEvent(name=one, status="Succeeded", start=plan.ends, end=plan.ends + 0.8)
            if one == "AllowTraffic"
            else LifecycleEvent(name=one, status="Skipped")
            for one in names
        ],
    )
    return stopped, rollback


def _events(plan: Plan, *, until: float) -> Iterator[LifecycleEvent]:
    at = plan.begins + 1
    before = plan.allow - at
    for name, length in (
        ("BeforeInstall", 0.05),
        ("Install", 0.62 * before),
        ("AfterInstall", 0.05),
        ("AllowTestTraffic", 0.3),
        ("AfterAllowTestTraffic", 0.2 * before),
        ("BeforeAllowTraffic", max(0.18 * before - 0.4, 0.1)),
        ("AllowTraffic", until - plan.allow),
        ("AfterAllowTraffic", 0.05),
    ):
        yield LifecycleEvent(name=name, status="Succeeded", start=at, end=at + length)
        at = plan.allow if name == "BeforeAllowTraffic" else at + length


def samples(name: str, plan: Plan, *, seconds: int, seed: int) -> list[Sample]:
    """A sample for each second: who answers follows the plan."""
    random_ = random.Random(seed)
    _, _, tasks, rate = PLACES[name]
    found: list[Sample] = []
    for second in range(seconds):
        weight = _weight(plan, second)
        requests = max(round(random_.gauss(rate, rate**0.5 / 2)), 0)
        green = sum(random_.random() < weight / 100 for _ in range(requests))
        failed = sum(random_.random() < 0.5 for _ in range(green)) if plan.bad else 0
        p50 = round(random_.gauss(3.4, 0.25), 3)
        found.append(
            Sample(
                at=float(second),
                requests=requests,
                failed=failed,
                p50=p50,
                p99=round(p50 * random_.uniform(2.5, 5) * (3 if failed else 1), 3),
                blue=_colour(
                    "blue",
                    plan,
                    second,
                    tasks=tasks,
                    weight=100 - weight,
                    answered=requests - green,
                ),
                green=_colour("green", plan, second, tasks=tasks, weight=weight, answered=green),
                desired=tasks,
                alarms=(ALARM,) if plan.bad and 33 <= second < 52 else (),
            )
        )
    return found


def _weight(plan: Plan, second: float) -> float:
    if second < plan.allow or (plan.moved is None and second >= plan.ends):
        return 0.0
    if plan.moved is not None and second >= plan.moved:
        return 100.0
    return 100 * plan.share


def _colour(
    colour: Colour, plan: Plan, second: int, *, tasks: int, weight: float, answered: int
) -> ColourSample:
    gone = plan.moved is not None and second >= plan.ends
    if colour == "blue":
        there = 0 if gone else tasks
        return ColourSample(
            weight=weight,
            answered=answered,
            healthy=there,
            tasks=there,
            version="" if gone else "v1",
        )
    began = second >= plan.begins + 2 and (plan.moved is not None or second < plan.ends + 2)
    there = tasks if began else 0
    healthy = there if second >= plan.begins + 7 else 0
    if plan.version == "v2" and tasks == 3 and 120 <= second < 125:
        healthy -= 1
    return ColourSample(
        weight=weight,
        answered=answered,
        healthy=max(healthy, 0),
        tasks=there,
        version=plan.version if began else "",
    )
