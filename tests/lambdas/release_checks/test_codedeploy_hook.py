"""CodeDeploy's event through the real handler: real sites, and AWS as a real server on loopback.

moto knows no PutLifecycleEventHookExecutionStatus, so CodeDeploy's JSON protocol is spoken here by
a small server, the Parameter Store's too, and boto3 is pointed at it (AWS_ENDPOINT_URL).
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from moto import mock_aws

from lambdas.common.aws import aws_client
from lambdas.release_checks.handler import handler
from lambdas.release_checks.hook import (
    MARGIN_SECONDS,
    MAX_PARAMETER_BYTES,
    HookEvent,
    NotAnswered,
    parameter_document,
)
from lambdas.release_checks.report import Report

from .site import Request, Server, serve

EVENT = {"DeploymentId": "d-ABCDEF123", "LifecycleEventHookExecutionId": "execution-1"}
HOOK = HookEvent(deployment_id="d-ABCDEF123", execution_id="execution-1")
PARAMETER = "/pase/shop/release-checks"
LISTENER = "arn:aws:elasticloadbalancing:ap-southeast-1:123456789012:listener/app/shop/1/2"
ALREADY = "LifecycleEventAlreadyCompletedException"


class Context:
    """Time for the checks, besides what the hook keeps for its answer."""

    def __init__(self, seconds: float = 20.0) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int((self.seconds + MARGIN_SECONDS) * 1000)


class Aws:
    """CodeDeploy and the Parameter Store. `refusals` are given first, by operation.

    A refusal is an error's code, or None: the request is never answered.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.statuses: list[dict[str, str]] = []
        self.parameters: list[dict[str, Any]] = []
        self.refusals: dict[str, list[str | None]] = {}
        # The states of the test listener's targets, look by look, the last one for ever; empty:
        # nobody may look.
        self.targets: list[list[str]] = [["healthy"]]
        self.on_targets: Callable[[], object] = lambda: None

    def route(self, request: Request) -> None:
        content = request.rfile.read(int(request.headers["Content-Length"]))
        if "X-Amz-Target" not in request.headers:
            self._answer_about_targets(request, content.decode())
            return
        body = json.loads(content)
        operation = request.headers["X-Amz-Target"].partition(".")[2]
        self.asked.append(operation)
        waiting = self.refusals.get(operation, [])
        if waiting:
            self._refuse(request, waiting.pop(0))
            return
        {
            "PutLifecycleEventHookExecutionStatus": self.statuses.append,
            "PutParameter": self.parameters.append,
        }[operation](body)
        request.answer(200, b"{}", {"Content-Type": "application/x-amz-json-1.1"})

    def _answer_about_targets(self, request: Request, query: str) -> None:
        """Elastic Load Balancing, which answers in XML."""
        headers = {"Content-Type": "text/xml"}
        if not self.targets:
            error = "<Code>AccessDenied</Code><Message>no</Message>"
            text = f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
            request.answer(403, text.encode(), headers)
            return
        if "Action=DescribeListeners" in query:
            assert urlencode({"ListenerArns.member.1": LISTENER}) in query
            action = "<Type>forward</Type><TargetGroupArn>green</TargetGroupArn>"
            listener = f"<DefaultActions><member>{action}</member></DefaultActions>"
            result = f"<Listeners><member>{listener}</member></Listeners>"
        else:
            self.on_targets()
            states = self.targets.pop(0) if len(self.targets) > 1 else self.targets[0]
            each = "".join(
                f"<member><TargetHealth><State>{state}</State></TargetHealth></member>"
                for state in states
            )
            result = f"<TargetHealthDescriptions>{each}</TargetHealthDescriptions>"
        name = (
            "DescribeListeners" if "Action=DescribeListeners" in query else "DescribeTargetHealth"
        )
        text = f"<{name}Response><{name}Result>{result}</{name}Result></{name}Response>"
        request.answer(200, text.encode(), headers)

    def _refuse(self, request: Request, code: str | None) -> None:
        if code is None:
            time.sleep(30)
            return
        text = json.dumps({"__type": code, "message": "no"}).encode()
        request.answer(400, text, {"Content-Type": "application/x-amz-json-1.1"})


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    account = Aws()
    with serve({"/": account.route}) as server:
        for name, value in {
            "AWS_ENDPOINT_URL": server.url,
            "AWS_DEFAULT_REGION": "ap-southeast-1",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
        }.items():
            monkeypatch.setenv(name, value)
        aws_client.cache_clear()
        yield account
        aws_client.cache_clear()


@pytest.fixture(scope="module")
def green() -> Iterator[Server]:
    def stuck(request: Request) -> None:
        time.sleep(30)
        request.answer()

    routes: dict[str, Callable[[Request], None]] = {
        "/": lambda r: r.answer(200, b"<h1>Welcome</h1>"),
        "/broken": lambda r: r.answer(500, b"oh no"),
        "/braces": lambda r: r.answer(200, b"{{ template }}"),
        "/stuck": stuck,
    }
    with serve(routes) as server:
        yield server


Deploy = Callable[..., None]


@pytest.fixture
def deploy(monkeypatch: pytest.MonkeyPatch, green: Server) -> Deploy:
    """Deploy the function with some checks of the release gate."""

    def run(*checks: dict[str, Any], url: str = green.url) -> None:
        defaults = {"gates": ["release"], "repetitions": 1}
        named = [{"name": f"check {i}", **defaults, **check} for i, check in enumerate(checks)]
        for name, value in {
            "SERVICE": "shop",
            "ENVIRONMENT": "dev",
            "CHECKS": json.dumps(named),
            # Refuses: a hook that asked blue would be seen.
            "PRODUCTION_URL": "http://127.0.0.1:1",
            "TEST_URL": url,
            "REPORT_PARAMETER": PARAMETER,
            "TEST_LISTENER": LISTENER,
        }.items():
            monkeypatch.setenv(name, value)

    return run


def answered(aws: Aws) -> str:
    """The status CodeDeploy took: exactly one, for the deployment and execution that asked."""
    (status,) = aws.statuses
    assert status["deploymentId"] == EVENT["DeploymentId"]
    assert status["lifecycleEventHookExecutionId"] == EVENT["LifecycleEventHookExecutionId"]
    return status["status"]


def kept(aws: Aws) -> dict[str, Any]:
    """The report in the parameter."""
    (parameter,) = aws.parameters
    assert parameter["Name"] == PARAMETER
    assert (parameter["Type"], parameter["Overwrite"]) == ("String", True)
    document: dict[str, Any] = json.loads(parameter["Value"])
    return document


def test_a_healthy_green_is_answered_succeeded(aws: Aws, deploy: Deploy, green: Server) -> None:
    before = len(green.seen)
    deploy({"path": "/", "body_contains": "Welcome", "repetitions": 3})
    report = handler(EVENT, Context())
    assert answered(aws) == "Succeeded"
    assert len(green.seen) - before == 3
    assert report["gate"] == "release"
    assert kept(aws) == {
        "deploymentId": "d-ABCDEF123",
        "passed": True,
        "summary": "shop release in dev: all 1 checks passed",
        "failures": [],
    }


def test_a_wrong_body_is_answered_failed_and_the_reasons_are_kept(aws: Aws, deploy: Deploy) -> None:
    deploy({"name": "front page", "path": "/", "body_contains": "Goodbye"}, {"path": "/broken"})
    handler(EVENT, Context())
    assert answered(aws) == "Failed"
    assert kept(aws)["failures"] == [
        "front page: 1 of 1 requests: the body does not contain 'Goodbye'; it begins "
        "'<h1>Welcome</h1>'",
        "check 1: 1 of 1 requests: expected status 200, got 500",
    ]


def test_the_reasons_are_kept_before_codedeploy_fails_the_deployment(
    aws: Aws, deploy: Deploy
) -> None:
    deploy({"path": "/broken"})
    handler(EVENT, Context())
    assert aws.asked == ["PutParameter", "PutLifecycleEventHookExecutionStatus"]


def test_a_green_that_refuses_is_answered_failed(aws: Aws, deploy: Deploy) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    deploy({"path": "/"}, url=url)
    handler(EVENT, Context())
    assert answered(aws) == "Failed"
    assert kept(aws)["failures"][0].endswith("the connection is refused")


def test_a_green_whose_targets_are_still_starting_is_not_asked(
    aws: Aws, deploy: Deploy, green: Server
) -> None:
    before = len(green.seen)
    asked_meanwhile: list[int] = []
    aws.on_targets = lambda: asked_meanwhile.append(len(green.seen) - before)
    aws.targets = [["initial"], ["healthy", "initial"], ["healthy", "healthy"]]
    deploy({"path": "/"})
    handler(EVENT, Context())
    assert answered(aws) == "Succeeded"
    assert asked_meanwhile == [0, 0, 0]
    assert len(green.seen) - before == 1


def test_targets_that_nobody_may_look_at_are_not_waited_for(aws: Aws, deploy: Deploy) -> None:
    aws.targets = []
    deploy({"path": "/"})
    started = time.monotonic()
    handler(EVENT, Context())
    assert time.monotonic() - started < 5
    assert answered(aws) == "Succeeded"


def test_a_green_that_hangs_is_answered_failed_while_there_is_still_time(
    aws: Aws, deploy: Deploy
) -> None:
    deploy({"path": "/stuck", "timeout_seconds": 20, "repetitions": 6})
    started = time.monotonic()
    handler(EVENT, Context(1.0))
    assert time.monotonic() - started < 10
    assert answered(aws) == "Failed"
    assert kept(aws)["failures"] == ["check 0: not finished before the deadline: 6 of 6 requests"]


def test_without_time_for_the_checks_the_answer_is_failed(
    aws: Aws, deploy: Deploy, green: Server
) -> None:
    before = len(green.seen)
    deploy({"path": "/"})
    handler(EVENT, Context(0))
    assert answered(aws) == "Failed"
    assert len(green.seen) == before


def test_a_service_without_release_checks_is_answered_succeeded_and_that_is_said(
    aws: Aws, deploy: Deploy
) -> None:
    deploy({"path": "/broken", "gates": ["smoke"]})
    handler(EVENT, Context())
    assert answered(aws) == "Succeeded"
    assert kept(aws)["summary"] == "shop release in dev: no checks for this gate"


@pytest.mark.parametrize(
    ("variable", "reason"),
    [
        (("CHECKS", ""), "the function's environment variable CHECKS is not set"),
        (("CHECKS", "[{}]"), "CHECKS[0].name is missing"),
        (("CHECKS", "[" * 50_000), "unexpected RecursionError: "),
        (("SERVICE", ""), "the function's environment variable SERVICE is not set"),
        (("TEST_URL", "shop"), "'shop' cannot be checked; expected https://host"),
    ],
    ids=["absent", "invalid", "fault of the program", "no name", "no URL"],
)
def test_a_bad_deployment_of_the_function_is_answered_failed(
    aws: Aws,
    deploy: Deploy,
    monkeypatch: pytest.MonkeyPatch,
    variable: tuple[str, str],
    reason: str,
) -> None:
    deploy({"path": "/"})
    monkeypatch.setenv(*variable)
    handler(EVENT, Context())
    assert answered(aws) == "Failed"
    (failure,) = kept(aws)["failures"]
    assert failure.startswith(reason)


def test_without_a_parameter_for_the_report_the_answer_is_failed(
    aws: Aws, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy({"path": "/"})
    monkeypatch.delenv("REPORT_PARAMETER")
    report = handler(EVENT, Context())
    assert answered(aws) == "Failed"
    assert report["error"] == "the function's environment variable REPORT_PARAMETER is not set"


@pytest.mark.parametrize("refusal", ["ThrottlingException", "AccessDeniedException"])
def test_a_report_that_cannot_be_kept_does_not_change_the_answer(
    aws: Aws, deploy: Deploy, capsys: pytest.CaptureFixture[str], refusal: str
) -> None:
    aws.refusals["PutParameter"] = [refusal] * 5
    deploy({"path": "/"})
    handler(EVENT, Context())
    assert answered(aws) == "Succeeded"
    assert aws.asked.count("PutParameter") == 1
    assert "the report of d-ABCDEF123 could not be kept" in capsys.readouterr().err


def test_a_parameter_store_that_hangs_costs_seconds_and_not_the_answer(
    aws: Aws, deploy: Deploy
) -> None:
    aws.refusals["PutParameter"] = [None]
    deploy({"path": "/"})
    started = time.monotonic()
    handler(EVENT, Context())
    assert answered(aws) == "Succeeded"
    assert time.monotonic() - started < 8


def test_a_throttled_answer_is_given_again(aws: Aws, deploy: Deploy) -> None:
    aws.refusals["PutLifecycleEventHookExecutionStatus"] = ["ThrottlingException"] * 2
    deploy({"path": "/broken"})
    handler(EVENT, Context())
    assert answered(aws) == "Failed"
    assert aws.asked.count("PutLifecycleEventHookExecutionStatus") == 3


def test_a_second_delivery_of_an_answered_event_is_no_error(
    aws: Aws, deploy: Deploy, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.refusals["PutLifecycleEventHookExecutionStatus"] = [ALREADY]
    deploy({"path": "/"})
    assert handler(EVENT, Context())["passed"] is True
    assert "CodeDeploy has had an answer to this event already" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("refusals", "tries"),
    [(["ThrottlingException"] * 9, 4), (["AccessDeniedException"], 1)],
)
def test_an_answer_that_is_not_taken_is_an_error_so_that_lambda_runs_the_event_again(
    aws: Aws, deploy: Deploy, refusals: list[str | None], tries: int
) -> None:
    aws.refusals["PutLifecycleEventHookExecutionStatus"] = refusals
    deploy({"path": "/broken"})
    with pytest.raises(NotAnswered) as error:
        handler(EVENT, Context())
    assert str(error.value).startswith(
        "CodeDeploy did not take Failed for d-ABCDEF123 (hook execution execution-1): "
    )
    assert aws.asked.count("PutLifecycleEventHookExecutionStatus") == tries


def test_a_hook_without_a_region_is_an_error_too(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy()
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(NotAnswered, match="region"):
        handler(EVENT, Context())


def test_a_report_with_two_braces_is_one_that_the_parameter_store_takes(
    aws: Aws, deploy: Deploy
) -> None:
    deploy({"path": "/braces", "body_contains": "Welcome"})
    handler(EVENT, Context())
    assert "{{" not in aws.parameters[0]["Value"]
    assert "it begins '{{ template }}'" in kept(aws)["failures"][0]


def _report(failures: list[str], summary: str) -> Report:
    return {
        "service": "shop",
        "environment": "dev",
        "gate": "release",
        "passed": False,
        "checks": [
            {
                "name": "a",
                "passed": False,
                "requests": 1,
                "repetitions": 1,
                "failures": failures,
                "p95_ms": None,
                "budget_ms": None,
            }
        ],
        "summary": summary,
    }


@pytest.mark.parametrize("character", ["x", "é", "😀", '"', "{"])
def test_many_long_failures_are_cut_to_what_a_parameter_takes(character: str) -> None:
    failures = [f"{i}: {character * 1000}" for i in range(40)]
    text = parameter_document(HOOK, _report(failures, "Why: " + character * 1000))
    assert len(text.encode()) <= MAX_PARAMETER_BYTES
    document = json.loads(text)
    assert document["summary"].startswith(f"Why: {character}")
    *told, last = document["failures"]
    assert last == f"… and {40 - len(told)} more, in the function's log"


def test_each_release_replaces_the_report_of_the_one_before(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With moto's, and CodeDeploy alone on loopback."""
    codedeploy = Aws()
    with mock_aws(), serve({"/": codedeploy.route}) as server:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-southeast-1")
        monkeypatch.setenv("AWS_ENDPOINT_URL_CODEDEPLOY", server.url)
        ssm = boto3.client("ssm")
        for path in ("/broken", "/"):
            deploy({"path": path})
            handler(EVENT, Context())
        value = ssm.get_parameter(Name=PARAMETER)["Parameter"]["Value"]
    assert json.loads(value)["passed"] is True
    assert [status["status"] for status in codedeploy.statuses] == ["Failed", "Succeeded"]
