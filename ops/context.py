"""What every command is given."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from .aws_time import AwsTime
from .environment import Aws, Place, sign_in
from .errors import BadInput, CommandError
from .secret_reader import SecretReader
from .service_reader import ServiceReader


@dataclass(frozen=True, kw_only=True)
class Context:
    """A place, readers of what is in it, AWS's time, and how the caller wants to be answered."""

    place: Place
    aws: Aws
    reader: ServiceReader
    secrets: SecretReader
    codedeploy: Any
    secretsmanager: Any
    time: AwsTime
    json: bool
    yes: bool
    every_seconds: float

    def ask(self, question: str) -> None:
        """Return when the caller agrees. Raises `CommandError` otherwise.

        With `--yes` nobody is asked; without it and without a terminal nothing is done.
        """
        if self.yes:
            return
        if not sys.stdin.isatty():
            raise BadInput("there is no terminal to ask on; add --yes to go ahead")
        # On stderr, so that what a script reads stays clean.
        print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise CommandError("nothing was done")


def make_context(
    place: Place, *, profile: str | None, json: bool, yes: bool, every_seconds: float
) -> Context:
    """Return the context, once it is known that the caller is in the place's account."""
    aws: Aws = sign_in(place, profile=profile)
    time = AwsTime()
    codedeploy, secretsmanager = aws.client("codedeploy"), aws.client("secretsmanager")
    time.follow(codedeploy)
    time.follow(secretsmanager)
    reader = ServiceReader(place=place, aws=aws)
    return Context(
        place=place,
        aws=aws,
        reader=reader,
        secrets=SecretReader(place=place, client=secretsmanager, releases=reader.releases),
        codedeploy=codedeploy,
        secretsmanager=secretsmanager,
        time=time,
        json=json,
        yes=yes,
        every_seconds=every_seconds,
    )
