"""The short scenarios, played for real: what they expect is so."""

from __future__ import annotations

import pytest

from rehearsal.scenario.builtin import find_scenarios
from tests.rehearsal.played.playing import ROOT, play
from tests.support.templates import Templates


def short() -> list[str]:
    """The names of the scenarios that are not long, read without the configuration."""
    return [
        path.stem
        for path in find_scenarios()
        if "\nlong = true\n" not in path.read_text(encoding="utf-8")
    ]


@pytest.mark.parametrize("name", short())
def test_what_the_scenario_expects_is_so(name: str, templates: Templates) -> None:
    recording, told = play(name, assembly=templates.root)

    assert recording.held, told
    assert recording.expectations


def test_there_are_short_scenarios() -> None:
    assert len(short()) >= 5
    assert ROOT.is_dir()
