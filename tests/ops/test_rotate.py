"""`python -m ops rotate`: a rotation to its end, and each reason why there is none."""

from __future__ import annotations

import signal
from typing import Any

import pytest

import ops.rotate
from ops.context import Context
from ops.secret_state import SecretState
from rehearsal.errors import ApiError

from .command import Commands, on_terminal, start
from .endpoint import Invocation, Reply, answering, json_error, report
from .rotated import FUNCTION
from .world import CLUSTER, SERVICE, World
from .world_server import wait_for

NAME = f"{CLUSTER}/{SERVICE}/database"
PAYMENTS = f"{CLUSTER}/{SERVICE}/api-keys/payments"
ERRORS = "pase-storefront-database-rotation-errors"


def labels(world: World, name: str = NAME) -> dict[str, str]:
    """Label -> version."""
    return dict(world.secrets.model.secret(name).labels)


def rotate(run: Commands, *more: str, secret: str = "database") -> int:
    """Rotate the secret; empty: all of the service's."""
    named = ["--secret", secret] if secret else []
    return run("rotate", "prod", SERVICE, "--yes", *named, *more)


def configuration_of(made: Invocation) -> Reply:
    assert made.function == FUNCTION
    return report({"FunctionName": FUNCTION, "LoggingConfig": {"LogGroup": "the-log-group"}})


def test_all_secrets_of_a_service_are_rotated_and_followed_to_their_end(
    world: World, run: Commands
) -> None:
    for name in (NAME, PAYMENTS):
        world.secrets.make(name)
    before = [labels(world, name) for name in (NAME, PAYMENTS)]
    world.turn(minutes=1440)
    assert rotate(run, secret="") == 0
    for name, had in zip((NAME, PAYMENTS), before, strict=True):
        assert labels(world, name)["AWSPREVIOUS"] == had["AWSCURRENT"]
        current = labels(world, name)["AWSCURRENT"]
        assert f"{name}: never rotated, made 1.0 days ago\n" in run.out
        assert f"{name}: rotation begun, to version {current}\n" in run.out
        assert f"{name}: rotated: AWSCURRENT is version {current}\n" in run.out
    assert "restarted" not in run.out, "the service reads it at run time"


@pytest.mark.parametrize("named", ["database", NAME])
def test_one_of_them_can_be_named(world: World, run: Commands, named: str) -> None:
    for name in (NAME, PAYMENTS):
        world.secrets.make(name)
    before = labels(world, PAYMENTS)
    assert rotate(run, secret=named) == 0
    assert "AWSPREVIOUS" in labels(world)
    assert labels(world, PAYMENTS) == before
    assert rotate(run, secret="databse") == 2
    assert (
        f'There is no secret of {SERVICE} called "databse"; there are: api-keys/payments, database.'
    ) in run.err


def test_without_waiting_it_says_how_to_see_what_becomes_of_it(world: World, run: Commands) -> None:
    world.secrets.make(NAME)
    assert rotate(run, "--no-wait") == 0
    assert f"python -m ops secrets status prod {SERVICE}" in run.out
    assert "rotated: AWSCURRENT" not in run.out


def test_a_rotation_that_fails_says_where_to_look_for_why(
    world: World, run: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.secrets.make(NAME)
    before = labels(world)
    world.secrets.broken = "testSecret"
    world.client("cloudwatch").put_metric_alarm(
        AlarmName=ERRORS,
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": FUNCTION}],
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    world.alarm(ERRORS, "ALARM")
    with answering(configuration_of) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", endpoint.url)
        assert rotate(run, "--minutes", "0.5") == 1
    assert run.out.endswith(
        f"{NAME}: not rotated within 0.5 minutes; Secrets Manager goes on trying\n"
        "  AWSCURRENT works as before: a rotation that fails changes nothing about it\n"
        "  why is in the log group the-log-group\n"
        f"  alarm {ERRORS}: ALARM\n"
    )
    assert labels(world)["AWSCURRENT"] == before["AWSCURRENT"]


def test_where_the_log_is_stays_open_when_the_caller_may_not_know(
    world: World, run: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.secrets.make(NAME)
    world.secrets.broken = "setSecret"

    def deny(_: Invocation) -> Reply:
        return json_error(403, "AccessDeniedException", "not authorized")

    with answering(deny) as endpoint:
        for service in ("LAMBDA", "CLOUDWATCH"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", endpoint.url)
        assert rotate(run, "--minutes", "0.2") == 1
    assert f"why is in the log of the function {FUNCTION} (" in run.out
    assert f"lambda:GetFunctionConfiguration on {FUNCTION}" in run.out
    assert "its alarms are not known (" in run.out


def test_a_rotation_that_was_left_is_tried_again_and_not_begun_anew(
    world: World, run: Commands
) -> None:
    world.secrets.make(NAME)
    world.secrets.broken = "setSecret"
    version = world.secrets.rotate(NAME)
    world.turn(minutes=5)
    world.secrets.broken = ""
    assert rotate(run) == 0
    assert (
        f"a rotation to version {version} was begun and has not ended: AWSCURRENT works as "
        "before, and that rotation is tried again"
    ) in run.out
    assert labels(world)["AWSCURRENT"] == version


def test_a_rotation_that_is_overtaken_by_hand_has_failed(
    world: World, run: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.secrets.make(NAME)
    model = world.secrets.model
    call = model.call

    def overtaking(operation: str, parameters: Any) -> dict[str, Any]:
        answer = call(operation, parameters)
        if operation == "RotateSecret":
            world.secrets.put(NAME)
        return answer

    monkeypatch.setattr(model, "call", overtaking)
    assert rotate(run) == 1
    assert f"another version is AWSCURRENT by now: {labels(world)['AWSCURRENT']}" in run.out


def test_a_rotation_that_is_given_up_has_failed(
    world: World, run: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.secrets.make(NAME)
    world.secrets.broken = "createSecret"
    call = world.secrets.model.call

    def giving_up(operation: str, parameters: Any) -> dict[str, Any]:
        answer = call(operation, parameters)
        if operation == "RotateSecret":
            version = answer["VersionId"]
            removed = {"VersionStage": "AWSPENDING", "RemoveFromVersionId": version}
            call("UpdateSecretVersionStage", {"SecretId": NAME, **removed})
        return answer

    monkeypatch.setattr(world.secrets.model, "call", giving_up)
    assert rotate(run) == 1
    assert "it was given up: AWSPENDING is not on its version any more" in run.out


def test_secrets_that_cannot_be_rotated_are_refused_and_none_is_begun(
    world: World, run: Commands
) -> None:
    world.secrets.make(NAME)
    world.secrets.make(PAYMENTS)
    search = f"{CLUSTER}/{SERVICE}/search"
    world.secrets.make(search, every_days=None)
    world.secrets.call("CancelRotateSecret", SecretId=PAYMENTS)
    before = labels(world)
    assert rotate(run, secret="") == 1
    assert f"{PAYMENTS} is not rotated: rotation is off, and to rotate it would" in run.err
    assert f"{search} has no rotation configured; deploy its stack" in run.err
    assert labels(world) == before, "rather none than half of them"
    world.secrets.call("DeleteSecret", SecretId=PAYMENTS)
    assert rotate(run, secret="api-keys/payments") == 1
    assert f"{PAYMENTS} was deleted; restore it first" in run.err
    assert run("rotate", "prod", "inventory", "--yes") == 1
    assert f"{CLUSTER}/inventory/database is not there" in run.err


def test_what_would_refuse_the_login_of_tasks_that_serve_is_refused(
    world: World, injected: Commands
) -> None:
    world.secrets.make(NAME)
    world.turn(minutes=2)
    world.released(2)
    world.turn(minutes=60)
    assert rotate(injected) == 0
    assert (
        f"The tasks of {SERVICE} have it only once they are restarted, which is begun within some "
        f"minutes: python -m ops watch prod {SERVICE}"
    ) in injected.out
    before = labels(world)
    assert rotate(injected) == 1
    assert f"{NAME} has changed since tasks of {SERVICE} started" in injected.err
    assert labels(world) == before

    world.turn(minutes=3)
    world.deploy(world.define(3))
    world.turn(minutes=30)
    assert rotate(injected) == 1, "blue in its hot standby holds the login before"
    world.turn(minutes=60)
    assert rotate(injected) == 0
    assert rotate(injected, "--force") == 0


def test_without_a_terminal_nothing_happens_unless_it_is_said(world: World, run: Commands) -> None:
    world.secrets.make(NAME)
    before = labels(world)
    assert run("rotate", "prod", SERVICE, "--secret", "database") == 2
    assert "there is no terminal to ask on; add --yes to go ahead" in run.err
    assert labels(world) == before


def test_a_person_is_asked_first(world: World) -> None:
    world.secrets.make(NAME)
    before = labels(world)
    world.secrets.make(PAYMENTS)
    question = f"Rotate {PAYMENTS}, {NAME} in prod? [y/N] "
    ended = on_terminal(world, "rotate", "prod", SERVICE, answers=[(question, "n\n")])
    assert ended.status == 1
    assert "nothing was done" in ended.drawn
    assert labels(world) == before


def test_scripts_get_json_lines(world: World, run: Commands) -> None:
    world.secrets.make(NAME)
    assert rotate(run, "--json") == 0
    begun, rotated = run.lines()
    assert [begun["result"], rotated["result"]] == ["begun", "rotated"]
    assert begun["version"] == rotated["version"] == labels(world)["AWSCURRENT"]
    assert begun["secret"] == NAME


def test_ctrl_c_stops_watching_and_the_rotation_goes_on(world: World) -> None:
    world.secrets.make(NAME)
    world.secrets.broken = "setSecret"
    named = ("--secret", "database")
    process = start(world, "rotate", "prod", SERVICE, *named, "--yes", "--minutes", "600")
    wait_for(lambda: "AWSPENDING" in labels(world))
    assert process.stdout is not None
    assert "never rotated" in process.stdout.readline()
    assert "rotation begun" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.strip() == f"stopped watching; the rotation of {NAME} goes on"
    assert "Traceback" not in out + err


def test_ctrl_c_before_the_second_is_begun_names_the_one_that_goes_on(
    world: World, run: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [NAME, PAYMENTS]
    for name in names:
        world.secrets.make(name)
    begin = ops.rotate._begin
    begun: list[str] = []

    def interrupting(context: Context, secret: SecretState) -> Any:
        if begun:
            raise KeyboardInterrupt
        begun.append(secret.name)
        return begin(context, secret)

    monkeypatch.setattr(ops.rotate, "_begin", interrupting)
    assert rotate(run, secret="") == 130
    assert run.err.strip() == f"stopped watching; the rotation of {begun[0]} goes on"


def test_a_missing_right_is_named_and_nothing_else_is_begun(
    world: World, run: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.secrets.make(NAME)
    call = world.secrets.model.call

    def denying(operation: str, parameters: Any) -> dict[str, Any]:
        if operation == "RotateSecret":
            raise ApiError("AccessDeniedException", "no identity-based policy allows it")
        return call(operation, parameters)

    monkeypatch.setattr(world.secrets.model, "call", denying)
    assert rotate(run) == 1
    assert f"the caller needs secretsmanager:RotateSecret on {NAME}" in run.err


@pytest.mark.parametrize("minutes", ["0", "-1", "x", "1441"])
def test_minutes_that_are_none_are_refused(
    run: Commands, minutes: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run("rotate", "prod", SERVICE, f"--minutes={minutes}")
    assert ended.value.code == 2
    assert "expected minutes above 0 and up to 1440" in capsys.readouterr().err
