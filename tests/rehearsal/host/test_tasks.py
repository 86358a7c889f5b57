"""Tasks as real processes: their health, their replacement, their end."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import pytest

from rehearsal.fleet import TaskCounts

from .local import SET, Local
from .waiting import listens, runs

OTHER = SET[:-1] + "2"


def get(address: str, path: str = "/") -> httpx.Response:
    return httpx.get(f"http://{address}{path}", trust_env=False, timeout=10)


def test_a_task_is_healthy_after_one_passed_check(local: Local) -> None:
    local.slower(healthy_threshold=1000)
    local.start(2)
    assert local.fleet.counts(SET) == TaskCounts(pending=2)
    local.healthy(2)
    addresses = {task.address for task in local.tasks()}
    assert len(addresses) == 2
    assert all(get(address).status_code == 200 for address in addresses)


def test_each_healthy_task_is_a_target_of_its_own_in_moto(local: Local) -> None:
    local.start(3)
    local.healthy(3)
    registered = local.registered()
    assert len({identity for identity, _ in registered}) == 3
    ports = {int(task.address.partition(":")[2]) for task in local.tasks()}
    assert {port for _, port in registered} == ports
    assert local.states() == ["healthy"] * 3


def test_a_task_that_has_not_passed_a_check_is_initial_and_no_target_in_moto(local: Local) -> None:
    local.slower(unhealthy_threshold=1000)
    local.start(1, health="503")
    local.until(lambda: local.fleet.counts(SET).running == 1, what="running")
    assert local.states() == ["initial"]
    assert not local.registered()
    local.answer("200")
    local.healthy(1)


def test_an_unhealthy_task_gets_no_more_traffic_and_comes_back_after_the_threshold(
    local: Local,
) -> None:
    local.slower(grace_period=100_000)
    local.start(1)
    local.healthy(1)
    local.answer("500")
    local.until(lambda: local.states() == ["unhealthy"], what="unhealthy")
    assert local.fleet.counts(SET) == TaskCounts(running=1)
    assert not local.registered()
    local.answer("200")
    local.healthy(1)
    assert len(local.registered()) == 1
    assert not local.said


def test_a_task_that_fails_its_checks_after_the_grace_period_is_replaced(local: Local) -> None:
    local.start(1)
    local.healthy(1)
    first = local.only().id
    local.answer("500")
    local.until(lambda: bool(local.fleet.stopped_reasons(SET)), what="a reason")
    local.answer("200")
    local.until(lambda: [task.id for task in local.tasks()] != [first], what="a new task")
    local.until(lambda: len(local.tasks()) == 1, what="the old task gone")
    local.healthy(1)
    assert local.fleet.stopped_reasons(SET)[0] == (
        f"Task failed ELB health checks in (target-group {local.group})"
    )
    assert local.said[0] == (
        f"task {first[:8]} of green failed its health checks (status 500, not 200)"
    )


def test_a_task_is_not_replaced_during_its_grace_period(local: Local) -> None:
    local.slower(grace_period=200)
    began = time.monotonic()
    local.start(1, health="500")
    local.until(lambda: bool(local.fleet.stopped_reasons(SET)), what="replaced")
    # Without it, two checks would have been enough.
    assert time.monotonic() - began >= 2


def test_a_task_that_ends_is_replaced_with_its_reason(local: Local) -> None:
    local.start(2)
    local.healthy(2)
    victim = local.tasks()[0]
    with pytest.raises(httpx.TransportError):
        get(victim.address, "/end")
    local.until(lambda: bool(local.said), what="noticed")
    assert len(local.registered()) == 1
    local.healthy(2)
    assert victim.id not in {task.id for task in local.tasks()}
    assert local.fleet.stopped_reasons(SET) == ("Essential container in task exited (exit code 3)",)
    assert local.said == [f"task {victim.id[:8]} of green ended with status 3"]
    assert len(local.registered()) == 2


def test_a_killed_task_is_replaced(local: Local) -> None:
    local.start(3)
    local.healthy(3)
    before = {task.id for task in local.tasks()}
    assert local.fleet.kill(SET, 2) == 2
    local.until(lambda: len(local.said) == 2, what="both noticed")
    local.healthy(3)
    assert len(before & {task.id for task in local.tasks()}) == 1
    assert all(said.endswith("ended with status 137 (SIGKILL)") for said in local.said)
    assert set(local.fleet.stopped_reasons(SET)) == {
        "Essential container in task exited (exit code 137)"
    }


def test_a_crash_loop_slows_down(local: Local) -> None:
    local.environment["PYTHONHOME"] = "nowhere"
    local.start(1)
    began = time.monotonic()
    local.until(lambda: len(local.said) == 3, what="three crashes")
    # Half a second before the second, one before the third.
    assert time.monotonic() - began >= 1.5
    assert local.fleet.counts(SET) == TaskCounts(pending=1)
    assert "ended with status 1: " in local.said[0]


def test_a_task_that_cannot_be_started_is_told_and_tried_again(local: Local) -> None:
    program, local.program = local.program, ("no-such-program",)
    local.start(1)
    local.until(lambda: bool(local.said), what="told")
    assert "could not be started: " in local.said[0]
    assert local.fleet.stopped_reasons(SET)[0].startswith("CannotStartContainerError: ")
    local.program = program
    local.healthy(1)


def test_scaled_up_there_are_more_tasks_and_scaled_down_the_newest_go(local: Local) -> None:
    local.start(1)
    local.healthy(1)
    first = local.only().id
    local.fleet.scale(SET, 3)
    assert local.fleet.counts(SET) == TaskCounts(running=1, pending=2, healthy=1)
    local.healthy(3)
    local.fleet.scale(SET, 1)
    assert local.fleet.counts(SET) == TaskCounts(running=1, healthy=1)
    assert local.states() == ["draining", "draining", "healthy"]
    assert len(local.registered()) == 1
    local.until(lambda: len(local.tasks()) == 1, what="two gone")
    assert local.only().id == first
    assert not local.said
    assert not local.fleet.stopped_reasons(SET)


def test_scaled_down_before_they_start_they_never_do(local: Local) -> None:
    local.start(5)
    local.fleet.scale(SET, 0)
    assert not local.tasks()


def test_a_stopped_set_drains_and_a_request_in_flight_ends_well(local: Local) -> None:
    local.start(1)
    local.healthy(1)
    task = local.only()
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(get, task.address, "/slow")
        time.sleep(0.2)
        began = time.monotonic()
        local.fleet.stop(SET)
        assert local.states() == ["draining"]
        assert not local.registered()
        assert local.fleet.counts(SET) == TaskCounts(running=1)
        # Requests that the balancer has sent before it noticed are still served.
        assert get(task.address).status_code == 200
        local.until(lambda: local.only().state == "stopping", what="SIGTERM")
        assert time.monotonic() - began >= 0.5
        assert not answer.done()
        assert not local.states()
        local.until(lambda: local.fleet.counts(SET) == TaskCounts(), what="gone")
        assert answer.result().text == "at last"
    assert task.pid is not None
    assert not runs(task.pid)
    assert not local.fleet.stopped_reasons(SET)


def test_a_task_that_ignores_sigterm_is_killed_after_the_stop_time_out(local: Local) -> None:
    local.stubborn = True
    local.slower(stop_timeout=0.5)
    local.start(1)
    local.healthy(1)
    pid = local.only().pid
    assert pid is not None
    local.fleet.stop(SET)
    local.until(lambda: bool(local.tasks()) and local.only().state == "stopping", what="SIGTERM")
    assert runs(pid)
    local.until(lambda: not local.tasks(), what="killed")
    assert not runs(pid)


def test_a_task_that_never_listens_is_unhealthy_in_the_end(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rehearsal.host.health_checks.START_SECONDS", 1)
    local.program = ("sh", "-c", "sleep 600")
    local.start(1)
    local.until(lambda: bool(local.said), what="replaced")
    assert local.said[0].endswith("failed its health checks (connection refused)")


def test_tasks_that_hang_delay_no_other_check(local: Local) -> None:
    local.slower(timeout=60)
    local.start(4, health="hang")
    local.until(lambda: local.fleet.counts(SET).running == 4, what="running")
    local.start(1, task_set=OTHER)
    local.healthy(1, task_set=OTHER)
    assert local.states() == ["healthy"] + ["initial"] * 4


def test_a_task_that_hangs_is_unhealthy_after_the_time_out(local: Local) -> None:
    local.start(1)
    local.healthy(1)
    local.answer("hang")
    local.until(lambda: bool(local.said), what="replaced")
    assert local.said[0].endswith("failed its health checks (no answer within 2 s)")


def test_a_target_group_that_is_gone_does_not_stop_the_end_of_its_tasks(local: Local) -> None:
    local.start(1)
    local.healthy(1)
    for listener in local.elbv2.describe_listeners(
        LoadBalancerArn=local.elbv2.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    )["Listeners"]:
        local.elbv2.delete_listener(ListenerArn=listener["ListenerArn"])
    local.elbv2.delete_target_group(TargetGroupArn=local.group)
    local.fleet.stop(SET)
    local.until(lambda: not local.tasks(), what="gone")


def test_close_ends_all_tasks(local: Local) -> None:
    local.start(2)
    local.healthy(2)
    tasks = local.tasks()
    local.fleet.close()
    local.fleet.close()
    for task in tasks:
        assert task.pid is not None
        assert not runs(task.pid)
        assert not listens(int(task.address.partition(":")[2]))
    assert not local.fleet.tasks()


def test_a_set_that_is_unknown_has_no_tasks(local: Local) -> None:
    assert local.fleet.counts("other") == TaskCounts()
    assert local.fleet.stopped_reasons("other") == ()
    assert local.fleet.next_due() is None


def test_a_task_gets_path_and_its_environment_only(local: Local) -> None:
    local.start(1)
    local.healthy(1)
    names = set(psutil.Process(local.only().pid).environ())
    assert names - {"LC_CTYPE"} == {"PATH", "PYTHONDONTWRITEBYTECODE"}
