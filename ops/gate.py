"""Runs a quality gate of an environment, and stops the pipeline when it does not pass.

    python -m ops.gate --environment dev --gate smoke --targets gate-targets.json

The targets file is written at synth. It is a JSON list with an object for every service in every
region of every environment, all keys required:
`{"environment", "account", "region", "role_arn", "service", "function_name"}`.

Exit status: 0 every check of every service passed, 1 the gate did not pass (a check failed or
could not be run), 2 the input cannot be used, 130 interrupted.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .gate_run import DEFAULT_CONCURRENCY, GATES, LISTENERS, GateTarget, TargetResult, run_gate

_FIELDS = tuple(field.name for field in dataclasses.fields(GateTarget))
_ACCOUNT = re.compile(r"[0-9]{12}")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):role/.+")
_COLUMNS = ("service", "account", "region", "result", "checks", "requests", "slowest p95")


class BadInput(ValueError):
    """The command's input cannot be used; the message is meant for its caller."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        targets = load_targets(options.targets, environment=options.environment)
        results = run_gate(
            targets=targets,
            environment=options.environment,
            gate=options.gate,
            listener=options.listener,
            concurrency=options.concurrency,
        )
    except BadInput as error:
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


def load_targets(path: Path, *, environment: str) -> list[GateTarget]:
    """Return the targets of `environment` in the file, or raise `BadInput`.

    A gate without targets would pass without looking at anything, so none at all is an error.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"the targets cannot be read from {path}: {error.strerror}") from None
    except ValueError as error:
        raise BadInput(f"{path} is not JSON: {error}") from None
    if not isinstance(entries, list):
        raise BadInput(f"{path} must be a JSON list of targets, not {type(entries).__name__}")
    known = [_target(entry, where=f"{path}[{index}]") for index, entry in enumerate(entries)]
    targets = [target for name, target in known if name == environment]
    if not targets:
        there = ", ".join(sorted({name for name, _ in known})) or "none"
        raise BadInput(f"{path} has no target of environment {environment!r}; there are: {there}")
    for index, target in enumerate(targets):
        if target in targets[:index]:
            raise BadInput(f"{path} has {target.service} in {target.region} twice")
    return targets


def _target(entry: object, *, where: str) -> tuple[str, GateTarget]:
    if not isinstance(entry, dict):
        raise BadInput(f"{where} must be a JSON object, not {type(entry).__name__}")
    names = ("environment", *_FIELDS)
    if set(entry) != set(names):
        wrong = sorted(map(str, set(entry) ^ set(names)))[0]
        problem = "is missing" if wrong in names else f"is unknown; allowed: {', '.join(names)}"
        raise BadInput(f"{where}.{wrong} {problem}")
    for name in names:
        if not isinstance(entry[name], str) or not entry[name]:
            raise BadInput(f"{where}.{name} must be a text that is not empty, got {entry[name]!r}")
    if not _ACCOUNT.fullmatch(entry["account"]):
        raise BadInput(f"{where}.account must be 12 digits, got {entry['account']!r}")
    role = _ROLE.fullmatch(entry["role_arn"])
    if role is None or role[1] != entry["account"]:
        raise BadInput(
            f"{where}.role_arn must be the ARN of a role in account {entry['account']}, "
            f"got {entry['role_arn']!r}"
        )
    return entry["environment"], GateTarget(**{name: entry[name] for name in _FIELDS})


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
    parser.add_argument("--environment", required=True, help="as in the targets file, e.g. dev")
    parser.add_argument("--gate", required=True, choices=GATES)
    parser.add_argument("--targets", required=True, type=Path, metavar="FILE")
    parser.add_argument("--listener", choices=LISTENERS, default="production")
    parser.add_argument("--concurrency", type=_positive, default=DEFAULT_CONCURRENCY)
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
