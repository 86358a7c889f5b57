"""Recordings like those of a real rehearsal, made up without one; the same numbers every time."""

from __future__ import annotations

from rehearsal.recording import (
    EnvironmentRecord,
    Expectation,
    Gate,
    Mark,
    NotHonoured,
    Recording,
    Rehearsal,
    Release,
)

from .played import ALARM, PLACES, Plan, samples, stopped_by_alarm, succeeded

FACTOR = 20.0
REASON = (
    "The following resource(s) failed to update: [StorefrontServiceRelease1B2C3D4E].\n"
    "StorefrontServiceRelease1B2C3D4E: Received response status [FAILED] from custom resource. "
    "Message returned: v4 was taken back, v1 serves.\n"
    "  CodeDeploy: One or more alarms have been activated according to the Amazon CloudWatch "
    "metrics you selected, and the affected deployments have been stopped. "
    f"Activated alarms: <{ALARM}>"
)


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
