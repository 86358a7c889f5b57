"""However the command ends, nothing of it is left: no process, no port, no temporary file."""

from __future__ import annotations

import json
import signal
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from rehearsal.host.ports import Ports
from tests.support.templates import Templates

from ..host.waiting import wait_until
from .command import (
    DOES_NOT_HOLD,
    HOLDS,
    LONG,
    LONGEST,
    RELEASING,
    SET_UP,
    Command,
    interrupt_again_and_again,
    play,
    started,
)

INTERRUPTED = "interrupted; everything that was started has been ended"


def runs_node(command: Command) -> bool:
    """Whether the CDK's own Node, which the application starts, runs."""
    for one in psutil.Process(command.process.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if any(Path(part).name == "node" for part in one.cmdline()[:1]):
                return True
    return False


def test_a_scenario_that_holds_ends_with_0_and_is_one_json_document_a_line(
    home: Path, templates: Templates
) -> None:
    arguments = play(home, HOLDS, templates.root, "--json")
    with started(home, *arguments) as command:
        command.wait_for("AfterAllowTestTraffic")
        # Guardian, PostgreSQL, load balancer, users, two tasks of each version at least.
        assert len(command.seen) > 8
        assert len(command.ports) > 5
        assert command.end() == 0, command.everything()
    lines = [json.loads(line) for line in command.written().splitlines()]
    assert [one["what"] for one in lines[:2]] == ["begin", "note"]
    (end,) = [one for one in lines if one["what"] == "end"]
    assert end["held"] is True
    assert end["requests"] > 0
    assert lines[-1] == {"what": "note", "text": f"the report is {command.report}"}
    assert command.said() == ""
    assert "</html>" in command.report.read_text("utf-8")


def test_a_scenario_that_does_not_hold_ends_with_1_and_says_what_did_not(
    home: Path, templates: Templates
) -> None:
    with started(home, *play(home, DOES_NOT_HOLD, templates.root)) as command:
        command.wait_for("v2 is being released")
        assert command.end() == 1, command.everything()
    said = command.written()
    assert "FAILED  v2 is released as far as staging (failed in staging: " in said
    assert "2 of 2 expectations did NOT hold" in said
    assert "\x1b" not in said
    assert command.said() == ""
    assert "v2 is released as far as staging" in command.report.read_text("utf-8")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_during_the_set_up_leaves_nothing_but_the_report_of_an_earlier_run(
    home: Path, templates: Templates, number: signal.Signals
) -> None:
    (home / "report.html").write_text("yesterday's", encoding="utf-8")
    port = Ports().take()
    with started(home, *play(home, LONG, templates.root, "--port", str(port))) as command:
        command.wait_for(SET_UP)
        # The first port is the first load balancer's: no task is there, but HTTP is spoken.
        assert httpx.get(f"http://127.0.0.1:{port}/").status_code in (404, 503)
        command.process.send_signal(number)
        assert command.end() == 130, command.everything()
    assert command.said().splitlines() == [INTERRUPTED]
    assert command.report.read_text("utf-8") == "yesterday's"


def test_ctrl_c_again_and_again_leaves_nothing_either(home: Path, templates: Templates) -> None:
    with started(home, *play(home, LONG, templates.root)) as command:
        command.wait_for(RELEASING)
        interrupt_again_and_again(command.process)
        assert command.end() == 130, command.everything()
    assert INTERRUPTED in command.said()


def test_a_kill_leaves_nothing(home: Path, templates: Templates) -> None:
    with started(home, *play(home, LONG, templates.root)) as command:
        command.wait_for(RELEASING)
        command.process.send_signal(signal.SIGKILL)
        assert command.end() == -signal.SIGKILL


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_nothing_is_left_of_templates_that_were_being_synthesized(
    home: Path, number: signal.Signals, status: int
) -> None:
    with started(home, "good-release", "--report", str(home / "report.html")) as command:
        command.wait_for("synthesizing the templates")
        wait_until(lambda: runs_node(command), what="the CDK runs", seconds=LONGEST)
        command.note()
        command.process.send_signal(number)
        assert command.end() == status, command.everything()
    assert not command.report.exists()
