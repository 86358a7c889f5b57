"""`python -m ops history`."""

from __future__ import annotations

import pytest

from .command import Commands, on_terminal
from .world import SERVICE, World, digest


def test_before_the_first_release_there_is_only_what_the_stack_created(
    world: World, run: Commands
) -> None:
    del world
    assert run("history", "prod", SERVICE) == 0
    assert "no deployment yet: its stack created it with the image that serves" in run.out
    assert f"Serves now: pase/{SERVICE}@{digest(1)} ({SERVICE}:1)" in run.out


@pytest.fixture
def past(world: World) -> World:
    """A release, and one that failed and was taken back."""
    world.released(2)
    world.hook = "Failed"
    world.deploy(world.define(3))
    world.turn(minutes=5)
    world.hook = "Succeeded"
    return world


def test_releases_are_listed_newest_first_with_how_they_ended(past: World, run: Commands) -> None:
    assert run("history", "prod", SERVICE) == 0
    rows = [line.split("  ") for line in run.out.splitlines() if " d-" in line and ":" in line[:16]]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert [row[2:6] for row in cells] == [
        ["rollback by CodeDeploy", "2" * 12, "2", "succeeded"],
        ["release", "3" * 12, "3", "failed"],
        ["release", "2" * 12, "2", "succeeded"],
    ]
    assert [row[6] for row in cells] == past.deployments()
    assert f"{past.deployments()[1]} failed: The deployment failed because" in run.out


def test_a_restart_for_secrets_is_told_apart_and_a_rollback_goes_back_beyond_it(
    world: World, run: Commands
) -> None:
    world.released(2)
    restart = world.deploy(
        world.serving(), description=f"pase restart of {SERVICE} for rotated secrets [12345678]"
    )
    world.turn(minutes=2)
    run("status", "prod", SERVICE)
    assert f"{restart} (restart for secrets): shifting, 20 % on blue" in run.out
    world.turn(minutes=90)
    run("history", "prod", SERVICE)
    (line,) = [one for one in run.out.splitlines() if one.endswith(restart)]
    assert "restart for secrets" in line
    world.each_look = 150
    assert run("rollback", "prod", SERVICE, "--yes") == 0
    assert world.serving().endswith(f"{SERVICE}:1"), "and not to what the restart replaced"


def test_scripts_get_json_and_only_as_many_as_they_ask_for(past: World, run: Commands) -> None:
    assert run("history", "prod", SERVICE, "--json", "--limit", "2") == 0
    document = run.document()
    assert document["serving"]["image"].endswith(digest(2))
    newest, failed = document["deployments"]
    assert (newest["kind"], newest["rollback_of"]) == ("rollback by CodeDeploy", failed["id"])
    assert failed["image"].endswith(digest(3))
    assert failed["id"] == past.deployments()[1]


def test_on_a_terminal_no_word_is_cut(past: World) -> None:
    ended = on_terminal(past, "history", "prod", SERVICE, columns=80)
    assert ended.status == 0
    for word in (*past.deployments(), "CodeDeploy", "succeeded", "3" * 12):
        assert word in ended.drawn.split()
    table = ended.drawn.split("\n\n")[1]
    assert max(map(len, table.splitlines())) <= 80


@pytest.mark.parametrize("limit", ["0", "-1", "x"])
def test_a_limit_that_is_no_number_is_refused(
    run: Commands, limit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run("history", "prod", SERVICE, f"--limit={limit}")
    assert ended.value.code == 2
    assert f"expected a whole number above 0, got '{limit}'" in capsys.readouterr().err
