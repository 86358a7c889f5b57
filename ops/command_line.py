"""The operator's commands: what may be given, and which exit status tells what."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .access import access
from .approve import approve
from .context import Context, make_context
from .environment import check_service, find_place
from .errors import INTERRUPTED, CommandError
from .history import history
from .release import release
from .rollback import rollback
from .rotate import rotate
from .secrets_status import secrets_status
from .status import status
from .watch import StoppedWatching, watch

ROOT = Path(__file__).resolve().parents[1]
_EVERY_SECONDS = 3.0
_EPILOG = (
    "exit status: 0 done, 1 it did not work, 2 the input or the credentials cannot be used, "
    "130 interrupted"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except CommandError as error:
        print(error, file=sys.stderr)
        return error.status
    except StoppedWatching as stopped:
        print(stopped, file=sys.stderr)
        return INTERRUPTED
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED


def _run(options: argparse.Namespace) -> int:
    if options.command == "access":
        return access(options.assembly, environment=options.environment, json=options.json)
    place = find_place(options.root, options.environment, region=options.region)
    service: str | None = options.service
    if service is not None:
        check_service(place, service)
    context = make_context(
        place,
        profile=options.profile,
        json=options.json,
        yes=getattr(options, "yes", False),
        every_seconds=getattr(options, "every", _EVERY_SECONDS),
    )
    services = [service] if service else list(place.services)
    if options.command == "status":
        return status(context, services)
    if options.command == "secrets":
        return secrets_status(context, services)
    assert service is not None
    return _run_for(context, options, service)


def _run_for(context: Context, options: argparse.Namespace, service: str) -> int:
    match options.command:
        case "watch":
            return watch(context, service)
        case "approve":
            return approve(context, service)
        case "rollback":
            return rollback(context, service, to=options.to)
        case "release":
            return release(context, service)
        case "rotate":
            return rotate(
                context,
                service,
                secret=options.secret,
                force=options.force,
                wait=options.wait,
                minutes=options.minutes,
            )
        case _:
            return history(context, service, limit=options.limit)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ops", description="See and steer releases and secrets.", epilog=_EPILOG
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    about_status = "what serves in an environment, and what needs a person"
    shown = _command(commands, "status", about_status)
    shown.add_argument("service", nargs="?", help="default: all of them")
    watched = _command(commands, "watch", "follow a release until it ends")
    approved = _command(commands, "approve", "let a release that waits for approval go on")
    back = _command(commands, "rollback", "return to what served before")
    again = _command(commands, "release", "release again what the stack asked for last")
    past = _command(commands, "history", "the latest releases and how they ended")
    rotated = _command(commands, "rotate", "rotate a service's secrets now")
    _add_secrets(commands)
    _add_access(commands)
    for one in (watched, approved, back, again, past, rotated):
        one.add_argument("service", help="e.g. storefront")
    for one in (approved, back, again, rotated):
        one.add_argument("--yes", action="store_true", help="do it without asking")
    for one in (watched, back, rotated):
        seconds = _EVERY_SECONDS
        one.add_argument(
            "--every",
            type=_seconds,
            default=seconds,
            metavar="SECONDS",
            help="between looks at AWS",
        )
    back.add_argument(
        "--to",
        default="",
        metavar="REVISION",
        help="a revision (42) or digest (sha256:...); default: what served before",
    )
    past.add_argument("--limit", type=_positive, default=20, help="how many; default: 20")
    _add_rotate(rotated)
    return parser


def _add_secrets(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    secrets = commands.add_parser("secrets", help="what is known of secrets; never their values")
    about = secrets.add_subparsers(dest="about_secrets", required=True, metavar="COMMAND")
    shown = _command(about, "status", "how old secrets are, whether they rotate, who has which")
    shown.add_argument("service", nargs="?", help="default: all of them")


def _add_access(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    about = "who may do what where, from the policies that were synthesized"
    shown = commands.add_parser(
        "access", help=about, description=f"{about[0].upper()}{about[1:]}.", epilog=_EPILOG
    )
    shown.add_argument("environment", nargs="?", default="", help="or tools; default: all")
    shown.add_argument(
        "--assembly", type=Path, default=ROOT / "cdk.out", metavar="FOLDER", help="default: cdk.out"
    )
    shown.add_argument("--json", action="store_true", help="print JSON, for scripts")


def _add_rotate(rotated: argparse.ArgumentParser) -> None:
    rotated.add_argument(
        "--secret",
        default="",
        metavar="NAME",
        help="only this one: database, api-keys/payments; default: all",
    )
    rotated.add_argument(
        "--force",
        action="store_true",
        help="rotate although tasks that serve hold the login before, and will be refused",
    )
    rotated.add_argument(
        "--no-wait", dest="wait", action="store_false", help="do not wait until it is rotated"
    )
    rotated.add_argument(
        "--minutes",
        type=_minutes,
        default=10,
        metavar="MINUTES",
        help="how long to wait; default: 10",
    )


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, about: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name, help=about, description=f"{about[0].upper()}{about[1:]}.", epilog=_EPILOG
    )
    command.add_argument("environment", help="e.g. prod")
    command.add_argument("--profile", help="AWS profile; default: as boto3 finds credentials")
    command.add_argument("--region", help="needed when the environment has several")
    command.add_argument("--json", action="store_true", help="print JSON, for scripts")
    command.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    return command


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {text!r}")
    return int(text)


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes <= 1440:
        raise argparse.ArgumentTypeError(f"expected minutes above 0 and up to 1440, got {text!r}")
    return minutes


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 60:
        raise argparse.ArgumentTypeError(f"expected seconds above 0 and up to 60, got {text!r}")
    return seconds
