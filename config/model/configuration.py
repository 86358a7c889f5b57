"""The whole configuration, resolved: what every stage of the road is built from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from config.model.environment import Environment, RegionalCell
from config.model.platform import Platform
from config.model.service import Service


@dataclass(frozen=True, kw_only=True)
class EnvironmentConfiguration:
    """One environment with its services as it sees them (name -> service, in name order)."""

    name: str
    environment: Environment
    services: Mapping[str, Service]

    @property
    def regions(self) -> tuple[RegionalCell, ...]:
        """The Regions; the first is the environment's home."""
        return self.environment.regions


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """The platform and its environments in road order."""

    platform: Platform
    environments: tuple[EnvironmentConfiguration, ...]

    def environment(self, name: str) -> EnvironmentConfiguration:
        """The environment of that name; ``KeyError`` when the road has none."""
        for candidate in self.environments:
            if candidate.name == name:
                return candidate
        raise KeyError(name)
