"""ECS's own records in moto: what no call of the API writes, and DescribeServices shows.

Counts, DRAINING, who started a set:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html. moto runs in this
process; its backend is read and written directly, which also costs no call.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from moto.ecs.models import Task, ecs_backends

from .fleet import TaskCounts


def services(account: str, region: str) -> Iterator[Any]:
    """The records of all services with the CODE_DEPLOY controller, INACTIVE ones too."""
    return (
        record
        for record in ecs_backends[account][region].services.values()
        if record.deployment_controller["type"] == "CODE_DEPLOY"
    )


def optional_parameters(record: Any) -> dict[str, Any]:
    """CreateTaskSet's optional parameters as a service or a task set has them.

    moto keeps no capacity provider strategy of a service, so the first task set has none.
    """
    found = {
        "networkConfiguration": record.network_configuration,
        "capacityProviderStrategy": getattr(record, "capacity_provider_strategy", None),
        "platformVersion": record.platform_version,
    }
    return {name: value for name, value in found.items() if value}


def write_task_set(
    record: Any,
    *,
    status: str,
    started_by: str,
    scale: float,
    desired: int,
    counts: TaskCounts,
    steady: bool,
) -> None:
    """Note how a task set is."""
    record.status = status
    # What is empty in moto is missing in AWS.
    record.started_by = started_by or None
    record.external_id = record.external_id or None
    record.scale = {"value": scale, "unit": "PERCENT"}
    record.computed_desired_count = desired
    record.running_count = counts.running
    record.pending_count = counts.pending
    record.stabilityStatus = "STEADY_STATE" if steady else "STABILIZING"


def write_service(record: Any, counts: Sequence[TaskCounts]) -> None:
    """Note the tasks of all its sets."""
    record.running_count = sum(one.running for one in counts)
    record.pending_count = sum(one.pending for one in counts)


def add_stopped_task(service: Any, *, task_definition: str, started_by: str, reason: str) -> None:
    """Note a task of a service that has ended by itself."""
    backend = service._backend
    # Without awsvpc: moto would make a network interface for the task that has ended.
    definition = copy.copy(backend.describe_task_definition(task_definition))
    definition.network_mode = "none"
    task = Task(
        backend.clusters[service.cluster_name],
        definition,
        None,
        None,
        backend=backend,
        group=f"service:{service.name}",
        launch_type="FARGATE",
        started_by=started_by,
    )
    task.last_status = task.desired_status = "STOPPED"
    task.stopped_reason = reason
    backend.tasks.setdefault(service.cluster_name, {})[task.task_arn] = task
