"""`python -m ops secrets status`: what it says of every state a secret can be in."""

from __future__ import annotations

from datetime import datetime

import pytest

from .command import Commands, on_terminal
from .endpoint import Reply, answering
from .states import START
from .world import ACCOUNT, CLUSTER, REGION, SERVICE, World

NAME = f"{CLUSTER}/{SERVICE}/database"
PAYMENTS = f"{CLUSTER}/{SERVICE}/api-keys/payments"


def row(run: Commands, name: str = NAME) -> list[str]:
    """The cells of a secret's row: two spaces or more lie between them."""
    (line,) = [one for one in run.out.splitlines() if one.startswith(f"{name}  ")]
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


@pytest.fixture(autouse=True)
def payments(world: World) -> None:
    """The secret that the example's configuration names beside the database's."""
    world.secrets.make(PAYMENTS, every_days=7)


def rotated(world: World, name: str = NAME) -> None:
    world.secrets.rotate(name)
    world.turn(seconds=1)


def test_every_secret_of_a_service_has_a_row_and_what_is_not_there_as_well(
    world: World, run: Commands
) -> None:
    world.secrets.make(NAME)
    world.secrets.make(f"{CLUSTER}/{SERVICE}2/database")
    world.turn(minutes=1440)
    rotated(world)
    world.turn(minutes=1440)
    assert run("secrets", "status", "prod", SERVICE) == 0
    assert run.out.startswith(f"prod ({ACCOUNT}, {REGION}) at 2030-01-03 ")
    columns = ["secret", "rotation", "every", "last", "rotated", "days", "next", "state"]
    assert run.out.splitlines()[2].split() == [*columns, "tasks", "have"]
    next_ = world.secrets.call("DescribeSecret", SecretId=NAME)["NextRotationDate"]
    state = ["ok", "read at run time"]
    dates = ["2030-01-02", "1.0", f"{next_:%Y-%m-%d}"]
    assert row(run) == [NAME, "on", "30 days", *dates, *state]
    assert row(run, PAYMENTS)[1:6] == ["on", "7 days", "never", "2.0", "-"]
    assert row(run, PAYMENTS)[6:] == ["never rotated", "read at run time"]
    assert f"{SERVICE}2" not in run.out
    assert run("secrets", "status", "prod") == 1, "inventory's is missing"
    assert row(run, f"{CLUSTER}/inventory/database")[6] == "missing"
    assert "the environment's Secrets stack makes it; deploy it" in run.out


def test_a_rotation_that_does_not_end_becomes_a_persons_matter_after_an_hour(
    world: World, run: Commands
) -> None:
    world.secrets.make(NAME)
    world.secrets.broken = "setSecret"
    version = world.secrets.rotate(NAME)
    world.turn(minutes=10)
    assert run("secrets", "status", "prod", SERVICE) == 0
    assert row(run)[6].startswith("rotation under way since ")
    world.turn(minutes=60)
    assert run("secrets", "status", "prod", SERVICE) == 1
    assert row(run)[6].startswith("stuck: AWSPENDING left since ")
    assert f"AWSPENDING is on {version}). AWSCURRENT works as before." in run.out
    assert f"python -m ops rotate prod {SERVICE}" in run.out


def test_a_secret_that_is_not_rotated_any_more_needs_a_person(world: World, run: Commands) -> None:
    world.secrets.make(NAME)
    world.secrets.call("CancelRotateSecret", SecretId=NAME)
    assert run("secrets", "status", "prod", SERVICE) == 1
    assert row(run)[1:3] == ["off", "30 days"]
    assert row(run)[6] == "rotation is off"
    assert f"aws secretsmanager rotate-secret --secret-id {NAME}" in run.out


def test_a_deleted_secret_needs_a_person(world: World, run: Commands) -> None:
    world.secrets.make(NAME)
    world.secrets.call("DeleteSecret", SecretId=NAME, RecoveryWindowInDays=7)
    assert run("secrets", "status", "prod", SERVICE) == 1
    assert row(run)[6] == "deleted"
    assert f"aws secretsmanager restore-secret --secret-id {NAME}" in run.out


def test_tasks_that_started_before_the_rotation_are_told(world: World, injected: Commands) -> None:
    world.secrets.make(NAME)
    world.turn(minutes=2)
    world.released(2)
    assert injected("secrets", "status", "prod", SERVICE) == 0
    assert row(injected)[6:] == ["never rotated", "the current one"]
    world.turn(minutes=60)
    rotated(world)
    assert injected("secrets", "status", "prod", SERVICE) == 0
    assert row(injected)[6:] == ["restart due", "the one before"]
    world.turn(minutes=60 * 7)
    assert injected("secrets", "status", "prod", SERVICE) == 1
    assert row(injected)[6] == "restart overdue"
    assert "their restart should have been made hours ago" in injected.out
    world.released(3)
    assert injected("secrets", "status", "prod", SERVICE) == 0
    assert row(injected)[6:] == ["ok", "the current one"]


def test_scripts_get_all_of_it_and_no_value(world: World, injected: Commands) -> None:
    arn = world.secrets.make(NAME)
    rotated(world)
    assert injected("secrets", "status", "prod", SERVICE, "--json") == 0
    document = injected.document()
    assert (document["environment"], document["account"]) == ("prod", ACCOUNT)
    _, secret = document["secrets"]
    assert (secret["name"], secret["arn"], secret["every"]) == (NAME, arn, "30 days")
    assert (secret["state"], secret["needs_person"]) == ("restart due", False)
    assert secret["days_since_rotation"] < 0.01
    assert datetime.fromisoformat(secret["rotated"]) >= START
    assert "value" not in injected.out


def test_a_terminal_gets_a_table_in_which_no_word_is_cut(world: World) -> None:
    world.secrets.make(NAME)
    ended = on_terminal(world, "secrets", "status", "prod", SERVICE, columns=100)
    assert ended.status == 0
    assert {NAME, "never", "30", "days"} <= set(ended.drawn.split())


def test_a_missing_right_is_named(
    world: World, run: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    del world

    def deny(_: object) -> Reply:
        return Reply(status=400, body=b'{"__type": "AccessDeniedException", "Message": "no"}')

    with answering(deny) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint.url)
        assert run("secrets", "status", "prod", SERVICE) == 1
    assert f"listing {SERVICE}'s secrets: access denied; the caller needs" in run.err
    assert "secretsmanager:ListSecrets on *" in run.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("secrets", "status", "prd"), 'There is no environment "prd"'),
        (("secrets", "status", "prod", "storefrnt"), 'There is no service "storefrnt"'),
    ],
)
def test_a_name_that_does_not_exist_ends_with_2(
    run: Commands, arguments: tuple[str, ...], said: str
) -> None:
    assert run(*arguments) == 2
    assert said in run.err
