"""Scenarios as a test writes them, checked against the shipped configuration."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from config.load import load
from config.model.configuration import Configuration
from rehearsal.scenario.errors import ScenarioError
from rehearsal.scenario.load import load_scenario
from rehearsal.scenario.model import Scenario

ROOT = Path(__file__).parents[3]
HEAD = 'title = "A title"\ndescription = "A description of it."\n'
GOOD = f"""{HEAD}
[versions.v2]
[[steps]]
release = "v2"
outcome = "released"
"""


@cache
def configuration() -> Configuration:
    """The repository's."""
    return load(ROOT)


def read(path: Path) -> Scenario:
    """The scenario of the file."""
    shipped = configuration()
    return load_scenario(
        path, road=shipped.platform.road, services=shipped.environments[-1].services
    )


class Files:
    """Writes `mine.toml` and reads it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "mine.toml"

    def __call__(self, text: str) -> Scenario:
        self.path.write_text(text, encoding="utf-8")
        return read(self.path)

    def problems(self, text: str) -> list[str]:
        """What is wrong with it, without the file's name."""
        with pytest.raises(ScenarioError) as caught:
            self(text)
        for one in caught.value.problems:
            assert "\n" not in one
            assert one.startswith(f"{self.path}: ")
        return [one.removeprefix(f"{self.path}: ") for one in caught.value.problems]
