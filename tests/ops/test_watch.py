"""`python -m ops watch`: releases that the model of CodeDeploy plays, quickly."""

from __future__ import annotations

import json
import signal
from datetime import datetime

import pytest

from tests.support.simulated_fleet import Behaviour

from .command import Commands, on_terminal, start
from .endpoint import Invocation, Reply, answering, report
from .world import ALARMS, SERVICE, World
from .world_server import wait_for

# Of the model's time, from look to look.
SECONDS = 100


def test_a_release_is_followed_from_its_start_into_hot_standby(world: World, run: Commands) -> None:
    deployment = world.deploy(world.define(2))
    world.turn(seconds=1)
    world.each_look = SECONDS
    assert run("watch", "prod", SERVICE) == 0
    told = [line[10:] for line in run.out.splitlines() if line[8:10] == "  "]
    for line in (
        f"{deployment} Install succeeded",
        f"{deployment} AllowTraffic in progress",
        "traffic: blue 80 %, green 20 %",
        "traffic: blue 0 %, green 100 %",
        "green: 2 of 2 targets healthy",
        "alarms: none in ALARM",
    ):
        assert line in told
    assert told.index("traffic: blue 80 %, green 20 %") < told.index(
        "traffic: blue 0 %, green 100 %"
    )
    assert len(told) == len(set(told)), "only what changes is told"
    assert f"{deployment} is done: {'2' * 12} serves {SERVICE} and has passed its bake." in run.out
    assert f"to return to it at once:  python -m ops rollback prod {SERVICE}" in run.out
    assert world.info(deployment)["status"] == "InProgress"


def test_a_release_whose_checks_fail_ends_with_1_and_all_that_is_known(
    world: World, run: Commands
) -> None:
    world.hook = "Failed"
    deployment = world.deploy(world.define(2))
    world.each_look = SECONDS
    assert run("watch", "prod", SERVICE) == 1
    said = run.out.splitlines()
    start_of_end = said.index(
        f"{deployment} of {SERVICE} failed: The deployment failed because one or more of the "
        "lifecycle event validation functions failed."
    )
    assert said[start_of_end + 1].startswith("  AfterAllowTestTraffic failed: ")
    assert said[start_of_end + 2 : start_of_end + 4] == [
        "  release checks: 3 of 4 checks passed",
        "    front page: got 503",
    ]
    assert said[-1] == f"CodeDeploy has taken it back; {'1' * 12} serves {SERVICE} now"


def test_a_release_that_an_alarm_stops_names_the_alarm(world: World, run: Commands) -> None:
    deployment = world.deploy(world.define(2))
    world.turn(minutes=2)
    world.alarm(ALARMS[1], "ALARM")
    world.each_look = SECONDS
    assert run("watch", "prod", SERVICE) == 1
    assert f"{deployment} of {SERVICE} stopped: One or more alarms have been activated" in run.out
    assert f"  in ALARM: {ALARMS[1]}" in run.out
    assert world.serving().endswith(f"{SERVICE}:1")


def test_a_rollback_under_way_is_followed_with_the_release_it_takes_back(
    world: World, run: Commands
) -> None:
    deployment = world.deploy(world.define(2))
    world.turn(minutes=2)
    world.call("StopDeployment", deploymentId=deployment, autoRollbackEnabled=True)
    world.turn(seconds=1)
    world.each_look = SECONDS
    assert run("watch", "prod", SERVICE) == 1
    assert f"{deployment} of {SERVICE} stopped: " in run.out
    assert "CodeDeploy has taken it back" in run.out


def test_when_no_release_runs_the_last_one_is_told(world: World, run: Commands) -> None:
    assert run("watch", "prod", SERVICE) == 1
    assert run.err.strip() == f"no release of {SERVICE} runs in prod"
    world.released(2)
    assert run("watch", "prod", SERVICE) == 1
    last = world.deployments()[0]
    assert run.err.strip() == f"no release of {SERVICE} runs in prod; the last, {last}, succeeded"


def test_scripts_get_a_line_of_json_for_every_change(world: World, run: Commands) -> None:
    deployment = world.deploy(world.define(2))
    world.each_look = SECONDS
    assert run("watch", "prod", SERVICE, "--json") == 0
    lines = run.lines()
    times = [datetime.fromisoformat(line["time"]) for line in lines]
    assert times == sorted(times)
    kinds = {line["what"] for line in lines}
    assert kinds == {"event", "traffic", "health", "alarms", "phase", "end"}
    moved = [line for line in lines if line["what"] == "event" and line["name"] == "AllowTraffic"]
    assert [line["text"] for line in moved] == [
        f"{deployment} AllowTraffic in progress",
        f"{deployment} AllowTraffic succeeded",
    ]
    assert lines[-1]["result"] == "hot standby"


def test_ctrl_c_leaves_the_release_running_and_says_so(world: World) -> None:
    world.ask_for_approval()
    deployment = world.deploy(world.define(2))
    world.turn(minutes=2)
    with start(world, "watch", "prod", SERVICE) as process:
        lines = process.stdout
        assert lines is not None
        wait_for(lambda: "waiting for approval" in lines.readline())
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err.strip() == f"stopped watching; {deployment} of {SERVICE} goes on"
    assert world.info(deployment)["status"] == "Ready"


def test_a_terminal_shows_events_traffic_health_alarms_and_the_time_left(world: World) -> None:
    deployment = world.deploy(world.define(2))
    world.turn(minutes=2)
    world.each_look = SECONDS
    ended = on_terminal(world, "watch", "prod", SERVICE, columns=80)
    assert ended.status == 0
    for text in (
        f"{SERVICE} in prod (123456789012, ap-southeast-1)",
        f"{deployment}: shifting, 20 % on green, next step",
        "AfterAllowTestTraffic  succeeded",
        "80 % of traffic  2 of 2 healthy",
        "left, then 100 % on green",
        "left, then the release is done",
        "left, then blue is removed",
        "none of 2 alarms in ALARM",
        "Ctrl-C stops watching, not the release.",
        f"{deployment} is done: {'2' * 12} serves",
    ):
        assert text in ended.drawn
    view, _, _ = ended.drawn.partition(f"{deployment} is done")
    assert max(len(line.rstrip()) for line in view.splitlines()) <= 80


def test_the_waiting_time_of_an_approval_is_shown_as_it_runs_out(world: World) -> None:
    world.ask_for_approval()
    deployment = world.deploy(world.define(2))
    world.turn(minutes=2)
    world.each_look = 240
    ended = on_terminal(world, "watch", "prod", SERVICE)
    assert ended.status == 1
    assert f"{deployment}: waiting for approval until" in ended.drawn
    assert "left, then the release is stopped" in ended.drawn
    assert f"{deployment} of {SERVICE} stopped: The deployment timed out" in ended.drawn


def test_green_that_never_gets_healthy_is_seen(world: World, run: Commands) -> None:
    world.deploy(world.define(2, Behaviour(healthy_after=None)))
    world.each_look = 900
    assert run("watch", "prod", SERVICE) == 1
    assert "Install failed: The deployment timed out while waiting for the replacement" in run.out


class Gap:
    """Plays SSM: nothing is known for the first looks, and then every call is refused."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.calls = 0

    def __call__(self, made: Invocation) -> Reply:
        assert b"Names" in made.body
        self.calls += 1
        if self.calls <= 2:
            return report({"Parameters": [], "InvalidParameters": []})
        error = {"__type": self.code, "message": "so it is"}
        return Reply(body=json.dumps(error).encode(), status=400)


@pytest.mark.parametrize(
    ("code", "ends_with"),
    [
        ("ExpiredTokenException", (2, 3, "have expired; sign in again and repeat.")),
        ("AccessDeniedException", (1, 12, "needs ssm:GetParameters on /pase/storefront/*")),
    ],
)
def test_a_gap_is_waited_out_and_an_expired_sign_in_is_not(
    world: World,
    run: Commands,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    ends_with: tuple[int, int, str],
) -> None:
    status, calls, said = ends_with
    deployment = world.deploy(world.define(2))
    world.turn(minutes=2)
    gap = Gap(code)
    with answering(gap) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", endpoint.url)
        assert run("watch", "prod", SERVICE) == status
    assert said in run.err
    assert f"{deployment} goes on without being watched" in run.err
    assert gap.calls == calls
    assert world.info(deployment)["status"] == "InProgress"
