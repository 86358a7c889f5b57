"""Checks the configuration from a command line, or shows a service as an environment sees it.

    python -m config
    python -m config --show storefront prod

Exit status: 0 valid, 2 errors (on stderr) or a name that does not exist.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from config.errors import ConfigurationInvalid
from config.load import load
from config.model.configuration import Configuration
from config.suggest import suggestion


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        configuration = load(options.root)
    except ConfigurationInvalid as error:
        print(error.render(), file=sys.stderr)
        return 2
    if options.show:
        return _show(configuration, *options.show)
    print(_summary(configuration))
    return 0


def _show(configuration: Configuration, service: str, environment: str) -> int:
    names = [one.name for one in configuration.environments]
    if environment not in names:
        return _unknown("environment", environment, names)
    services = configuration.environment(environment).services
    if service not in services:
        return _unknown("service", service, list(services))
    resolved = services[service].model_dump(mode="json", by_alias=True)
    print(json.dumps(resolved, indent=2, ensure_ascii=False))
    return 0


def _unknown(what: str, given: str, known: list[str]) -> int:
    hint = suggestion(given, known)
    allowed = ", ".join(known)
    print(f'There is no {what} "{given}"; there are: {allowed}. {hint}'.rstrip(), file=sys.stderr)
    return 2


def _summary(configuration: Configuration) -> str:
    road = " -> ".join(one.name for one in configuration.environments)
    services = ", ".join(configuration.environments[0].services)
    return f"The configuration is valid. Road: {road}. Services: {services}."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m config",
        description="Check the configuration; show a service as one environment sees it.",
    )
    parser.add_argument(
        "--show",
        nargs=2,
        metavar=("SERVICE", "ENVIRONMENT"),
        help="print the service as JSON, with the environment's overrides and all defaults",
    )
    parser.add_argument(
        "--root",
        type=Path,
        default=Path(__file__).resolve().parents[1],
        help="the repository's root; default: the one this program is in",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
