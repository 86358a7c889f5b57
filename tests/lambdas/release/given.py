"""What the tests give: CloudFormation's events, requests, deployments and snapshots."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from lambdas.release.request import Asked, asked
from lambdas.release.snapshot import (
    Deployment,
    LifecycleEvent,
    Primary,
    ServiceState,
    Snapshot,
    Status,
)

STARTED = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STACK = "arn:aws:cloudformation:ap-southeast-1:123456789012:stack/storefront/1"
PHYSICAL_ID = "pase/storefront/release"
DIGEST = "sha256:" + "ab" * 32
REQUEST = "7f2c1f0e-9a3b-4c5d-8e6f-000000000001"
OLD = "arn:aws:ecs:ap-southeast-1:123456789012:task-definition/storefront:12"
NEW = "arn:aws:ecs:ap-southeast-1:123456789012:task-definition/storefront:13"
MOVED = ("BeforeInstall", "Install", "AfterInstall", "AllowTestTraffic", "AfterAllowTestTraffic")


def properties(task_definition: str = NEW, **change: Any) -> dict[str, Any]:
    """The properties of the resource as CloudFormation gives them."""
    return {
        "ServiceToken": "arn:aws:lambda:ap-southeast-1:123456789012:function:release",
        "ServiceTimeout": "3600",
        "Cluster": "pase",
        "Service": "storefront",
        "Application": "storefront",
        "DeploymentGroup": "storefront",
        "TaskDefinition": task_definition,
        "Image": f"111111111111.dkr.ecr.ap-southeast-1.amazonaws.com/storefront@{DIGEST}",
        "ContainerName": "app",
        "ContainerPort": "8080",
        "HookFunction": "arn:aws:lambda:ap-southeast-1:123456789012:function:checks",
        "Capacity": '[{"CapacityProvider": "FARGATE", "Weight": 1, "Base": 1}]',
        "Subnets": ["subnet-b", "subnet-a"],
        "SecurityGroups": ["sg-1"],
        "InstallMinutes": "40",
        "BakeMinutes": "10",
        "TimeoutMinutes": "40",
        "Repeat": "0",
        "ChecksParameter": "/pase/storefront/release-checks",
        "AskedParameter": "/pase/storefront/task-definition",
    } | change


def event(
    kind: str = "Update",
    *,
    url: str = "http://127.0.0.1:1/",
    request_id: str = REQUEST,
    wanted: dict[str, Any] | None = None,
    old: dict[str, Any] | None = None,
    **change: Any,
) -> dict[str, Any]:
    """CloudFormation's event."""
    made: dict[str, Any] = {
        "RequestType": kind,
        "ResponseURL": url,
        "StackId": STACK,
        "RequestId": request_id,
        "ResourceType": "Custom::Release",
        "LogicalResourceId": "Release",
        "ResourceProperties": wanted or properties(),
    }
    if kind != "Create":
        made["PhysicalResourceId"] = PHYSICAL_ID
    if kind == "Update":
        made["OldResourceProperties"] = old or properties(OLD)
    return made | change


def request(**arguments: Any) -> Asked:
    """The request of an event."""
    return asked(event(**arguments), started_at=STARTED)


def lifecycle(
    *, moved_at: datetime | None = None, failed: str | None = None, diagnostics: str = ""
) -> tuple[LifecycleEvent, ...]:
    """Lifecycle events up to AllowTraffic that ended at `moved_at`, or to the one that `failed`."""
    events = []
    for name in (*MOVED, "BeforeAllowTraffic", "AllowTraffic"):
        if name == failed:
            events.append(LifecycleEvent(name=name, status="Failed", diagnostics=diagnostics))
            break
        if name == "AllowTraffic" and moved_at is None:
            events.append(LifecycleEvent(name=name, status="InProgress"))
            break
        events.append(LifecycleEvent(name=name, status="Succeeded", ended_at=moved_at))
    return tuple(events)


def deployment(id: str = "d-MINE", status: str = "InProgress", **change: Any) -> Deployment:
    """A deployment, of this request unless said otherwise."""
    given: dict[str, Any] = {
        "id": id,
        "status": Status(status),
        "created_at": STARTED,
        "request_id": REQUEST if id == "d-MINE" else None,
    }
    return Deployment(**given | change)


def snapshot(
    *deployments: Deployment,
    minutes: float = 1,
    serves: str | None = OLD,
    status: str | None = "ACTIVE",
    **primary: Any,
) -> Snapshot:
    """What is seen some minutes after the start; `serves` is PRIMARY's task definition."""
    service = (
        None
        if status is None
        else ServiceState(
            status=status,
            primary=None if serves is None else Primary(task_definition=serves, **primary),
        )
    )
    return Snapshot(now=STARTED + minutes * MINUTE, service=service, deployments=tuple(deployments))
