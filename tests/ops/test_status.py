"""`python -m ops status`, and what all commands have in common: configuration and credentials."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.command_line import main

from .command import Commands, on_terminal, start, write_configuration
from .endpoint import Invocation, Reply, answering, xml_error
from .world import ACCOUNT, ALARMS, CLUSTER, REGION, SERVICE, World


def row(run: Commands, service: str = SERVICE) -> list[str]:
    """The cells of a service's row: two spaces or more lie between them."""
    (line,) = [one for one in run.out.splitlines() if one.startswith(f"{service} ")]
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def test_every_service_of_the_environment_has_a_row(world: World, run: Commands) -> None:
    world.asked(world.serving())
    assert run("status", "prod") == 0
    assert run.out.startswith(f"prod ({ACCOUNT}, {REGION}) at ")
    columns = ["service", "serves", "live", "weights", "tasks", "deployment", "scaling"]
    assert run.out.splitlines()[2].split() == columns
    assert row(run) == [SERVICE, "1" * 12 + " as asked", "blue", "blue 100", "2/2", "none", "on"]
    assert row(run, "inventory")[5] == "not deployed"


def test_what_serves_before_any_release_by_the_stack_is_not_compared(
    world: World, run: Commands
) -> None:
    del world
    run("status", "prod", SERVICE)
    assert row(run)[1] == "1" * 12
    assert "inventory" not in run.out


def test_a_release_is_told_step_by_step(world: World, run: Commands) -> None:
    world.released(2)
    world.ask_for_approval()
    deployment = world.deploy(world.define(3))
    world.turn(seconds=20)
    run("status", "prod", SERVICE)
    assert row(run)[5] == f"{deployment}: preparing (Install)"
    world.turn(minutes=1)
    run("status", "prod", SERVICE)
    assert row(run)[4:6] == ["2/2 + 2/2", row(run)[5]]
    assert row(run)[5].startswith(f"{deployment}: waiting for approval until ")
    assert f"To let traffic move:  python -m ops approve prod {SERVICE}" in run.out
    world.call("ContinueDeployment", deploymentId=deployment, deploymentWaitType="READY_WAIT")
    world.turn(seconds=1)
    run("status", "prod", SERVICE)
    assert row(run)[3] == "blue 20 green 80"
    assert row(run)[5].startswith(f"{deployment}: shifting, 20 % on blue, next step ")
    world.turn(minutes=5)
    run("status", "prod", SERVICE)
    assert row(run)[1:4] == ["3" * 12 + " (releasing)", "blue", "blue 100"]
    assert row(run)[5].startswith(f"{deployment}: all traffic moved, baking until ")
    world.asked(world.serving())
    world.turn(minutes=11)
    run("status", "prod", SERVICE)
    assert row(run)[5].startswith(f"{deployment}: hot standby until ")
    world.turn(minutes=60)
    run("status", "prod", SERVICE)
    assert row(run)[1:6] == ["3" * 12 + " as asked", "blue", "blue 100", "2/2", "none"]


def test_what_serves_although_the_stack_asked_for_something_else_is_pointed_out(
    world: World, run: Commands
) -> None:
    world.released(2)
    world.asked(world.define(3))
    assert run("status", "prod", SERVICE) == 0
    assert row(run)[1] == "2" * 12 + " NOT as asked"
    assert (
        f"{SERVICE}: {'2' * 12} ({SERVICE}:2) serves, and its stack asked for {'3' * 12} "
        f"({SERVICE}:3).\n  To release that again:  python -m ops release prod {SERVICE}"
    ) in run.out


@pytest.mark.parametrize(
    ("marker", "flags", "told"),
    [
        (True, (True, True, True), "suspended by release"),
        (False, (True, True, True), "suspended"),
        (False, (True, False, False), "partly suspended"),
        (True, (False, False, False), "on"),
    ],
)
def test_suspended_scaling_is_told_with_who_has_suspended_it(
    world: World, run: Commands, marker: bool, flags: tuple[bool, bool, bool], told: str
) -> None:
    names = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
    world.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{CLUSTER}/{SERVICE}",
        ScalableDimension="ecs:service:DesiredCount",
        SuspendedState=dict(zip(names, flags, strict=True)),
    )
    if marker:
        world.parameter("scaling-suspended", "{}")
    run("status", "prod", SERVICE)
    assert row(run)[-1] == told
    assert ("no release runs" in run.out) is (told != "on")


def test_alarms_and_a_live_group_without_healthy_tasks_are_pointed_out(
    world: World, run: Commands
) -> None:
    world.alarm(ALARMS[0], "ALARM")
    sets = world.ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
    world.fleet.sicken(sets["taskSets"][0]["taskSetArn"])
    run("status", "prod", SERVICE)
    assert f"{SERVICE}: in ALARM: {ALARMS[0]}." in run.out
    assert f"{SERVICE}: no target of blue, which serves, is healthy." in run.out


def test_scripts_get_all_of_it_as_json(world: World, run: Commands) -> None:
    world.released(2)
    deployment = world.deploy(world.define(3))
    world.turn(minutes=2)
    assert run("status", "prod", "--json") == 0
    document = run.document()
    assert (document["environment"], document["account"]) == ("prod", ACCOUNT)
    missing, state = document["services"]
    assert missing["missing"] == "not deployed"
    assert state["progress"]["deployment"]["id"] == deployment
    assert state["phase"]["kind"] == "shifting"
    assert {one["name"]: one["weight"] for one in state["colours"]} == {"blue": 20, "green": 80}
    assert state["as_asked"] is True
    assert state["needs_release"] is False
    assert state["report"]["summary"] == "4 of 4 checks passed"


def test_a_terminal_gets_a_table_in_which_no_word_is_cut(world: World) -> None:
    world.ask_for_approval()
    deployment = world.deploy(world.define(2))
    world.turn(minutes=1)
    ended = on_terminal(world, "status", "prod", columns=80)
    assert ended.status == 0
    for word in (SERVICE, "1" * 12, f"{deployment}:", "approval", "scaling", "deployed"):
        assert word in ended.drawn.split(), ended.drawn
    table = ended.drawn.split("\n\n")[1]
    assert max(map(len, table.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("status", "prd"),
            'There is no environment "prd"; there are: dev, staging, prod. Did you mean "prod"?',
        ),
        (
            ("status", "prod", "shopfront"),
            'There is no service "shopfront"; there are: inventory, storefront. '
            'Did you mean "storefront"?',
        ),
        (
            ("watch", "prod", "storefornt"),
            'There is no service "storefornt"; there are: inventory, storefront. '
            'Did you mean "storefront"?',
        ),
        (
            ("status", "prod", "--region", "eu-west-1"),
            'There is no Region of prod called "eu-west-1"; there are: ap-southeast-1.',
        ),
    ],
)
def test_a_name_that_does_not_exist_ends_with_2_and_what_was_probably_meant(
    run: Commands, arguments: tuple[str, ...], said: str
) -> None:
    assert run(*arguments) == 2
    assert run.err.strip() == said
    assert run.out == ""


def test_an_environment_in_several_regions_needs_one(
    world: World, run: Commands, tmp_path: Path
) -> None:
    del world
    run.root = write_configuration(tmp_path)
    prod = run.root / "config/environments/prod.toml"
    second = """
[[regions]]
name = "ap-northeast-1"
availability_zones = ["ap-northeast-1a", "ap-northeast-1c"]
cidr = "10.30.0.0/16"
hosted_zone = { id = "Z0000000SECONDEXAMPLE", name = "tokyo.example.com" }

[network]
"""
    staging = run.root / "config/environments/staging.toml"
    prod.write_text(prod.read_text().replace("\n[network]\n", second))
    other = second.replace("10.30", "10.35").replace("tokyo", "tokyo.staging")
    staging.write_text(
        staging.read_text().replace("\n[network]\n", other.replace("SECOND", "STAGINGTWO"))
    )
    assert run("status", "prod") == 2
    assert run.err.strip() == (
        "prod is in several Regions, so --region is needed; there are: "
        "ap-southeast-1, ap-northeast-1"
    )
    assert run("status", "prod", "--region", REGION) == 0
    assert SERVICE in run.out


def test_mistakes_in_the_configuration_are_told_as_elsewhere(run: Commands, tmp_path: Path) -> None:
    run.root = write_configuration(tmp_path)
    (run.root / "config/platform.toml").write_text("name = 3\n")
    assert run("status", "prod") == 2
    assert "errors in the configuration; nothing was written." in run.err
    assert "config/platform.toml: name" in run.err


def test_a_profile_of_another_account_is_refused_with_both_accounts(
    world: World, run: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del world
    profiles = tmp_path / "aws-config"
    profiles.write_text(
        "[profile me]\naws_access_key_id = testing\naws_secret_access_key = testing\n"
        + "".join(
            f"[profile {name}]\nrole_arn = arn:aws:iam::{account}:role/operator\n"
            "source_profile = me\n"
            for name, account in (("dev", "222222222222"), ("prod", ACCOUNT))
        )
    )
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(profiles))
    assert run("status", "prod", "--profile", "dev") == 2
    assert run.err.startswith(
        "with the profile 'dev' you are in account 222222222222 "
        "(arn:aws:sts::222222222222:assumed-role/operator/"
    )
    assert run.err.strip().endswith(
        f"and prod is account {ACCOUNT}; choose a profile of that account with --profile or "
        "AWS_PROFILE"
    )
    assert run("status", "prod", "--profile", "prod") == 0
    monkeypatch.setenv("AWS_PROFILE", "dev")
    assert run("status", "prod") == 2
    assert "you are in account 222222222222" in run.err
    assert run("status", "prod", "--profile", "production") == 2
    assert "The config profile (production) could not be found" in run.err


def _expired(made: Invocation) -> Reply:
    assert made.body.startswith(b"Action=GetCallerIdentity")
    return xml_error(403, "ExpiredToken", "The security token in the request is expired")


@pytest.mark.parametrize("name", ["status", "watch", "approve", "rollback", "release", "history"])
def test_without_credentials_every_command_ends_with_2(
    run: Commands, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert run(name, "prod", SERVICE) == 2
    assert run.err.strip() == (
        "asking AWS who you are: there are no AWS credentials; sign in (aws sso login) or set "
        "AWS_PROFILE"
    )


def test_expired_credentials_end_with_2_and_ask_for_signing_in(
    run: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(_expired) as sts:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sts.url)
        assert run("status", "prod") == 2
    assert "the AWS credentials have expired; sign in again and repeat." in run.err


def test_it_runs_as_a_process_and_prints_plain_lines_to_a_pipe(world: World) -> None:
    with start(world, "status", "prod", SERVICE) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out.splitlines()[3].startswith(f"{SERVICE}  111111111111")
    assert err == ""


def test_a_command_that_does_not_exist_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["deploy", "prod"])
    assert ended.value.code == 2
    assert "invalid choice: 'deploy'" in capsys.readouterr().err
