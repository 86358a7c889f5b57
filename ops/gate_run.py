"""Runs one gate: the checks of every service of an environment, each from inside its own VPC.

The checks run in a Lambda beside each service (`lambdas/release_checks`); this asks all of them
at once and collects their reports. It needs no configuration but its targets.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from .aws_errors import AwsError, explain
from .gate_report import GateTarget, NotRun, TargetResult, not_run, understand

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sts.type_defs import CredentialsTypeDef

__all__ = ["DEFAULT_CONCURRENCY", "GATES", "LISTENERS", "GateTarget", "TargetResult", "run_gate"]

GATES = ("smoke", "acceptance", "release")
LISTENERS = ("production", "test")
DEFAULT_CONCURRENCY = 8

# Lambda's longest timeout is 900 s (https://docs.aws.amazon.com/lambda/latest/dg/
# configuration-timeout.html). Giving up earlier, or a retry of the SDK, would run the checks twice
# at once. Keep-alive, because a NAT gateway forgets a connection idle for 350 s.
_INVOKE = Config(
    connect_timeout=10,
    read_timeout=915,
    retries={"mode": "standard", "total_max_attempts": 1},
    tcp_keepalive=True,
)
_ASSUME = Config(connect_timeout=10, read_timeout=20, retries={"mode": "standard"})


def run_gate(
    *,
    targets: Sequence[GateTarget],
    environment: str,
    gate: str,
    listener: str,
    concurrency: int = DEFAULT_CONCURRENCY,
) -> list[TargetResult]:
    """Run `gate` at every target and return a result for each, in their order.

    Roles are assumed with the session name `pase-gate-<environment>`, once each. Every failure
    of a target is in its result; a target does not keep the others from running.
    """
    invoking: queue.SimpleQueue[tuple[int, LambdaClient]] = queue.SimpleQueue()
    results: dict[int, TargetResult] = {}
    finished: queue.SimpleQueue[tuple[int, TargetResult]] = queue.SimpleQueue()
    sessions = _Sessions(session_name=f"pase-gate-{environment}")
    # Clients are made here: a boto3 session is not safe to share between threads, a client is.
    for index, target in enumerate(targets):
        try:
            invoking.put((index, sessions.lambda_client(target)))
        except NotRun as error:
            results[index] = not_run(target, str(error))

    def work() -> None:
        while True:
            try:
                index, client = invoking.get_nowait()
            except queue.Empty:
                return
            finished.put((index, _run_target(client, targets[index], environment, gate, listener)))

    # Daemons, so that Ctrl-C does not wait for functions that may run for minutes.
    for _ in range(min(concurrency, invoking.qsize())):
        threading.Thread(target=work, name="gate", daemon=True).start()
    while len(results) < len(targets):
        index, result = finished.get()
        results[index] = result
    return [results[index] for index in range(len(targets))]


class _Sessions:
    """Assumes each role once."""

    def __init__(self, *, session_name: str) -> None:
        self._session_name = session_name
        self._own = boto3.Session()
        self._known: dict[str, CredentialsTypeDef | str] = {}

    def lambda_client(self, target: GateTarget) -> LambdaClient:
        if target.role_arn not in self._known:
            self._known[target.role_arn] = self._assume(target)
        credentials = self._known[target.role_arn]
        if isinstance(credentials, str):
            raise NotRun(credentials)
        return self._own.client(
            "lambda",
            region_name=target.region,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
            config=_INVOKE,
        )

    def _assume(self, target: GateTarget) -> CredentialsTypeDef | str:
        try:
            sts = self._own.client("sts", region_name=target.region, config=_ASSUME)
            return sts.assume_role(RoleArn=target.role_arn, RoleSessionName=self._session_name)[
                "Credentials"
            ]
        except AwsError as error:
            doing = f"assuming {target.role_arn}"
            return explain(error, doing=doing, action="sts:AssumeRole", on=target.role_arn)


def _run_target(
    client: LambdaClient, target: GateTarget, environment: str, gate: str, listener: str
) -> TargetResult:
    try:
        document = _invoke(client, target, gate=gate, listener=listener)
        return understand(document, target, environment=environment, gate=gate)
    except NotRun as error:
        return not_run(target, str(error))
    except Exception as error:
        # A thread that died would be waited for without end.
        return not_run(target, f"unexpected {type(error).__name__}: {error}")


def _invoke(client: LambdaClient, target: GateTarget, *, gate: str, listener: str) -> Any:
    function = f"function {target.function_name} in {target.account} {target.region}"
    try:
        answer = client.invoke(
            FunctionName=target.function_name,
            InvocationType="RequestResponse",
            Payload=json.dumps({"gate": gate, "listener": listener}).encode(),
        )
        payload = answer["Payload"].read()
    except client.exceptions.ResourceNotFoundException as error:
        raise NotRun(
            f"{function} does not exist; deploy the environment first, or synthesize again so "
            "that the targets name the function that is deployed"
        ) from error
    except AwsError as error:
        doing = f"invoking {function}"
        raise NotRun(
            explain(error, doing=doing, action="lambda:InvokeFunction", on=target.function_name)
        ) from error
    try:
        document = json.loads(payload)
    except ValueError:
        raise NotRun(f"{function} answered something that is not JSON: {payload[:200]!r}") from None
    if "FunctionError" in answer:
        raise NotRun(f"{function} failed: {_function_error(document)}; its log says more")
    return document


def _function_error(document: Any) -> str:
    if not isinstance(document, dict):
        return str(document)
    kind, message = document.get("errorType"), document.get("errorMessage", "no message")
    return f"{kind}: {message}" if kind else str(message)
