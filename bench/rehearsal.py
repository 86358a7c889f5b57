"""``make bench``: what a rehearsal reaches on this machine, against what it is meant to reach.

Plays the default scenario once, in this process, and measures from outside while it runs: memory
is the proportional set size of this process and all its children, which counts shared pages once,
so it is known on Linux only. Ratios are of one run: before and during the shift in Prod.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from config.load import load
from rehearsal.host.ports import Ports
from rehearsal.host.processes import Processes
from rehearsal.play.plan import make_plans
from rehearsal.play.player import Player, new_recording
from rehearsal.recording import EnvironmentRecord, Expectation, Recording, Rehearsal
from rehearsal.report import write_report
from rehearsal.run import parts
from rehearsal.scenario.builtin import DEFAULT, resolve
from rehearsal.scenario.load import load_scenario
from rehearsal.synthesis import synthesize
from rehearsal.view.show import view_for

ROOT = Path(__file__).resolve().parent.parent
REQUESTS, RATE, RATIO, MINUTES, MEMORY_MIB = 20_000, 300.0, 1.5, 5.0, 2048.0


@dataclass(kw_only=True)
class Memory:
    """The largest total so far, in MiB; None where the system does not tell."""

    largest: float | None = None
    over: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Look once a second until `over`."""
        while not self.over.wait(1.0):
            total = sum(_mib(one) for one in [psutil.Process(), *_children()])
            if total:
                self.largest = max(self.largest or 0.0, total)


def _children() -> Sequence[psutil.Process]:
    with suppress(psutil.Error):
        return psutil.Process().children(recursive=True)
    return ()


def _mib(process: psutil.Process) -> float:
    with suppress(psutil.Error, AttributeError):
        return float(process.memory_full_info().pss) / 2**20
    return 0.0


def main() -> int:
    """``python -m bench.rehearsal [--scenario default]``; exit status 1 when a figure is missed."""
    parser = argparse.ArgumentParser(prog="bench.rehearsal", description=__doc__)
    parser.add_argument("--scenario", default=DEFAULT, help="a name or a file")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write its report, too")
    given = parser.parse_args()
    memory = Memory()
    watcher = threading.Thread(target=memory.watch, daemon=True)
    watcher.start()
    began = time.monotonic()
    rehearsal = _play(given.scenario)
    seconds = time.monotonic() - began
    memory.over.set()
    watcher.join()
    if given.report is not None:
        write_report(rehearsal, given.report)
    return _show(rehearsal.recordings[0], seconds=seconds, memory=memory.largest)


def _play(name: str) -> Rehearsal:
    """What the report is of."""
    configuration = load(ROOT)
    road = [one.name for one in configuration.environments]
    services = configuration.environments[-1].services
    scenario = load_scenario(resolve(name), road=road, services=services)
    recording = new_recording(scenario)
    rehearsal = Rehearsal(
        platform=configuration.platform.name,
        began=recording.began,
        command="make rehearse",
        parts=parts(),
        recordings=[recording],
    )
    watched = threading.Lock()
    view = view_for(sys.stdout, plain=True, lock=watched)
    with tempfile.TemporaryDirectory() as folder, Processes() as processes:
        plans = make_plans(
            configuration,
            synthesize(configuration, root=ROOT, folder=Path(folder)),
            root=ROOT,
            service=scenario.service,
            environments=scenario.environments,
        )
        view.begin(recording)
        player = Player(
            scenario=scenario,
            plans=plans,
            processes=processes,
            ports=Ports(),
            view=view,
            recording=recording,
            watched=watched,
        )
        rehearsal.not_honoured += player.play()
        view.end(recording)
        return rehearsal


def _show(recording: Recording, *, seconds: float, memory: float | None) -> int:
    rows = [
        *_traffic(recording),
        *(_expected(one) for one in recording.expectations),
        ("minutes, with synth", seconds / 60, f"at most {MINUTES:g}", seconds / 60 <= MINUTES),
    ]
    if memory is not None:
        rows.append(("MiB at most", memory, f"at most {MEMORY_MIB:g}", memory <= MEMORY_MIB))
    table = Table(title=f"A rehearsal: {recording.title}", title_justify="left")
    for heading in ("What", "Measured", "Wanted", ""):
        table.add_column(heading)
    for what, measured, wanted, good in rows:
        shown = measured if isinstance(measured, str) else f"{measured:,.2f}"
        table.add_row(what, shown, wanted, "ok" if good else "MISSED")
    Console(width=150).print(table)
    return 0 if all(good for *_, good in rows) else 1


Row = tuple[str, float | str, str, bool]


def _traffic(recording: Recording) -> list[Row]:
    requests = sum(sample.requests for one in recording.environments for sample in one.samples)
    last = recording.environments[-1].samples
    rate = sum(sample.requests for sample in last) / max(1, len(last))
    rows: list[Row] = [
        ("requests", float(requests), f"at least {REQUESTS:,}", requests >= REQUESTS),
        ("requests a second in the last environment", rate, f"{RATE:g}", rate >= 0.97 * RATE),
    ]
    before, during = _latencies(recording.environments[-1])
    if before and during:
        ratio = during / before
        text = f"{ratio:.2f} ({before:.0f} ms before, {during:.0f} ms in the shift)"
        rows.append(("p99 in the shift by p99 before", text, f"at most {RATIO:g}", ratio <= RATIO))
    return rows


def _latencies(environment: EnvironmentRecord) -> tuple[float | None, float | None]:
    """The median second's p99: of the seconds in the first shift, and of as many before the
    release, when nothing starts in this environment.
    """
    for deployment in environment.deployments:
        for event in deployment.events:
            if event.name == "AllowTraffic" and event.start and event.end:
                length = event.end - event.start
                return (
                    _median(environment, deployment.start - length, deployment.start),
                    _median(environment, event.start, event.end),
                )
    return None, None


def _median(environment: EnvironmentRecord, start: float, end: float) -> float | None:
    found = [
        sample.p99
        for sample in environment.samples
        if start <= sample.at <= end - 1 and sample.p99 is not None
    ]
    return statistics.median(found) if found else None


def _expected(one: Expectation) -> Row:
    return one.text, one.measured[:60], "so", one.held


if __name__ == "__main__":
    sys.exit(main())
