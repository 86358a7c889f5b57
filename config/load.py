"""The one way into the configuration: everything read, checked and resolved, or every error."""

from __future__ import annotations

from pathlib import Path

from config.errors import ConfigurationInvalid
from config.model.configuration import Configuration, EnvironmentConfiguration
from config.read import read
from config.rules.run import check


def load(root: Path) -> Configuration:
    """The configuration under ``root/config``, where ``root`` is the repository's root.

    Reads ``platform.toml``, ``environments/*.toml`` and ``services/*.toml``. Raises
    ``ConfigurationInvalid`` with all errors of all files, and those between files, together.
    """
    parsed, errors = read(root=root)
    errors += check(parsed)
    if errors or parsed.platform is None:
        raise ConfigurationInvalid(errors=errors)
    return Configuration(
        platform=parsed.platform,
        environments=tuple(
            EnvironmentConfiguration(
                name=name,
                environment=parsed.environments[name],
                services=dict(sorted(parsed.resolved[name].items())),
            )
            for name in parsed.platform.road
        ),
    )
