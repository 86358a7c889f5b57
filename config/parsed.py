"""Everything that could be read, with its origin: what the rules look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.keys import Table, decides, join
from config.model.environment import Environment
from config.model.platform import Platform
from config.model.service import Service

PLATFORM_FILE = "config/platform.toml"
ENVIRONMENTS_FOLDER = "config/environments"
SERVICES_FOLDER = "config/services"


def environment_file(name: str) -> str:
    """The file of the environment of that name, relative to the repository's root."""
    return f"{ENVIRONMENTS_FOLDER}/{name}.toml"


def service_file(name: str) -> str:
    """The file of the service of that name, relative to the repository's root."""
    return f"{SERVICES_FOLDER}/{name}.toml"


@dataclass(frozen=True, kw_only=True)
class ServiceFile:
    """A service's file, apart: the base and each environment's table."""

    name: str
    base: Table
    overrides: Mapping[str, Table]

    @property
    def file(self) -> str:
        """The file, relative to the repository's root."""
        return service_file(self.name)

    def written(self, *, environment: str, keys: tuple[str, ...]) -> str:
        """Where in the file a person changes what the environment sees.

        ``keys`` are those that take part, the most important first: the first one that the
        environment's own table sets, else the first.
        """
        override = self.overrides.get(environment, {})
        for key in keys:
            if decided := decides(override, key):
                return f"{join('environments', environment)}.{decided}"
        return keys[0]


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """What could be read of a configuration; what could not is missing here and has an error."""

    root: Path
    platform: Platform | None
    environment_names: tuple[str, ...]
    """The names that the environments' files give, whether the files could be read or not."""
    service_names: tuple[str, ...]
    """The same of the services."""
    environments: Mapping[str, Environment]
    services: Mapping[str, ServiceFile]
    resolved: Mapping[str, Mapping[str, Service]]
    """Environment name -> service name -> the service as that environment sees it."""
