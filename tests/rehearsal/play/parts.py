"""Plans of the session's synthesized templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from assembly.read import Assembly
from config.model.configuration import Configuration
from rehearsal.play.plan import Plan, make_plans

from ..scenario.files import ROOT, configuration


def plans_of(
    found: Assembly,
    *,
    service: str | None = None,
    environments: Sequence[str] | None = None,
    changed: Configuration | None = None,
) -> list[Plan]:
    """Of the shipped configuration, or of a changed one."""
    return make_plans(
        changed or configuration(), found, root=ROOT, service=service, environments=environments
    )


def with_containers(**changed: Any) -> Configuration:
    """The shipped configuration with something else in every service's container."""
    shipped = configuration()
    environments = []
    for one in shipped.environments:
        services = {}
        for name, service in one.services.items():
            container = service.container.model_copy(update=changed)
            services[name] = service.model_copy(update={"container": container})
        environments.append(replace(one, services=services))
    return replace(shipped, environments=tuple(environments))
