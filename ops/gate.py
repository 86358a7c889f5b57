"""Runs a quality gate of an environment, and stops the pipeline when it does not pass.

    python -m ops.gate --environment dev --gate smoke --assembly cdk.out --stage Dev

Which services there are is read from the cloud assembly; `--stage` is given once for each Region
of the environment.

Exit status: 0 every check of every service passed, 1 the gate did not pass (a check failed or
could not be run), 2 the input cannot be used, 130 interrupted.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .gate_run import DEFAULT_CONCURRENCY, GATES, LISTENERS, TargetResult, run_gate
from .gate_targets import NoTargets, targets_of

_COLUMNS = ("service", "account", "region", "result", "checks", "requests", "slowest p95")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        targets = targets_of(options.assembly, stages=options.stage)
        results = run_gate(
            targets=targets,
            environment=options.environment,
            gate=options.gate,
            listener=options.listener,
            concurrency=options.concurrency,
        )
    except NoTargets as error:
        print(f"gate: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("gate: interrupted; nothing is known of its result", file=sys.stderr)
        return 130
    if options.json:
        print(json.dumps(_document(results, options), indent=2))
    else:
        _print(results, options)
    return 0 if all(result.passed for result in results) else 1


def _document(results: Sequence[TargetResult], options: argparse.Namespace) -> dict[str, Any]:
    return {
        "environment": options.environment,
        "gate": options.gate,
        "listener": options.listener,
        "passed": all(result.passed for result in results),
        "results": [{"passed": r.passed, **dataclasses.asdict(r)} for r in results],
    }


def _print(results: Sequence[TargetResult], options: argparse.Namespace) -> None:
    rows = [_row(result) for result in results]
    if sys.stdout.isatty():
        table = Table(*_COLUMNS)
        for row, result in zip(rows, results, strict=True):
            # As Text, so that nothing in a name is taken for rich's markup.
            table.add_row(*map(Text, row), style="" if result.passed else "red")
        Console().print(table)
    else:
        # A log is searched and copied: no box, and no wrapping at 80 columns.
        widths = [max(map(len, column)) for column in zip(_COLUMNS, *rows, strict=True)]
        for row in (_COLUMNS, *rows):
            cells = zip(row, widths, strict=True)
            print("  ".join(cell.ljust(width) for cell, width in cells).rstrip())
    for result in results:
        _print_failures(result)
    passed = sum(result.passed for result in results)
    verdict = "passed" if passed == len(results) else "FAILED"
    print(
        f"\nGate {options.gate} of {options.environment} {verdict}: "
        f"{passed} of {len(results)} services passed."
    )


def _row(result: TargetResult) -> tuple[str, ...]:
    target, checks = result.target, result.checks
    where = (target.service, target.account, target.region)
    if result.error is not None:
        return (*where, "ERROR", "-", "-", "-")
    slowest = max((check.p95_ms for check in checks if check.p95_ms is not None), default=None)
    return (
        *where,
        "pass" if result.passed else "FAIL",
        f"{sum(check.passed for check in checks)}/{len(checks)}" if checks else "none",
        str(sum(check.requests for check in checks)),
        "-" if slowest is None else f"{slowest:.0f} ms",
    )


def _print_failures(result: TargetResult) -> None:
    if result.passed:
        return
    print(f"\n{result.target.service} in {result.target.region}:")
    if result.error is not None:
        print(f"  {result.error}")
    for check in result.checks:
        if not check.passed:
            print(f"  {check.name}")
            for reason in check.failures:
                print(f"    {reason}")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {text!r}")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ops.gate", description="Run a quality gate of an environment."
    )
    parser.add_argument("--environment", required=True, help="e.g. dev")
    parser.add_argument("--gate", required=True, choices=GATES)
    parser.add_argument("--assembly", required=True, type=Path, metavar="FOLDER")
    parser.add_argument("--stage", required=True, action="append", help="may be repeated")
    parser.add_argument("--listener", choices=LISTENERS, default="production")
    parser.add_argument("--concurrency", type=_positive, default=DEFAULT_CONCURRENCY)
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
