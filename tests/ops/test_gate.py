"""The gate command: real boto3, roles assumed from moto's STS, Lambda played on loopback."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from lambdas.release_checks.handler import handler
from ops.gate import main

from ..lambdas.release_checks.site import serve
from .conftest import ACCOUNT, REGION
from .endpoint import (
    Answering,
    Endpoint,
    Invocation,
    Reply,
    answering,
    function_error,
    json_error,
    report,
    xml_error,
)

ROOT = Path(__file__).parents[2]
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pase-gate-{REGION}"


def target(service: str = "shop", *, region: str = REGION) -> dict[str, str]:
    return {
        "account": ACCOUNT,
        "region": region,
        "role_arn": f"arn:aws:iam::{ACCOUNT}:role/pase-gate-{region}",
        "service": service,
        "function_name": f"{service}-checks",
    }


def check(name: str, *failures: str, p95_ms: float | None = 12.5) -> dict[str, Any]:
    return {
        "name": name,
        "passed": not failures,
        "requests": 5,
        "repetitions": 5,
        "failures": list(failures),
        "p95_ms": p95_ms,
        "budget_ms": None,
    }


def reported(service: str, *checks: dict[str, Any], **change: Any) -> Reply:
    document = {
        "service": service,
        "environment": "dev",
        "gate": "smoke",
        "passed": all(check["passed"] for check in checks),
        "checks": list(checks),
        "summary": "a line",
    }
    return report(document | change)


def passing(made: Invocation) -> Reply:
    return reported(made.function.removesuffix("-checks"), check("home"), check("health"))


def write_assembly(folder: Path, targets: Sequence[dict[str, str]]) -> None:
    """A cloud assembly with a stage for every Region, the gate's role in its first stack."""
    artifacts = {}
    for region in dict.fromkeys(target["region"] for target in targets):
        stage = "Dev" if region == REGION else "Dev" + region.replace("-", "")
        of_region = [target for target in targets if target["region"] == region]
        write_stage(folder / stage, stage, of_region)
        artifacts[stage] = {
            "type": "cdk:cloud-assembly",
            "properties": {"directoryName": stage},
        }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))


def write_stage(folder: Path, stage: str, targets: Sequence[dict[str, str]]) -> None:
    folder.mkdir(parents=True)
    artifacts = {}
    for number, target in enumerate(targets):
        service = target["service"]
        variables = {"SERVICE": service, "CHECKS": "[]"}
        resources: dict[str, Any] = {
            "Checks": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "FunctionName": target["function_name"],
                    "Environment": {"Variables": variables},
                },
            }
        }
        if number == 0:
            role = target["role_arn"].rpartition("/")[2]
            resources["GateRole"] = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": role}}
        (folder / f"{service}.template.json").write_text(json.dumps({"Resources": resources}))
        artifacts[service] = {
            "type": "aws:cloudformation:stack",
            "displayName": f"Pipeline/{stage}/{service}",
            "environment": f"aws://{target['account']}/{target['region']}",
            "properties": {"templateFile": f"{service}.template.json"},
        }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))


class Run:
    """Runs the command, and keeps what it said."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder / "cdk.out"
        self.capsys = capsys
        self.out = self.err = ""

    def __call__(self, *targets: dict[str, str], arguments: tuple[str, ...] = ()) -> int:
        write_assembly(self.folder, targets)
        status = main(self.arguments(*arguments))
        self.out, self.err = self.capsys.readouterr()
        assert "Traceback" not in self.out + self.err
        return status

    def arguments(self, *more: str) -> list[str]:
        asked = ["--environment", "dev", "--gate", "smoke", "--assembly", str(self.folder)]
        stages = sorted(path.name for path in self.folder.glob("Dev*"))
        return [*asked, *(word for stage in stages for word in ("--stage", stage)), *more]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(tmp_path, capsys)


Lambda = Callable[[Answering], Endpoint]


@pytest.fixture
def functions(aws: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lambda]:
    """Play Lambda for the test's length."""
    del aws
    with ExitStack() as stack:

        def play(answer: Answering) -> Endpoint:
            endpoint = stack.enter_context(answering(answer))
            monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", endpoint.url)
            return endpoint

        yield play


def test_a_gate_passes_when_every_check_of_every_service_does(run: Run, functions: Lambda) -> None:
    endpoint = functions(passing)
    assert run(target("shop"), target("cart", region="ap-southeast-2")) == 0
    assert "Gate smoke of dev passed: 2 of 2 services passed." in run.out
    shop, cart = sorted(endpoint.invocations, key=lambda made: made.region)
    assert (shop.function, shop.region) == ("shop-checks", "ap-southeast-1")
    assert (cart.function, cart.region) == ("cart-checks", "ap-southeast-2")
    assert json.loads(shop.body) == {"gate": "smoke", "listener": "production"}


def test_functions_are_invoked_as_the_assumed_role(run: Run, functions: Lambda) -> None:
    endpoint = functions(passing)
    run(target())
    assert endpoint.invocations[0].access_key.startswith("ASIA")


def test_the_listener_is_passed_on(run: Run, functions: Lambda) -> None:
    endpoint = functions(passing)
    assert run(target(), arguments=("--listener", "test")) == 0
    assert json.loads(endpoint.invocations[0].body)["listener"] == "test"


def test_one_failed_check_of_one_service_fails_the_gate_and_is_listed(
    run: Run, functions: Lambda
) -> None:
    def answer(made: Invocation) -> Reply:
        if made.function == "cart-checks":
            bad = check("basket", "5 of 5 requests: expected status 200, got 503", p95_ms=None)
            return reported("cart", check("home"), bad)
        return passing(made)

    functions(answer)
    assert run(target("shop"), target("cart")) == 1
    lines = run.out.splitlines()
    columns = ["service", "account", "region", "result", "checks", "requests", "slowest", "p95"]
    assert lines[0].split() == columns
    assert lines[1].split() == ["shop", ACCOUNT, REGION, "pass", "2/2", "10", "12", "ms"]
    assert lines[2].split()[3:] == ["FAIL", "1/2", "10", "12", "ms"]
    assert f"cart in {REGION}:\n  basket\n    5 of 5 requests: expected status 200" in run.out
    assert "Gate smoke of dev FAILED: 1 of 2 services passed." in run.out


def test_scripts_read_json(run: Run, functions: Lambda) -> None:
    functions(lambda _: reported("shop", check("home", "too slow")))
    assert run(target(), arguments=("--json",)) == 1
    document = json.loads(run.out)
    assert document["passed"] is False
    assert document["results"][0]["target"]["service"] == "shop"
    assert document["results"][0]["checks"][0]["failures"] == ["too slow"]


def test_no_more_functions_than_allowed_run_at_once(run: Run, functions: Lambda) -> None:
    three = threading.Barrier(3, timeout=10)

    def together(made: Invocation) -> Reply:
        three.wait()
        return passing(made)

    endpoint = functions(together)
    services = [target(f"s{number}") for number in range(6)]
    assert run(*services, arguments=("--concurrency", "3")) == 0
    assert len(endpoint.invocations) == 6
    assert endpoint.most_under_way == 3


UNUSABLE = {
    "denied": (
        json_error(403, "AccessDeniedException", "not authorized"),
        "access denied; the caller needs lambda:InvokeFunction on denied-checks",
    ),
    "absent": (
        json_error(404, "ResourceNotFoundException", "Function not found"),
        f"function absent-checks in {ACCOUNT} {REGION} does not exist; deploy the environment",
    ),
    "throttled": (
        json_error(429, "TooManyRequestsException", "Rate exceeded"),
        "throttled, nothing was run; wait a minute and repeat. TooManyRequestsException",
    ),
    "expired": (
        json_error(403, "ExpiredTokenException", "expired"),
        "the AWS credentials have expired; sign in again",
    ),
    "down": (json_error(500, "ServiceException", "sorry"), "ServiceException: sorry"),
    "late": (
        function_error({"errorMessage": "Task timed out after 3.00 seconds"}),
        "failed: Task timed out after 3.00 seconds; its log says more",
    ),
    "broken": (
        function_error({"errorMessage": "no module", "errorType": "Runtime.ImportModuleError"}),
        "failed: Runtime.ImportModuleError: no module; its log says more",
    ),
    "other": (
        reported("shop", check("a")),
        "answered for the service 'shop', asked was 'other'",
    ),
    "html": (Reply(body=b"<html>"), "answered something that is not JSON"),
}


def test_functions_that_cannot_be_used_fail_the_gate_each_with_its_reason(
    run: Run, functions: Lambda
) -> None:
    endpoint = functions(lambda made: UNUSABLE[made.function.removesuffix("-checks")][0])
    assert run(*map(target, UNUSABLE)) == 1
    for service, (_, reason) in UNUSABLE.items():
        said = run.out.split(f"{service} in {REGION}:\n")[1].split("\n\n")[0]
        assert reason in said
    assert "Gate smoke of dev FAILED: 0 of 9 services passed." in run.out
    assert len(endpoint.invocations) == 9, "an invocation is never repeated"


def test_a_lambda_that_cannot_be_reached_fails_the_gate(
    run: Run, aws: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    del aws
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:1")
    assert run(target()) == 1
    assert "invoking function shop-checks" in run.out
    assert "AWS did not answer: Could not connect to the endpoint" in run.out


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("AccessDenied", f"access denied; the caller needs sts:AssumeRole on {ROLE}"),
        ("ExpiredToken", "the AWS credentials have expired; sign in again"),
        ("InvalidClientTokenId", "AWS does not know these credentials"),
    ],
)
def test_a_role_that_cannot_be_assumed_fails_its_services_alone(
    run: Run, functions: Lambda, monkeypatch: pytest.MonkeyPatch, code: str, reason: str
) -> None:
    asked: list[str] = []

    def sts(made: Invocation) -> Reply:
        query = parse_qs(made.body.decode())
        asked.append(f"{query['RoleArn'][0]} {query['RoleSessionName'][0]}")
        return xml_error(403, code, "no")

    endpoint = functions(passing)
    with answering(sts) as played:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", played.url)
        assert run(target("shop"), target("cart")) == 1
    assert run.out.count(reason) == 2
    assert asked == [f"{ROLE} pase-gate-dev"], "a role is assumed once"
    assert endpoint.invocations == []


def test_no_credentials_at_all_is_a_sentence(
    run: Run, functions: Lambda, monkeypatch: pytest.MonkeyPatch
) -> None:
    functions(passing)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert run(target()) == 1
    assert "there are no AWS credentials; sign in (aws sso login) or set AWS_PROFILE" in run.out


def test_an_assembly_that_is_not_there_ends_with_2_and_asks_nobody(
    functions: Lambda, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    endpoint = functions(passing)
    arguments = ["--environment", "dev", "--gate", "smoke", "--stage", "Dev"]
    assert main([*arguments, "--assembly", str(tmp_path / "nowhere")]) == 2
    assert "there is no cloud assembly here" in capsys.readouterr().err
    (tmp_path / "manifest.json").write_text("{")
    assert main([*arguments, "--assembly", str(tmp_path)]) == 2
    assert "cannot be read as a cloud assembly" in capsys.readouterr().err
    assert endpoint.invocations == []


def test_a_stage_the_assembly_does_not_have_ends_with_2(run: Run, functions: Lambda) -> None:
    functions(passing)
    assert run(target(), arguments=("--stage", "Prod")) == 2
    assert "has no stage 'Prod'; there are: Dev" in run.err


def test_a_gate_that_would_ask_nobody_is_an_error_and_not_a_pass(
    run: Run, functions: Lambda
) -> None:
    functions(passing)
    write_assembly(run.folder, [target()])
    template = run.folder / "Dev" / "shop.template.json"
    template.write_text(json.dumps({"Resources": {}}))
    assert main(run.arguments()) == 2
    assert "one role named <platform>-gate-<region>, it has: none" in run.capsys.readouterr().err
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": f"pase-gate-{REGION}"}}
    template.write_text(json.dumps({"Resources": {"GateRole": role}}))
    assert main(run.arguments()) == 2
    assert "no service with a check function" in run.capsys.readouterr().err


@pytest.mark.parametrize(("healthy", "status"), [(True, 0), (False, 1)])
def test_the_whole_way_from_the_command_to_a_service(
    run: Run, functions: Lambda, monkeypatch: pytest.MonkeyPatch, healthy: bool, status: int
) -> None:
    """The command, boto3, the function's real handler, and a real HTTP service at the end."""

    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 20_000

    with serve({"/health": lambda r: r.answer(200 if healthy else 500)}) as site:
        entry = {"name": "health", "gates": ["smoke"], "path": "/health"}
        for name, value in {
            "SERVICE": "shop",
            "ENVIRONMENT": "dev",
            "CHECKS": json.dumps([entry]),
            "PRODUCTION_URL": site.url,
            "TEST_URL": site.url,
        }.items():
            monkeypatch.setenv(name, value)
        functions(lambda made: report(handler(json.loads(made.body), Context())))
        assert run(target()) == status
    assert ("5 of 5 requests: expected status 200, got 500" in run.out) is not healthy


def test_a_terminal_gets_a_table_and_a_process_its_status(run: Run, functions: Lambda) -> None:
    functions(lambda _: reported("shop", check("[bold]home", "broken [/red]")))
    write_assembly(run.folder, [target()])
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "ops.gate", *run.arguments()],
        cwd=ROOT,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "120"},
        stdout=theirs,
        stderr=subprocess.STDOUT,
    ) as process:
        os.close(theirs)
        said = b""
        ends_at = time.monotonic() + 20
        while time.monotonic() < ends_at:
            try:
                said += os.read(ours, 65536)
            except OSError:  # Linux ends a terminal whose other side is closed with EIO.
                break
        assert process.wait(timeout=10) == 1
    os.close(ours)
    text = said.decode()
    assert "━" in text
    assert "[bold]home" in text
    assert "broken [/red]" in text
