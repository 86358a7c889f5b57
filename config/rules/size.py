"""Task sizes, task counts and health checks: numbers that must fit each other."""

from __future__ import annotations

from collections.abc import Iterator

from config.errors import choices, shown
from config.model.service import Service
from config.rules.finding import Finding

GIB = 1024
# Fargate's sizes for Linux tasks, MiB for each CPU value:
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
MEMORY: dict[int, tuple[int, ...]] = {
    256: (512, 1 * GIB, 2 * GIB),
    512: tuple(range(1 * GIB, 4 * GIB + 1, GIB)),
    1024: tuple(range(2 * GIB, 8 * GIB + 1, GIB)),
    2048: tuple(range(4 * GIB, 16 * GIB + 1, GIB)),
    4096: tuple(range(8 * GIB, 30 * GIB + 1, GIB)),
    8192: tuple(range(16 * GIB, 60 * GIB + 1, 4 * GIB)),
    16384: tuple(range(32 * GIB, 120 * GIB + 1, 8 * GIB)),
}


def check_task_size(*, service: Service) -> Iterator[Finding]:
    """Memory is one of the sizes that Fargate has for the task's CPU.

    There is no rule about ARM64 on Fargate Spot: it is supported since platform version 1.4.0
    (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html).
    """
    cpu, memory = service.container.cpu, service.container.memory
    sizes = MEMORY[cpu]
    if memory in sizes:
        return
    fitting = [str(other) for other, those in MEMORY.items() if memory in those]
    yield Finding(
        keys=("container.memory", "container.cpu"),
        message=f"Fargate has no task of cpu = {cpu} with this memory.",
        given=shown(memory),
        allowed=f"For cpu = {cpu}: {_sizes(sizes)}",
        hint=f"This memory goes with cpu = {' or '.join(fitting)}." if fitting else "",
    )


def check_task_counts(*, service: Service) -> Iterator[Finding]:
    """min <= desired <= max, outside the peaks and within each."""
    scaling = service.scaling
    if scaling.min_tasks > scaling.max_tasks:
        yield Finding(
            keys=("scaling.min_tasks", "scaling.max_tasks"),
            message="There are more tasks at least than at most.",
            given=f"min_tasks = {scaling.min_tasks}, max_tasks = {scaling.max_tasks}",
            allowed="min_tasks <= desired_tasks <= max_tasks",
        )
    elif not scaling.min_tasks <= scaling.desired_tasks <= scaling.max_tasks:
        yield Finding(
            keys=("scaling.desired_tasks", "scaling.min_tasks", "scaling.max_tasks"),
            message="The desired number of tasks is outside its bounds.",
            given=shown(scaling.desired_tasks),
            allowed=f"{scaling.min_tasks} (min_tasks) to {scaling.max_tasks} (max_tasks)",
        )
    for index, peak in enumerate(scaling.peaks):
        if peak.min_tasks > peak.max_tasks:
            yield Finding(
                keys=(f"scaling.peaks.{index}.min_tasks",),
                message=f"The peak {peak.name} has more tasks at least than at most.",
                given=f"min_tasks = {peak.min_tasks}, max_tasks = {peak.max_tasks}",
                allowed="min_tasks <= max_tasks",
            )


def check_health_check(*, service: Service) -> Iterator[Finding]:
    """A check ends before the next begins.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
    """
    health = service.health_check
    if health.timeout_seconds >= health.interval_seconds:
        yield Finding(
            keys=("health_check.timeout_seconds", "health_check.interval_seconds"),
            message="A health check may take longer than the time to the next one.",
            given=shown(health.timeout_seconds),
            allowed=f"Less than interval_seconds, which is {health.interval_seconds}.",
        )


def _sizes(sizes: tuple[int, ...]) -> str:
    if len(sizes) <= 8:
        return choices(sizes)
    return f"{sizes[0]} to {sizes[-1]} MiB in steps of {sizes[1] - sizes[0]}"
