"""Secrets, deployments and states that the tests of decisions begin with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from lambdas.rollback.served import Deployment
from lambdas.secret_redeployment.decision import Serving, State
from lambdas.secret_redeployment.injected import Injected

ARN = "arn:aws:ecs:eu-west-1:111111111111:task-definition/shop:7"
NOON = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """Minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def secret(
    since: float, *, name: str = "database", version: str = "v2", rotating: bool = False
) -> Injected:
    """A secret whose version is current since so many minutes after noon."""
    return Injected(
        arn=f"arn:aws:secretsmanager:eu-west-1:111111111111:secret:pase/shop/{name}-Abc123",
        name=f"pase/shop/{name}",
        current=version,
        after=at(since) - timedelta(seconds=1),
        since=at(since),
        rotating=rotating,
    )


def restart(created: float, *secrets: Injected, status: str = "Failed", **more: Any) -> Deployment:
    """A restart for those secrets. It has ended after ten minutes, unless it is active."""
    active = status in ("Created", "InProgress", "Ready")
    names = " ".join(one.fingerprint for one in secrets)
    values: dict[str, Any] = {
        "id": f"d-{created:g}",
        "status": status,
        "created": at(created),
        "completed": None if active else at(created + 10),
        "description": f"pase restart of shop for rotated secrets [{names}]",
        "task_definition": ARN,
        **more,
    }
    return Deployment(**values)


def release(created: float, *, status: str = "Succeeded", **more: Any) -> Deployment:
    """A release of the stack."""
    return restart(created, status=status, description="pase release sha256:1 request 1", **more)


def state(*secrets: Injected, serving: float = -600, now: float, **more: Any) -> State:
    """A service whose tasks are from ten hours before noon."""
    values: dict[str, Any] = {
        "service": "shop",
        "serving": Serving(task_definition=ARN, created=at(serving)),
        "secrets": secrets,
        "now": at(now),
        **more,
    }
    return State(**values)
