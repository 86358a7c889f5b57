"""Decides which target group is live. Pure: no I/O.

The PRIMARY task set is the one that serves production traffic, and during a shift it is still the
one that a rollback goes back to
(https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html). Weights are not
looked at: in the middle of a shift no group alone is right, and this one is never empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class InvalidRequest(ValueError):
    """The event cannot be used; the message is meant for the template's author."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The service, and the two target groups that it may be behind (ARNs)."""

    cluster: str
    service: str
    blue: str
    green: str


@dataclass(frozen=True, kw_only=True)
class TaskSet:
    """A task set's status, and the target group its tasks are registered in; None: in none."""

    status: str
    target_group: str | None


@dataclass(frozen=True, kw_only=True)
class ServiceState:
    """An ECS service. `target_group` is the one it was created with; None: it has none."""

    status: str
    target_group: str | None
    task_sets: tuple[TaskSet, ...]


@dataclass(frozen=True, kw_only=True)
class Live:
    """The live group, and why it is this one."""

    target_group: str
    reason: str


class NotKnown(Exception):
    """The service is there, and nothing says where its tasks are. A guess might cut users off."""


def find_live(asked: Asked, service: ServiceState | None) -> Live:
    """Return which group is live. `service` None: ECS knows no such service, or no such cluster.

    Without a service that is ACTIVE it is blue, in which one is created. Raises `NotKnown`.
    """
    if service is None or service.status != "ACTIVE":
        what = "does not exist" if service is None else f"is {service.status}"
        return Live(
            target_group=asked.blue,
            reason=f"service {asked.service} {what}: it will be created in blue",
        )
    primary = next((each for each in service.task_sets if each.status == "PRIMARY"), None)
    if primary is not None and primary.target_group is not None:
        return _live(asked, primary.target_group, f"{asked.service}'s PRIMARY task set is in it")
    if not service.task_sets and service.target_group is not None:
        return _live(asked, service.target_group, f"{asked.service} was created in it")
    raise NotKnown(
        f"Service {asked.service} in cluster {asked.cluster} has "
        f"{len(service.task_sets)} task sets and none that is PRIMARY with a target group, so "
        "it is not known where its users are. Look at the service's task sets in the ECS console "
        "and let the deployment under way end, then deploy this stack again."
    )


def parse(properties: object) -> Asked:
    """Return what a resource's properties ask, or raise `InvalidRequest`."""
    if not isinstance(properties, Mapping):
        raise InvalidRequest("the request has no ResourceProperties")
    return Asked(
        cluster=_text(properties, "Cluster"),
        service=_text(properties, "Service"),
        blue=_text(properties, "BlueTargetGroup"),
        green=_text(properties, "GreenTargetGroup"),
    )


def _live(asked: Asked, target_group: str, why: str) -> Live:
    colour = {asked.blue: "blue", asked.green: "green"}.get(target_group)
    if colour is None:
        why += f"; WARNING: it is neither blue ({asked.blue}) nor green ({asked.green})"
    return Live(target_group=target_group, reason=f"{colour or target_group} is live: {why}")


def _text(properties: Mapping[str, Any], name: str) -> str:
    value = properties.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidRequest(f"{name} must be a text that is not empty, got {value!r}")
    return value
