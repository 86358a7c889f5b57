"""``make bench``: how long one rotation takes against a PostgreSQL on this machine.

All four steps, one after the other, in this process, as in a function that is warm: the real
handler, boto3 down to the strict Secrets Manager in this process, TLS, a real server. What AWS's
network adds is not in it. Rotations and bare logins take turns; medians.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stdout
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from lambdas.common.aws import aws_client
from lambdas.database_access.handler import outcome_of
from lambdas.databases.engines import engine_of
from lambdas.databases.login import parse_login
from lambdas.databases.trust import trust_of
from lambdas.rotation.events import Step
from lambdas.secret_rotation.handler import take
from rehearsal.aws.mocked import mocked_aws
from rehearsal.clock import ScaledClock
from rehearsal.host.ports import Ports
from rehearsal.host.processes import Processes
from rehearsal.play.databases import Databases
from rehearsal.secrets_manager import SecretsManager
from rehearsal.wire import in_process

LIMIT_MS = 300
ACCOUNT, REGION = "111111111111", "eu-west-1"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:rotation"


class Site:
    """A service's secret, its database, and the environment of its function."""

    def __init__(self, model: SecretsManager, admin: Mapping[str, Any], bundle: str) -> None:
        self._model = model
        login = {
            **admin,
            "dbname": "shop",
            "username": "shop_a",
            "password": "the-first-password",
        }
        self.secret = self._new("shop/database", login)
        self.environ = {
            "SECRET_ARN": self.secret,
            "ADMIN_SECRET_ARN": self._new("admin", admin),
            "LOGINS": "shop_a,shop_b",
            "OWNER": "shop_owner",
            "DATABASE_CA_BUNDLE": bundle,
        }
        outcome = outcome_of(
            {
                "RequestType": "Create",
                "ResourceProperties": {
                    "SecretArn": self.secret,
                    "Database": "shop",
                    "Owner": "shop_owner",
                    "Logins": ["shop_a", "shop_b"],
                },
            },
            self.environ,
        )
        if outcome.status != "SUCCESS":
            raise SystemExit(outcome.reason)

    def rotate(self, number: int) -> dict[Step, float]:
        """One rotation: each step's milliseconds."""
        token = f"rotation-{number}".ljust(36, "-")
        aws_client("secretsmanager").rotate_secret(
            SecretId=self.secret,
            ClientRequestToken=token,
            RotationLambdaARN=FUNCTION,
            RotationRules={"AutomaticallyAfterDays": 30},
        )
        took = {}
        for step in Step:
            event = {"Step": step, "SecretId": self.secret, "ClientRequestToken": token}
            started = time.perf_counter()
            with redirect_stdout(io.StringIO()):
                take(event, self.environ)
            took[step] = (time.perf_counter() - started) * 1000
        return took

    def log_in(self) -> float:
        """The milliseconds of one login of the current user, TLS and SCRAM in it."""
        text = aws_client("secretsmanager").get_secret_value(SecretId=self.secret)["SecretString"]
        login = parse_login(text, named="AWSCURRENT")
        engine = engine_of(login.engine, trust_of(self.environ))
        started = time.perf_counter()
        engine.prove(login, owner="shop_owner")
        return (time.perf_counter() - started) * 1000

    def _new(self, name: str, value: Mapping[str, Any]) -> str:
        answered = self._model.call(
            "CreateSecret", {"Name": name, "SecretString": json.dumps(value)}
        )
        return str(answered["ARN"])


@contextmanager
def site() -> Iterator[Site]:
    """A server behind TLS, and Secrets Manager in this process."""
    with ExitStack() as stack:
        processes = stack.enter_context(Processes(prefix="pase-bench-"))
        databases = Databases(processes=processes, ports=Ports(), environments=["bench"])
        stack.callback(databases.close)
        databases.open()
        stack.enter_context(mocked_aws(REGION))
        clock = ScaledClock(datetime.now(UTC), factor=1)
        model = SecretsManager(clock=clock, account=ACCOUNT, region=REGION)
        stack.enter_context(in_process("secretsmanager", model))
        yield Site(model, json.loads(databases.admin_secret("bench")), str(databases.authority))


def main() -> int:
    """``python -m bench.rotation [--repeat 40]``; exit status 1 when it takes too long."""
    parser = argparse.ArgumentParser(prog="bench.rotation", description=__doc__)
    parser.add_argument("--repeat", type=int, default=40, help="rotations (default 40)")
    repeat = parser.parse_args().repeat
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    rotations, logins = [], []
    with site() as place:
        place.rotate(0)
        for number in range(1, repeat + 1):
            rotations.append(place.rotate(number))
            logins.append(place.log_in())
    totals = [sum(one.values()) for one in rotations]
    table = Table(title=f"One rotation, {repeat} times (milliseconds)")
    for heading in ("What", "Median", "Spread"):
        table.add_column(heading, justify="left" if heading == "What" else "right")
    rows = {
        **{str(step): [one[step] for one in rotations] for step in Step},
        "all four": totals,
        "a login alone": logins,
    }
    for name, times in rows.items():
        spread = f"{min(times):.0f}-{max(times):.0f}"
        table.add_row(name, f"{statistics.median(times):.0f}", spread)
    Console(width=100).print(table)
    if statistics.median(totals) > LIMIT_MS:
        print(f"over {LIMIT_MS} ms", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
