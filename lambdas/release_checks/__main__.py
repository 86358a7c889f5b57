"""Runs a gate's checks from a laptop: the Lambda's own program, asked from a command line.

    python -m lambdas.release_checks --url https://shop.dev.example.com \
        --checks checks.json --gate smoke

Exit status: 0 all checks passed, 1 one failed, 2 the input cannot be used, 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from .checks import Gate, InvalidInput
from .definition import parse_checks
from .handler import run_gate
from .report import as_text
from .runner import DEFAULT_CONCURRENCY


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        answer = run_gate(
            service=options.service,
            environment=options.environment,
            checks=parse_checks(_read(options.checks), where=str(options.checks)),
            gate=Gate(options.gate),
            base_url=options.url,
            ends_at=time.monotonic() + options.deadline_seconds,
            concurrency=options.concurrency,
        )
    except InvalidInput as error:
        print(f"release checks: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("release checks: interrupted; nothing is known", file=sys.stderr)
        return 130
    print(json.dumps(answer, indent=2) if options.json else as_text(answer))
    return 0 if answer["passed"] else 1


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InvalidInput(f"the checks cannot be read from {path}: {reason}") from None


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {text!r}")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lambdas.release_checks",
        description="Run a service's checks against a URL, as the pipeline's gates do.",
    )
    parser.add_argument("--url", required=True, help="https://host[:port] of the service")
    parser.add_argument("--checks", required=True, type=Path, help="JSON file: a list of checks")
    parser.add_argument("--gate", required=True, choices=[gate.value for gate in Gate])
    parser.add_argument("--service", default="service", help="name shown in the report")
    parser.add_argument("--environment", default="local", help="name shown in the report")
    parser.add_argument("--concurrency", type=_positive, default=DEFAULT_CONCURRENCY)
    parser.add_argument("--deadline-seconds", type=_positive, default=120, metavar="SECONDS")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
