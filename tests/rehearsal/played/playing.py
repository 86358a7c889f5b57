"""Plays scenarios for the tests, from the session's templates."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from assembly.read import read_assembly
from config.load import load
from rehearsal.host.ports import Ports
from rehearsal.host.processes import Processes
from rehearsal.play.plan import Template, make_plans
from rehearsal.play.player import Player, new_recording
from rehearsal.recording import Recording
from rehearsal.scenario.builtin import resolve
from rehearsal.scenario.load import load_scenario
from rehearsal.view.show import view_for

ROOT = Path(__file__).resolve().parents[3]


def play(
    name: str,
    *,
    assembly: Path,
    change: Callable[[Template], None] | None = None,
    code: Path | None = None,
    factor: float | None = None,
) -> tuple[Recording, str]:
    """Play a scenario by its name or file; its recording and what a person would have read.

    ``change`` plants a mistake in the service's template; ``code`` is a folder with the assets that
    functions are made of, by default the assembly's.
    """
    configuration = load(ROOT)
    road = [one.name for one in configuration.environments]
    services = configuration.environments[-1].services
    scenario = load_scenario(resolve(name), road=road, services=services)
    if factor is not None:
        scenario = scenario.model_copy(update={"factor": factor})
    plans = make_plans(
        configuration,
        read_assembly(assembly),
        root=ROOT,
        service=scenario.service,
        environments=scenario.environments,
    )
    written = io.StringIO()
    watched = threading.Lock()
    view = view_for(written, lock=watched)
    recording = new_recording(scenario)
    view.begin(recording)
    with Processes() as processes:
        Player(
            scenario=scenario,
            plans=[replace(one, change=change, assembly=code or one.assembly) for one in plans],
            processes=processes,
            ports=Ports(),
            view=view,
            recording=recording,
            watched=watched,
        ).play()
    view.end(recording)
    return recording, written.getvalue()
