"""States of a service, as a test writes them down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from lambdas.rollback.ports import TaskDefinition
from lambdas.rollback.served import Deployment
from ops.service_state import Colour, LifecycleEvent, Progress, ServiceState, Shift

START = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
EVENTS = (
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
)
CANARY = Shift(kind="TimeBasedCanary", percent=20, minutes=5)
LINEAR = Shift(kind="TimeBasedLinear", percent=25, minutes=3)


def minutes(number: float) -> datetime:
    return START + timedelta(minutes=number)


def definition(number: int) -> TaskDefinition:
    digest = f"{number:x}" * 64
    return TaskDefinition(
        arn=f"arn:aws:ecs:ap-southeast-1:444444444444:task-definition/shop:{number}",
        active=True,
        image=f"123456789012.dkr.ecr.ap-southeast-1.amazonaws.com/pase/shop@sha256:{digest}",
    )


def events(*, done: str = "", running: str = "", failed: str = "") -> Sequence[LifecycleEvent]:
    """All events, a minute each from `START` on; those up to `done` have succeeded."""
    found = []
    past = EVENTS.index(done) + 1 if done else 0
    for index, name in enumerate(EVENTS):
        status = "Succeeded" if index < past else "Pending"
        status = {running: "InProgress", failed: "Failed"}.get(name, status)
        begun = status != "Pending"
        ended = status in ("Succeeded", "Failed")
        found.append(
            LifecycleEvent(
                name=name,
                status=status,
                started=minutes(index) if begun else None,
                ended=minutes(index + 1) if ended else None,
                message="it broke" if status == "Failed" else "",
            )
        )
    return found


def progress(
    status: str = "InProgress", *, of: int = 2, shift: Shift = CANARY, **change: Any
) -> Progress:
    about = {
        "id": "d-1",
        "status": status,
        "created": START,
        "task_definition": definition(of).arn,
        **change.pop("deployment", {}),
    }
    values: dict[str, Any] = {
        "deployment": Deployment(**about),
        "events": events(),
        "green": "green",
        "shift": shift,
        "approval_minutes": 15,
        "stops_without_approval": True,
        "bake_minutes": 10,
        "standby_minutes": 60,
        **change,
    }
    return Progress(**values)


def colours(blue: int, green: int, *, tasks: int = 3) -> Sequence[Colour]:
    return [
        Colour(name=name, target_group=f"shop-{name}", weight=weight, healthy=tasks, targets=tasks)
        for name, weight in (("blue", blue), ("green", green))
    ]


def service(*, serving: int = 1, asked: int | None = 1, **change: Any) -> ServiceState:
    values: dict[str, Any] = {
        "service": "shop",
        "serving": definition(serving),
        "asked": definition(asked) if asked is not None else None,
        "live": "blue",
        "colours": colours(100, 0),
        "alarms": {"shop-BlueErrorRate": "OK"},
        **change,
    }
    return ServiceState(**values)
