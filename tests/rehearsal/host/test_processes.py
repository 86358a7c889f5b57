"""All processes of a run end with it, whatever ends it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from rehearsal.host import guardian
from rehearsal.host.processes import Processes, ProcessesError

from .waiting import environment, listens, runs, wait_until

ROOT = Path(__file__).resolve().parents[3]
SLEEP = (sys.executable, "-c", "import time; time.sleep(600)")
ENVIRONMENT = environment()


@pytest.fixture
def processes() -> Iterator[Processes]:
    with Processes() as opened:
        yield opened


@dataclass(frozen=True)
class Run:
    """A process that plays the parent, and what it said it started."""

    parent: subprocess.Popen[bytes]
    pids: tuple[int, ...]
    ports: tuple[int, ...]
    folder: Path

    def wait_gone(self) -> None:
        """Nothing of it is left."""
        self.parent.wait(20)
        wait_until(lambda: not any(map(runs, self.pids)), what=f"gone: {self.pids}")
        wait_until(lambda: not self.folder.exists(), what="folder deleted")
        assert not any(map(listens, self.ports))


def begin(ending: str, kind: str = "") -> Run:
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.rehearsal.host.a_run", ending, kind],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    assert parent.stdout is not None
    with parent.stdout as output:
        said = json.loads(output.readline())
    # Guardian, task, its child, PostgreSQL and its backends.
    assert said["grandchild"] in said["pids"]
    assert len(said["pids"]) > 8
    return Run(parent, tuple(said["pids"]), tuple(said["ports"]), Path(said["folder"]))


@pytest.mark.parametrize(("ending", "status"), [("success", 0), ("exception", 1)])
def test_nothing_is_left_when_the_parent_has_ended(ending: str, status: int) -> None:
    run = begin(ending)
    run.wait_gone()
    assert run.parent.returncode == status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_a_signal_has_ended_the_parent(number: signal.Signals) -> None:
    run = begin("wait")
    assert all(map(runs, run.pids))
    assert all(map(listens, run.ports))
    run.parent.send_signal(number)
    run.wait_gone()
    assert run.parent.returncode == -number


def test_nothing_is_left_after_ctrl_c_which_goes_to_the_whole_group() -> None:
    run = begin("wait")
    os.killpg(run.parent.pid, signal.SIGINT)
    run.wait_gone()


def test_a_process_that_ignores_sigterm_is_killed_when_the_parent_is() -> None:
    run = begin("kill", "stubborn")
    run.wait_gone()


def test_close_ends_a_process_without_any_registration(processes: Processes) -> None:
    """One that was started and never told to the guardian, as when the parent is killed there."""
    stray = subprocess.Popen(SLEEP, process_group=processes._guardian.pid)
    try:
        processes.close()
        assert stray.wait(10) == -signal.SIGTERM
    finally:
        stray.kill()
        stray.wait()


def test_close_works_although_the_guardian_has_been_killed() -> None:
    processes = Processes()
    child = processes.start(SLEEP, name="child", environment=ENVIRONMENT)
    processes._guardian.kill()
    processes._guardian.wait()
    processes.close()
    assert child.returncode == -signal.SIGTERM
    assert not processes.folder.exists()


def test_closed_is_closed(processes: Processes) -> None:
    processes.close()
    processes.close()
    with pytest.raises(ProcessesError, match="child cannot be started: the run has been closed"):
        processes.start(SLEEP, name="child", environment=ENVIRONMENT)


def test_a_child_has_the_given_environment_and_nothing_else(processes: Processes) -> None:
    child = processes.start(
        [sys.executable, "-I", "-c", "import os, json; print(json.dumps(sorted(os.environ)))"],
        name="child",
        environment={"ONLY": "this"},
    )
    child.wait(10)
    # LC_CTYPE is Python's own doing.
    assert set(json.loads(processes.log("child"))) - {"LC_CTYPE"} == {"ONLY"}


def test_the_log_has_the_last_lines_of_both_outputs(processes: Processes) -> None:
    program = "import sys; [print(n) for n in range(99)]; print('no!', file=sys.stderr)"
    processes.start(
        [sys.executable, "-u", "-c", program], name="child", environment=ENVIRONMENT
    ).wait(10)
    lines = processes.log("child").splitlines()
    assert lines[-2:] == ["98", "no!"]
    assert len(lines) == 20
    assert processes.log("nobody") == ""


def test_a_program_that_does_not_exist_is_an_error_with_its_name(processes: Processes) -> None:
    with pytest.raises(ProcessesError, match=r"child cannot be started: .*no-such-program"):
        processes.start(["no-such-program"], name="child", environment=ENVIRONMENT)


@pytest.mark.parametrize("name", ["", "../child", "a b"])
def test_a_name_that_is_no_file_name_is_refused(processes: Processes, name: str) -> None:
    with pytest.raises(ProcessesError, match="cannot name a log"):
        processes.start(SLEEP, name=name, environment=ENVIRONMENT)


def test_a_child_can_be_nicer_than_its_parent(processes: Processes) -> None:
    child = processes.start(SLEEP, name="child", environment=ENVIRONMENT, nice=5)
    own = os.getpriority(os.PRIO_PROCESS, os.getpid())
    assert os.getpriority(os.PRIO_PROCESS, child.pid) == min(own + 5, 19)


def test_processes_can_be_started_by_several_threads_at_once(processes: Processes) -> None:
    children: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        for _ in range(4):
            children.append(processes.start(SLEEP, name="many", environment=ENVIRONMENT))

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(children) == 16
    assert {os.getpgid(child.pid) for child in children} == {processes._guardian.pid}
    processes.close()
    assert not any(runs(child.pid) for child in children)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts processes of other users")
def test_a_child_of_another_user_is_ended_too(processes: Processes) -> None:
    sleep = shutil.which("sleep")
    assert sleep is not None
    child = processes.start(
        [sleep, "600"], name="child", environment=ENVIRONMENT, user=(65534, 65534)
    )
    assert psutil.Process(child.pid).uids().real == 65534
    processes.close()
    assert child.returncode == -signal.SIGTERM


def test_members_of_a_group_are_found_with_ps_as_they_are_with_proc(processes: Processes) -> None:
    child = processes.start(SLEEP, name="child", environment=ENVIRONMENT)
    group = processes._guardian.pid
    for found in (guardian._from_ps(), guardian._from_proc()):
        assert {pid for pid, its_group, _ in found if its_group == group} == {group, child.pid}
