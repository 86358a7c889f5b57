"""``make bench``: what synth costs for 1, 5, 20 and 50 services in three environments.

Each run is a process of its own (``python app.py``, every check on), measured from its start to
its end; its memory is the peak of the resident sizes of the process and its children together.
The sizes take turns, so that a machine that gets busier meanwhile does not favour one of them;
medians are printed. The shipped example (2 services) is measured through the CDK CLI as well.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
SIZES = (1, 5, 20, 50)
ENVIRONMENTS = 3
TEMPLATE = "inventory"


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One run: wall-clock and processor seconds, and peak resident memory in MiB."""

    seconds: float
    cpu: float
    mebibytes: float


class BenchFailed(Exception):
    """A measured command did not succeed, so its time means nothing."""


def with_services(folder: Path, count: int) -> Path:
    """A copy of the shipped configuration in ``folder`` with ``count`` services; its root."""
    root = folder / f"services-{count}"
    shutil.copytree(ROOT / "config", root / "config", ignore=shutil.ignore_patterns("*.py"))
    (root / "services").symlink_to(ROOT / "services")
    text = (root / "config" / "services" / f"{TEMPLATE}.toml").read_text("utf-8")
    for path in (root / "config" / "services").glob("*.toml"):
        path.unlink()
    for number in range(1, count + 1):
        name = f"service-{number:02}"
        own = text.replace(f'host = "{TEMPLATE}"', f'host = "{name}"').replace(
            f'name = "{TEMPLATE}"', f'name = "{name.replace("-", "_")}"'
        )
        (root / "config" / "services" / f"{name}.toml").write_text(own, "utf-8")
    _without_unused_parity(root / "config" / "platform.toml")
    return root


def _without_unused_parity(path: Path) -> None:
    """Drop the declared differences that only the other service needs."""
    text = path.read_text("utf-8")
    text = text.replace(', "services.*.release.approval_minutes"', "")
    kept = [line for line in text.splitlines() if "services.*.scaling.peaks" not in line]
    path.write_text("\n".join(kept) + "\n", "utf-8")


def measure(command: list[str], *, environment: dict[str, str] | None = None) -> Measurement:
    """Run ``command``; raises ``BenchFailed`` with its output when it fails."""
    started, cpu = time.monotonic(), _cpu_of_children()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | (environment or {}),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        peak = _Peak(process.pid)
        status = process.wait()
        seconds = time.monotonic() - started
        if status != 0:
            output.seek(0)
            raise BenchFailed(f"exit status {status}: {' '.join(command)}\n{output.read()[-4000:]}")
    return Measurement(seconds=seconds, cpu=_cpu_of_children() - cpu, mebibytes=peak.stop() / 2**20)


def _cpu_of_children() -> float:
    """Processor seconds of all children that have ended, theirs included."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class _Peak:
    """Samples the memory of a process and its children until stopped."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._bytes = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def _sample(self) -> None:
        while not self._over.wait(0.1):
            total = 0
            try:
                for process in (self._process, *self._process.children(recursive=True)):
                    total += process.memory_info().rss
            except psutil.Error:
                continue
            self._bytes = max(self._bytes, total)

    def stop(self) -> int:
        self._over.set()
        self._thread.join()
        return self._bytes


def main() -> int:
    """``python -m bench.synth [--repeat 3]``."""
    parser = argparse.ArgumentParser(prog="bench.synth", description=__doc__)
    parser.add_argument("--repeat", type=int, default=3, help="runs of each size (default 3)")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    options = parser.parse_args()
    console = Console(width=110)
    with tempfile.TemporaryDirectory(prefix="pase-bench-") as name:
        try:
            runs = _measure_all(Path(name), options.sizes, options.repeat, console)
        except BenchFailed as failed:
            print(failed, file=sys.stderr)
            return 1
    _print(runs, console)
    return 0


def _measure_all(
    folder: Path, sizes: list[int], repeat: int, console: Console
) -> dict[str, list[Measurement]]:
    roots = {size: with_services(folder, size) for size in sizes}
    runs: dict[str, list[Measurement]] = {}
    for turn in range(1, repeat + 1):
        out = {"CDK_OUTDIR": str(folder / "out")}
        commands: dict[str, tuple[list[str], dict[str, str]]] = {
            "example, cdk synth '**'": (
                ["node_modules/.bin/cdk", "synth", "**", "--quiet", "-o", str(folder / "cli")],
                {},
            ),
            "example, app.py": ([sys.executable, "app.py"], out),
        }
        for size, root in roots.items():
            commands[str(size)] = (
                [
                    sys.executable,
                    "-c",
                    f"import app, pathlib; exit(app.main(pathlib.Path({str(root)!r})))",
                ],
                out,
            )
        for label, (command, environment) in commands.items():
            shutil.rmtree(folder / "out", ignore_errors=True)
            result = measure(command, environment=environment)
            runs.setdefault(label, []).append(result)
            console.print(
                f"  run {turn} of {repeat}: {label}: {result.seconds:.1f} s, "
                f"{result.mebibytes:.0f} MiB"
            )
    return runs


def _print(runs: dict[str, list[Measurement]], console: Console) -> None:
    median = {
        label: Measurement(
            seconds=statistics.median(run.seconds for run in each),
            cpu=statistics.median(run.cpu for run in each),
            mebibytes=max(run.mebibytes for run in each),
        )
        for label, each in runs.items()
    }
    table = Table(title="Synth, three environments and the pipeline, all validation on")
    table.add_column("Services")
    for heading in ("Seconds (median)", "Spread", "CPU s", "Peak MiB", "One more: s", "CPU s"):
        table.add_column(heading, justify="right")
    marginal: dict[int, float] = {}
    marginal_cpu: dict[int, float] = {}
    before: int | None = None
    for label, value in median.items():
        cells = ("", "")
        if label.isdecimal():
            size = int(label)
            if before is not None:
                smaller = median[str(before)]
                marginal[size] = (value.seconds - smaller.seconds) / (size - before)
                marginal_cpu[size] = (value.cpu - smaller.cpu) / (size - before)
                cells = (f"{marginal[size]:.2f}", f"{marginal_cpu[size]:.2f}")
            before = size
        seconds = [run.seconds for run in runs[label]]
        table.add_row(
            label,
            f"{value.seconds:.1f}",
            f"{min(seconds):.1f}-{max(seconds):.1f}",
            f"{value.cpu:.1f}",
            f"{value.mebibytes:.0f}",
            *cells,
        )
    console.print(table)
    if 5 in marginal and 50 in marginal:
        console.print(
            f"Marginal cost of a service (in {ENVIRONMENTS} environments): at 50 "
            f"{marginal[50] / marginal[5]:.2f} times that at 5 on the clock, "
            f"{marginal_cpu[50] / marginal_cpu[5]:.2f} times in processor time."
        )
    console.print(
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"{psutil.virtual_memory().total / 2**30:.0f} GiB, Python {platform.python_version()}, "
        f"load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    sys.exit(main())
