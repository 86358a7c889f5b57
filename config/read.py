"""The files under ``config/`` as models, each by itself; together they are for the rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from config.errors import ConfigError, shown
from config.explain import validated
from config.keys import Table, decides, holds, join, split
from config.merge import merged
from config.model.environment import Environment
from config.model.platform import Platform
from config.model.service import Service
from config.model.types import EnvironmentName, ServiceName
from config.parsed import (
    ENVIRONMENTS_FOLDER,
    PLATFORM_FILE,
    SERVICES_FOLDER,
    Parsed,
    ServiceFile,
    environment_file,
    service_file,
)
from config.suggest import suggestion
from config.toml_file import read_table

OVERRIDES = "environments"


def read(*, root: Path) -> tuple[Parsed, list[ConfigError]]:
    """Every file under ``root/config``, and the errors each of them has by itself."""
    reading = _Reading(root=root)
    platform = reading.platform()
    environments = reading.environments()
    seen = set(reading.environment_stems)
    names = tuple(dict.fromkeys([*(platform.road if platform else ()), *sorted(seen)]))
    services = reading.services(names)
    parsed = Parsed(
        root=root,
        platform=platform,
        environment_names=tuple(reading.environment_stems),
        service_names=tuple(reading.service_stems),
        environments=environments,
        services=services,
        resolved={name: reading.resolved.get(name, {}) for name in names},
    )
    return parsed, reading.errors


@dataclass(kw_only=True)
class _Reading:
    root: Path
    errors: list[ConfigError] = field(default_factory=list)
    environment_stems: list[str] = field(default_factory=list)
    service_stems: list[str] = field(default_factory=list)
    resolved: dict[str, dict[str, Service]] = field(default_factory=dict)

    def platform(self) -> Platform | None:
        table, errors = read_table(root=self.root, file=PLATFORM_FILE)
        self.errors += errors
        if table is None or errors:
            return None
        platform, errors = validated(model=Platform, table=table, file=PLATFORM_FILE)
        self.errors += errors
        return platform

    def environments(self) -> dict[str, Environment]:
        self.environment_stems = self._stems(ENVIRONMENTS_FOLDER, EnvironmentName, "environment")
        found: dict[str, Environment] = {}
        for name in self.environment_stems:
            file = environment_file(name)
            table, errors = read_table(root=self.root, file=file)
            if table is not None and not errors:
                environment, errors = validated(model=Environment, table=table, file=file)
                if environment is not None:
                    found[name] = environment
            self.errors += errors
        return found

    def services(self, environments: tuple[str, ...]) -> dict[str, ServiceFile]:
        found: dict[str, ServiceFile] = {}
        self.service_stems = self._stems(SERVICES_FOLDER, ServiceName, "service")
        for name in self.service_stems:
            table, errors = read_table(root=self.root, file=service_file(name))
            self.errors += errors
            if table is None or errors:
                continue
            service = self._divided(name=name, table=table, environments=environments)
            found[name] = service
            _, errors = validated(
                model=Service, table=service.base, file=service.file, also_known=(OVERRIDES,)
            )
            self.errors += errors
            for environment in environments:
                self._resolve(service, environment, base_is_valid=not errors)
        return found

    def _divided(
        self, *, name: str, table: dict[str, Any], environments: tuple[str, ...]
    ) -> ServiceFile:
        base = {key: value for key, value in table.items() if key != OVERRIDES}
        given = table.get(OVERRIDES, {})
        file = service_file(name)
        if not isinstance(given, Mapping):
            self._refuse(file, OVERRIDES, "A table is needed here.", given)
            given = {}
        overrides: dict[str, Table] = {}
        for environment, override in given.items():
            key = join(OVERRIDES, environment)
            if not environments:
                continue
            if environment not in environments:
                self.errors.append(
                    ConfigError(
                        file=file,
                        key=key,
                        message="There is no environment of that name.",
                        allowed=f"The environments are {', '.join(environments)}.",
                        hint=suggestion(environment, environments) or "Remove the table.",
                    )
                )
            elif not isinstance(override, Mapping):
                self._refuse(file, key, "A table is needed here.", override)
            else:
                overrides[environment] = override
        return ServiceFile(name=name, base=base, overrides=overrides)

    def _resolve(self, source: ServiceFile, environment: str, *, base_is_valid: bool) -> None:
        override = source.overrides.get(environment, {})
        table = merged(base=source.base, override=override)
        service, errors = validated(model=Service, table=table, file=source.file)
        if service is not None:
            self.resolved.setdefault(environment, {})[source.name] = service
        for error in errors:
            if base_is_valid or _from_override(error.key, base=source.base, override=override):
                self.errors.append(
                    ConfigError(
                        file=error.file,
                        key=f"{join(OVERRIDES, environment)}.{error.key}",
                        message=error.message,
                        given=error.given,
                        allowed=error.allowed,
                        hint=error.hint,
                    )
                )

    def _stems(self, folder: str, name_type: object, what: str) -> list[str]:
        """The names that the folder's TOML files give, in order; a bad one is an error."""
        path = self.root / folder
        if not path.is_dir():
            hint = f"Create it, with one TOML file for each {what}."
            self.errors.append(
                ConfigError(file=folder, message="The folder is missing.", hint=hint)
            )
            return []
        rule = get_args(name_type)[1]
        pattern = next(one.pattern for one in rule.metadata if getattr(one, "pattern", None))
        longest = next((one.max_length for one in rule.metadata if hasattr(one, "max_length")), 99)
        shortest = next((one.min_length for one in rule.metadata if hasattr(one, "min_length")), 0)
        stems: list[str] = []
        for file in sorted(path.glob("*.toml")):
            if re.fullmatch(pattern, file.stem) and shortest <= len(file.stem) <= longest:
                stems.append(file.stem)
                continue
            self.errors.append(
                ConfigError(
                    file=f"{folder}/{file.name}",
                    message=f"The file's name is no name for {_article(what)}.",
                    given=shown(file.stem),
                    allowed=rule.description,
                    hint="Rename the file.",
                )
            )
        if not stems and not any(path.glob("*.toml")):
            hint = f"Write one TOML file for each {what}."
            self.errors.append(
                ConfigError(file=folder, message="The folder has no TOML file.", hint=hint)
            )
        return stems

    def _refuse(self, file: str, key: str, message: str, value: object) -> None:
        self.errors.append(
            ConfigError(file=file, key=key, message=message, given=shown(value), allowed="A table.")
        )


def _from_override(key: str, *, base: Table, override: Table) -> bool:
    """Whether the override, not the base, is where the error of a merged table comes from.

    A key that is missing is in neither; the table that should hold it decides: one that only the
    override has is the override's.
    """
    if decides(override, key):
        return True
    table = join(*split(key)[:-1])
    return not holds(base, key) and bool(table) and not holds(base, table)


def _article(what: str) -> str:
    return f"an {what}" if what[0] in "aeiou" else f"a {what}"
