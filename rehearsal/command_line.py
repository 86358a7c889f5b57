"""``python -m rehearsal``: what may be given, and which exit status tells what."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from config.errors import ConfigurationInvalid

from .balancer import BalancerError
from .errors import RehearsalError
from .host.ports import PortError
from .host.postgres import PostgresError
from .host.processes import ProcessesError
from .run import Options, run
from .scenario.builtin import DEFAULT, find_scenarios
from .scenario.errors import ScenarioError
from .users import UsersError

ROOT = Path(__file__).resolve().parents[1]
HELD, NOT_HELD, UNUSABLE, INTERRUPTED = 0, 1, 2, 130
_EPILOG = (
    "exit status: 0 every expectation held, 1 one did not, 2 the input or the machine cannot be "
    "used, 130 interrupted"
)
_UNUSABLE = (
    BalancerError,
    PortError,
    PostgresError,
    ProcessesError,
    RehearsalError,
    ScenarioError,
    UsersError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    if options.list:
        for path in find_scenarios():
            print(path.stem)
        return HELD
    _end_in_order_on_signals()
    try:
        return HELD if run(_options(options)) else NOT_HELD
    except ConfigurationInvalid as invalid:
        return _refuse(invalid.render())
    except _UNUSABLE as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        # What is left to do takes no time: another Ctrl-C would only add a traceback.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        print("interrupted; everything that was started has been ended", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Nobody reads the output any more. Python would write the rest of it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print("interrupted: the output cannot be written any more", file=sys.stderr)
        return INTERRUPTED


def _options(given: argparse.Namespace) -> Options:
    return Options(
        root=given.root,
        scenarios=tuple(given.scenario) or (DEFAULT,),
        every=given.all,
        short=given.short,
        factor=given.factor,
        rate=given.rate,
        assembly=given.assembly,
        first_port=given.port,
        report=given.report,
        json=given.json,
        plain=given.plain,
    )


def _end_in_order_on_signals() -> None:
    """As on Ctrl-C. ``nohup`` lets a closed terminal be ignored, which stays so."""
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _interrupt)


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _refuse(message: str) -> int:
    print(f"rehearsal: {message}", file=sys.stderr)
    return UNUSABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rehearsal",
        description="Play releases of this configuration on this machine, without AWS.",
        epilog=_EPILOG,
    )
    parser.add_argument(
        "scenario", nargs="*", help="names (see --list) or files; default: the whole road"
    )
    parser.add_argument("--all", action="store_true", help="every built-in scenario")
    parser.add_argument("--short", action="store_true", help="every short one")
    parser.add_argument("--list", action="store_true", help="list the built-in scenarios")
    parser.add_argument(
        "--factor",
        type=_factor,
        help="how much faster time runs, 1 to 200; default: the scenario's",
    )
    parser.add_argument(
        "--rate", type=_rate, help="users' requests per second, 1 to 2000; default: the scenario's"
    )
    parser.add_argument(
        "--assembly", type=Path, metavar="FOLDER", help="templates synthesized with -c images=..."
    )
    parser.add_argument(
        "--port", type=_port, help="the load balancers' first port; default: any that are free"
    )
    parser.add_argument(
        "--report", type=Path, default=Path("rehearsal.html"), metavar="FILE", help="HTML report"
    )
    parser.add_argument("--json", action="store_true", help="print what was seen as JSON lines")
    parser.add_argument("--plain", action="store_true", help="plain lines on a terminal, too")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    return parser


def _factor(text: str) -> float:
    return _number(text, least=1, most=200)


def _rate(text: str) -> float:
    return _number(text, least=1, most=2000)


def _port(text: str) -> int:
    return int(_number(text, least=1024, most=65000, read=int))


def _number(text: str, *, least: float, most: float, read: Callable[[str], float] = float) -> float:
    try:
        number = read(text)
    except ValueError:
        number = float("nan")
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{text!r}; allowed: {least:g} to {most:g}")
    return number
