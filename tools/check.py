"""``make test``: every check, one after another, with what each said and how long it took.

All checks run even when one fails, so that a person sees everything at once. The exit status is 1
when any failed. Arguments are passed on to pytest. A test that needs a server which is not there
and cannot be installed (`tools/servers.py`) is left out and named; with ``PASE_ALL_TESTS=1`` it
fails.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

ALONE = ("tests/rehearsal/played", "tests/rehearsal/command")
"""Tests with users who notice when the machine has something else to do: one after the other."""

CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("lint", ("ruff", "check", "--quiet", ".")),
    ("format", ("ruff", "format", "--check", "--quiet", ".")),
    ("import rules", ("lint-imports", "--no-logo")),
    ("configuration", ("python", "-m", "config")),
    ("types", ("mypy", "--no-error-summary")),
    ("servers", ("python", "tools/servers.py")),
    (
        "tests",
        (
            "pytest",
            "-q",
            "-n",
            "auto",
            "--maxprocesses",
            "8",
            "--dist",
            "loadfile",
            "--no-loadscope-reorder",
            # A test that is left out is named.
            "--no-fold-skipped",
            *(f"--ignore={folder}" for folder in ALONE),
        ),
    ),
    ("rehearsals", ("pytest", "-q", "--no-fold-skipped", *ALONE)),
)


def main() -> int:
    """Run the checks; 130 when interrupted."""
    results: list[tuple[str, bool, float]] = []
    for name, (program, *arguments) in CHECKS:
        print(f"== {name}", flush=True)
        extra = sys.argv[1:] if program == "pytest" else []
        started = time.monotonic()
        try:
            passed = _run([str(BIN / program), *arguments, *extra], quiet=program == "lint-imports")
        except KeyboardInterrupt:
            print(f"\ninterrupted during: {name}", file=sys.stderr)
            return 130
        results.append((name, passed, time.monotonic() - started))
    print("==")
    for name, passed, seconds in results:
        print(f"{'ok    ' if passed else 'FAILED'} {name:<16} {seconds:6.1f} s")
    return 0 if all(passed for _, passed, _ in results) else 1


def _run(command: list[str], *, quiet: bool) -> bool:
    """Whether the command succeeded; with ``quiet`` its output is shown only when it did not."""
    if not quiet:
        return subprocess.run(command, cwd=ROOT, check=False).returncode == 0
    done = subprocess.run(
        command, cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0:
        print(done.stdout)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
