"""Recordings like those of a real rehearsal, made up without one; the same numbers every time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from rehearsal.recording import (
    Colour,
    ColourSample,
    DeploymentRecord,
    EnvironmentRecord,
    Expectation,
    Gate,
    LifecycleEvent,
    Mark,
    NotHonoured,
    Recording,
    Rehearsal,
    Release,
    Sample,
)

FACTOR = 20.0
ALARM = "storefront-prod-ErrorRate"
PLACES = {
    "dev": ("222222222222", "all at once", 1, 30),
    "staging": ("333333333333", "canary 20 % / 5 min", 2, 30),
    "prod": ("444444444444", "canary 20 % / 5 min", 3, 300),
}
REASON = (
    "The following resource(s) failed to update: [StorefrontServiceRelease1B2C3D4E].\n"
    "StorefrontServiceRelease1B2C3D4E: Received response status [FAILED] from custom resource. "
    "Message returned: v4 was taken back, v1 serves.\n"
    "  CodeDeploy: One or more alarms have been activated according to the Amazon CloudWatch "
    "metrics you selected, and the affected deployments have been stopped. "
    f"Activated alarms: <{ALARM}>"
)


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


def environment(name: str) -> EnvironmentRecord:
    """An environment without anything in it."""
    account, strategy, _, _ = PLACES[name]
    return EnvironmentRecord(
        name=name,
        account=account,
        region="ap-southeast-1",
        service="storefront",
        strategy=strategy,
    )


def good_release() -> Recording:
    """v2 goes through three environments; a green task is killed in Prod, nobody notices."""
    recording = Recording(
        scenario="good-release",
        title="A good release reaches Prod and no request fails",
        description="v2 goes down the whole road. In Prod one of its tasks is killed while it has "
        "20 % of the traffic: ECS replaces it, and no user notices.",
        factor=FACTOR,
        began="2025-11-26T02:42:35+00:00",
        seconds=196.0,
        expectations=[
            Expectation(text="v2 is released in prod", held=True, measured="released after 93 s"),
            Expectation(text="No request fails", held=True, measured="0 of 63,412"),
            Expectation(
                text="Green's share is within 2 percentage points of its weight",
                held=True,
                measured="at most 1.1 points away, at 20 %",
            ),
        ],
        gates=[
            Gate(
                name="release checks",
                environment="dev",
                version="v2",
                at=14,
                passed=True,
                detail="4 of 4 checks passed",
            ),
            Gate(
                name="smoke",
                environment="dev",
                version="v2",
                at=31,
                passed=True,
                detail="/health 200, / 200",
            ),
            Gate(
                name="release checks",
                environment="staging",
                version="v2",
                at=47,
                passed=True,
                detail="4 of 4 checks passed",
            ),
            Gate(
                name="acceptance",
                environment="staging",
                version="v2",
                at=93,
                passed=True,
                detail="12 of 12 passed",
            ),
            Gate(
                name="approval",
                environment="prod",
                version="v2",
                at=97,
                passed=True,
                detail="approved in the pipeline",
            ),
            Gate(
                name="release checks",
                environment="prod",
                version="v2",
                at=111,
                passed=True,
                detail="4 of 4 checks passed",
            ),
        ],
    )
    plans = {
        "dev": Plan(version="v2", begins=5, allow=16, moved=16.5, ends=30, share=1.0),
        "staging": Plan(version="v2", begins=36, allow=50, moved=65.5, ends=90),
        "prod": Plan(version="v2", begins=98, allow=113, moved=128.5, ends=191),
    }
    for name, plan in plans.items():
        record = environment(name)
        record.releases.append(
            Release(version="v2", result="released", start=plan.begins, end=plan.ends + 0.8)
        )
        record.deployments.append(succeeded(plan, f"d-{name.upper()[:3]}7K2M9Q"))
        record.marks += [
            Mark(at=plan.begins, kind="deploy", text=f"{name}: the stack's update to v2 began"),
            Mark(at=plan.begins + 0.4, kind="scaling", text="scaling was suspended"),
            Mark(at=plan.allow, kind="traffic", text=f"green gets {plan.share:.0%}"),
            Mark(at=plan.moved or 0, kind="traffic", text="green gets 100%"),
            Mark(at=plan.ends + 0.5, kind="scaling", text="scaling was resumed"),
            Mark(at=plan.ends + 0.8, kind="done", text=f"{name}: v2 serves"),
        ]
        record.samples += samples(name, plan, seconds=196, seed=len(name))
        recording.environments.append(record)
    recording.environments[2].marks += [
        Mark(at=97, kind="approval", text="The release to Prod was approved in the pipeline"),
        Mark(at=120, kind="action", text="The scenario killed one task of green"),
        Mark(at=120.4, kind="task", text="A task of green ended by itself: exit code 137"),
        Mark(
            at=192,
            kind="message",
            text="prod: v2 of storefront was released, users were not affected",
        ),
    ]
    return recording


def taken_back() -> Recording:
    """v4 fails half of its requests under load; in Prod an alarm takes it back at 20 %."""
    plan = Plan(version="v4", begins=8, allow=24, moved=None, ends=33.4, bad=True)
    prod = environment("prod")
    prod.releases.append(Release(version="v4", result="failed", start=8, end=41.2, reason=REASON))
    stopped, rollback = stopped_by_alarm(plan)
    prod.deployments += [stopped, rollback]
    prod.marks += [
        Mark(at=8, kind="deploy", text="prod: the stack's update to v4 began"),
        Mark(at=24, kind="traffic", text="green gets 20%"),
        Mark(at=33, kind="alarm", text=f"{ALARM} is in ALARM: 9.7 % of the requests failed"),
        Mark(at=33.4, kind="rollback", text="CodeDeploy stopped d-PRO4BAD01 and takes v4 back"),
        Mark(at=33.5, kind="traffic", text="blue gets 100%"),
        Mark(
            at=34.6,
            kind="message",
            text="prod: v4 of storefront was rolled back, old version serves\n"
            "Why: the alarm storefront-prod-ErrorRate went off.\n"
            "Users saw errors for 9 seconds: about 270 requests failed.\n"
            "What to do: read the logs of v4, then release a new version.\n"
            "Nothing has to be done for users: v1 serves all of them.",
        ),
        Mark(at=41.2, kind="failed", text="prod: the stack's update failed and was rolled back"),
        Mark(at=52, kind="alarm", text=f"{ALARM} is OK"),
    ]
    prod.samples += samples("prod", plan, seconds=60, seed=11)
    staging = environment("staging")
    calm = Plan(version="v4", begins=900, allow=900, moved=None, ends=900)
    staging.samples += samples("staging", calm, seconds=60, seed=3)
    failed = sum(one.failed for one in prod.samples)
    return Recording(
        scenario="bad-under-load",
        title="A release that is bad under load is taken back",
        description="v4 answers half of its requests with 500 once users come. The alarm on "
        "failed requests stops it at the 20 % step, and v1 serves everybody again.",
        factor=FACTOR,
        began="2025-11-26T02:46:02+00:00",
        seconds=60.0,
        environments=[staging, prod],
        expectations=[
            Expectation(
                text="v4 fails in prod, and the reason names ErrorRate",
                held=True,
                measured=f"failed: Activated alarms: <{ALARM}>",
            ),
            Expectation(text="v1 serves afterwards", held=True, measured="v1 on blue, 100 %"),
            Expectation(
                text="At most 1.5 % of the requests fail",
                held=failed <= 0.015 * sum(one.requests for one in prod.samples),
                measured=f"{failed} failed",
            ),
            Expectation(
                text="After the decision nobody is answered by green later than 1.0 s",
                held=True,
                measured="0.3 s",
            ),
        ],
        gates=[
            Gate(
                name="release checks",
                environment="prod",
                version="v4",
                at=22,
                passed=True,
                detail="4 of 4 checks passed",
            ),
        ],
    )


def rehearsal(*recordings: Recording) -> Rehearsal:
    """A run of the command with these recordings."""
    return Rehearsal(
        platform="acme",
        began="2025-11-26T02:42:35+00:00",
        command="make rehearse",
        parts={
            "Caddy": "2.10.2",
            "PostgreSQL": "16.4",
            "Python": "3.11.2",
            "Machine": "Linux x86_64, 2 cores",
        },
        recordings=list(recordings),
        not_honoured=[
            *[
                NotHonoured(
                    where=f"{name}: AWS::ElasticLoadBalancingV2::Listener {port}",
                    what="TLS on the listener",
                    why="The rehearsal's users speak HTTP: no certificate of this domain is here",
                )
                for name in PLACES
                for port in ("443", "8443")
            ],
            NotHonoured(
                where="prod: AWS::ECS::TaskDefinition storefront",
                what="Cpu 1024, Memory 2048",
                why="A process of this machine is not limited",
            ),
        ],
    )


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


def long_rehearsal(scenarios: int, seconds: int) -> Rehearsal:
    """Many scenarios of three environments with a release each: as large as a report gets.

    All of them hold the same samples: to make up others for each would take longer than the report.
    """
    plan = Plan(version="v2", begins=5, allow=60, moved=200, ends=seconds - 20)
    recorded = {name: samples(name, plan, seconds=seconds, seed=7) for name in PLACES}
    recordings = [good_release() for _ in range(scenarios)]
    for index, recording in enumerate(recordings):
        recording.scenario = f"long-{index}"
        recording.seconds = float(seconds)
        for record in recording.environments:
            record.samples = recorded[record.name]
            record.deployments = [succeeded(plan, f"d-LONG{index}")]
            record.releases[0].start, record.releases[0].end = 5, seconds - 19
    return rehearsal(*recordings)
