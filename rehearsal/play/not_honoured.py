"""What the templates say and the rehearsal does not do, or does differently: all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..recording import NotHonoured
from .environment import Environment
from .world import World

DIFFERENT = (
    ("listeners", "TLS and certificates", "they speak plain HTTP on this machine's loopback"),
    (
        "network",
        "security groups, subnets, zones",
        "processes of one machine reach each other; nothing filters packets",
    ),
    (
        "tasks",
        "image, CPU and memory limits, Fargate Spot, container health check",
        "a task is a process of the service's own command, checked by the load balancer alone",
    ),
    (
        "functions",
        "architecture, memory, runtime version, VPC",
        "a function is a process of this Python, in the package that would be deployed",
    ),
    (
        "databases",
        "Aurora, its certificate",
        "a PostgreSQL an environment, behind a TLS front with a certificate of the rehearsal's own",
    ),
    (
        "secrets",
        "schedules of days, resource policies",
        "Secrets Manager's dates are real, as functions' clocks are; policies are only kept",
    ),
    (
        "time",
        "what processes do",
        "only AWS's own waiting is faster; requests, functions and tasks take the time they take",
    ),
    ("IAM", "policies", "calls are not refused; tests compare them with the policies"),
)
"""Where, what, why: true of every rehearsal."""


@dataclass(frozen=True, kw_only=True)
class _Found:
    environment: str
    what: str
    why: str


def not_honoured(world: World) -> list[NotHonoured]:
    """Everything, the same thing of several environments once. Under ``turn``."""
    found: dict[tuple[str, str], list[str]] = {}
    for environment in world.environments:
        for one in _of(environment):
            found.setdefault((one.what, one.why), []).append(one.environment)
    return [
        *(NotHonoured(where=where, what=what, why=why) for where, what, why in DIFFERENT),
        *(
            NotHonoured(where=", ".join(dict.fromkeys(where)), what=what, why=why)
            for (what, why), where in found.items()
        ),
    ]


def _of(environment: Environment) -> Iterator[_Found]:
    name, parts = environment.name, environment.parts
    for stack in environment.plan.left_out:
        bare = stack.removeprefix(f"{environment.plan.stage}-")
        yield _Found(
            environment=name,
            what=f"stack {bare}",
            why="not deployed: it is not on the release path, and its outputs are made up",
        )
    for region in environment.plan.other_regions:
        yield _Found(
            environment=name, what=f"Region {region}", why="only the first Region is played"
        )
    for one in (*environment.plan.stacks, environment.plan.service_stack):
        for missing in parts.cloudformation.stack(one.stack_name).not_honoured:
            yield _Found(environment=name, what=missing.type, why=missing.why)
    for variable in sorted(parts.function_environment.moved):
        label = variable.split(" ")[0]
        yield _Found(
            environment=name,
            what=f"the function variable {label}",
            why="names the listener's address on this machine",
        )
    for what, why in (*parts.alarms.unhonoured, *parts.rules.unhonoured):
        yield _Found(environment=name, what=what, why=why)
