"""Fills in what a scenario's file leaves to the configuration and to what happened before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from config.model.service import Service

from .model import FIRST_VERSION, Action, Scenario, ScenarioFile, Step


def filled(
    file: ScenarioFile, *, name: str, road: Sequence[str], services: Mapping[str, Service]
) -> Scenario:
    """The scenario, complete. The file has passed the rules."""
    opened = file.environments or tuple(road)
    service = file.service or next(
        name for name, one in services.items() if one.container.local_command
    )
    paths = file.users.paths or _paths(services[service])
    serving = dict.fromkeys(opened, FIRST_VERSION)
    return Scenario(
        name=name,
        title=file.title,
        description=file.description,
        factor=file.factor,
        long=file.long,
        environments=opened,
        service=service,
        users=file.users.model_copy(update={"paths": paths}),
        versions=file.versions,
        steps=tuple(_step(one, opened, serving) for one in file.steps),
    )


def _paths(service: Service) -> tuple[str, ...]:
    asked = [
        one.path
        for one in service.checks
        if one.method == "GET" and one.path != service.health_check.path
    ]
    return tuple(dict.fromkeys(asked)) or ("/",)


def _step(step: Step, opened: Sequence[str], serving: dict[str, str]) -> Step:
    """The step, complete; ``serving`` (environment -> version) becomes what is so after it."""
    to = step.to or opened[-1]
    at = (step.at or opened[-1]) if step.outcome == "failed" else None
    last = at or to
    serves = step.serves or (serving[last] if at else step.release)
    for environment in opened[: opened.index(last)]:
        serving[environment] = step.release
    serving[last] = serves
    actions = tuple(_action(one, last) for one in step.actions)
    return step.model_copy(update={"to": to, "at": at, "serves": serves, "actions": actions})


def _action(action: Action, environment: str) -> Action:
    return action.model_copy(update={"environment": action.environment or environment})
