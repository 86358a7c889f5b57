"""``make bench``: what each Lambda function costs at a cold start: its import, and its package.

Each import is a process of its own, measured inside it from before the import of the handler to
after it, Python's own start left out; the handlers take turns and medians are printed. On Lambda a
function has a fraction of a core at 256 MB, so the figures compare handlers with each other and
with ``import boto3``, which most of them pay.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from constructs_lib.database_drivers import drivers_folder

ROOT = Path(__file__).resolve().parent.parent
LIMIT_MS = 400
LIMIT_BYTES = 4 * 1024 * 1024
BASELINE = "boto3"
_IMPORT = re.compile(r"^from \.\.(\w+)", re.MULTILINE)


def packages() -> list[str]:
    """The functions of this repository."""
    return sorted(path.parent.name for path in (ROOT / "lambdas").glob("*/handler.py"))


def import_ms(module: str) -> float:
    """How long a fresh process takes to import ``module``."""
    program = (
        "import time; started = time.perf_counter(); "
        f"import {module}; print((time.perf_counter() - started) * 1000)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def package_bytes(package: str) -> int:
    """What is published for the function: its package, those it imports, the drivers it needs.

    Uncompressed, as Lambda's limit counts it.
    """
    folders = _imported(package)
    files = [one for name in folders for one in (ROOT / "lambdas" / name).rglob("*") if _kept(one)]
    if "databases" in folders:
        files += [one for one in drivers_folder().rglob("*") if one.is_file()]
    return sum(path.stat().st_size for path in files)


def _imported(package: str) -> set[str]:
    """The package and every other one below ``lambdas`` that it imports, however far."""
    found, left = {"common"}, [package]
    while left:
        name = left.pop()
        found.add(name)
        for path in (ROOT / "lambdas" / name).rglob("*.py"):
            named = _IMPORT.findall(path.read_text("utf-8"))
            left += [one for one in named if one not in found and (ROOT / "lambdas" / one).is_dir()]
    return found


def _kept(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def main() -> int:
    """``python -m bench.handlers [--repeat 7]``; exit status 1 when a limit is exceeded."""
    parser = argparse.ArgumentParser(prog="bench.handlers", description=__doc__)
    parser.add_argument("--repeat", type=int, default=7, help="processes for each (default 7)")
    repeat = parser.parse_args().repeat
    modules = {BASELINE: BASELINE, **{name: f"lambdas.{name}.handler" for name in packages()}}
    for module in modules.values():
        import_ms(module)  # its bytecode is compiled once, as in a deployed function
    runs: dict[str, list[float]] = {name: [] for name in modules}
    for _ in range(repeat):
        for name, module in modules.items():
            runs[name].append(import_ms(module))
    table = Table(title="Cold start: import of the handler, and its package")
    for heading in ("Function", "Import ms (median)", "Spread", "Beside boto3", "Package KiB"):
        table.add_column(heading, justify="left" if heading == "Function" else "right")
    base = statistics.median(runs[BASELINE])
    too_much = []
    for name, times in runs.items():
        median = statistics.median(times)
        size = 0 if name == BASELINE else package_bytes(name)
        if median > LIMIT_MS or size > LIMIT_BYTES:
            too_much.append(name)
        table.add_row(
            name,
            f"{median:.0f}",
            f"{min(times):.0f}-{max(times):.0f}",
            "" if name == BASELINE else f"{median / base:.2f}",
            "" if name == BASELINE else f"{size / 1024:.0f}",
        )
    Console(width=100).print(table)
    if too_much:
        limit = LIMIT_BYTES // 2**20
        print(f"over {LIMIT_MS} ms or {limit} MiB: {', '.join(too_much)}", file=sys.stderr)
    return 1 if too_much else 0


if __name__ == "__main__":
    sys.exit(main())
