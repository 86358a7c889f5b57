"""A rehearsal as a log, and as JSON for scripts."""

from __future__ import annotations

import io
import json
import threading

import pytest

from rehearsal.recording import LifecycleEvent, Recording
from rehearsal.view.show import view_for

from .recordings import mark, opened, shifting, taken_back, tick


def logged(*moments: Recording) -> list[str]:
    """What a log has after these looks."""
    stream = io.StringIO()
    view = view_for(stream)
    view.begin(moments[0])
    for moment in moments:
        vars(moments[0]).update(vars(moment))
        view.refresh()
    view.close()
    return stream.getvalue().splitlines()


def test_everything_that_happens_is_a_line_with_its_time_and_environment() -> None:
    lines = logged(shifting(), taken_back())
    for line in (
        "default: Three versions go down the road",
        "[   5.0 s  prod   ] v2 is being released",
        "[  12.0 s  prod   ] deployment d-ABC123XYZ of v2 is in progress",
        "[  12.0 s  prod   ] v2 AllowTraffic in progress",
        "[  13.0 s  prod   ] mark of second 13",
        "[  11.0 s  prod   ] v2 approval passed",
        "[  31.0 s  prod   ] v2 AllowTraffic failed",
        "[  31.0 s  prod   ] deployment d-ABC123XYZ of v2 is stopped: ALARM_ACTIVE: one or more "
        "alarms",
        "[  31.0 s  prod   ] GreenErrorRate takes v2 back",
        "[  33.0 s  prod   ] v2 has FAILED: The release of v2 failed: d-ABC123XYZ is Stopped",
    ):
        assert lines.count(line) == 1, line
    assert not any("pending" in line or "skipped" in line for line in lines)


def test_a_status_has_the_time_of_the_event_that_brought_it() -> None:
    began, waiting = shifting(), shifting()
    deployment = began.environment("prod").deployments[0]
    deployment.events = [LifecycleEvent(name="Install", status="InProgress", start=7)]
    deployment = waiting.environment("prod").deployments[0]
    deployment.status = "Ready"
    deployment.events = [LifecycleEvent(name="Install", status="Succeeded", start=7, end=11)]
    lines = [line for line in logged(began, waiting) if "deployment d-ABC123XYZ" in line]
    assert lines == [
        "[   7.0 s  prod   ] deployment d-ABC123XYZ of v2 is in progress",
        "[  11.0 s  prod   ] deployment d-ABC123XYZ of v2 is ready",
    ]


def test_nothing_new_is_no_line_and_something_new_is_told_once() -> None:
    stream, recording = io.StringIO(), shifting()
    view = view_for(stream)
    view.begin(recording)
    view.refresh()
    before = stream.getvalue()
    view.refresh()
    assert stream.getvalue() == before
    mark(recording.environment("dev"), 30, "task", "a task ended")
    view.refresh()
    assert stream.getvalue() == f"{before}[  30.0 s  dev    ] a task ended\n"


def test_every_ten_seconds_a_line_says_how_things_stand() -> None:
    stream, recording = io.StringIO(), opened()
    view = view_for(stream)
    view.begin(recording)
    for at in range(2, 36):
        tick(recording, at, "prod", green=20)
        view.refresh()
    status = [line for line in stream.getvalue().splitlines() if "requests/s" in line]
    assert [line[:10] for line in status] == ["[  10.0 s ", "[  20.0 s ", "[  30.0 s "]
    assert status[0].endswith(
        "] blue v1 80 % 3/3 healthy; green v2 20 % 3/3 healthy; 300 requests/s; 0 failed; "
        "p50 4 ms; p99 62 ms; none in ALARM"
    )


def test_the_verdict_says_what_held_and_what_was_measured() -> None:
    stream, recording = io.StringIO(), taken_back()
    view = view_for(stream)
    view.begin(recording)
    view.end(recording)
    view.close()
    assert stream.getvalue().splitlines()[-5:] == [
        "default: Three versions go down the road",
        "  ok      v2 fails in prod (failed)",
        "  FAILED  no request fails (12 of 9,300 failed)",
        "  9,900 requests, 12 failed; 33 s, 11 min of AWS's time",
        "  1 of 2 expectations did NOT hold",
    ]


def test_a_scenario_that_was_cut_short_did_not_hold_even_if_nothing_is_missing() -> None:
    stream, recording = io.StringIO(), opened()
    recording.ended = "Ctrl-C"
    view_for(stream).end(recording)
    assert "  CUT SHORT: Ctrl-C" in stream.getvalue().splitlines()


def test_what_is_left_before_its_end_is_told_once() -> None:
    stream = io.StringIO()
    view = view_for(stream)
    view.begin(shifting())
    view.close()
    view.close()
    assert stream.getvalue().count("left before its end") == 1


def test_control_characters_do_not_reach_a_log_and_a_poor_encoding_is_no_error() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    view = view_for(stream)
    view.say("caf\u00e9\x1b[31m\r\nnext")
    assert raw.getvalue() == b"caf??[31m next\n"


class OnATerminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "json"), [(io.StringIO(), False), (io.StringIO(), True), (OnATerminal(), False)]
)
def test_a_recording_is_only_read_under_the_lock(
    stream: io.StringIO, json: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    lock, recording = threading.Lock(), shifting()
    view = view_for(stream, lock=lock, json=json)
    view.begin(recording)
    lock.acquire()
    reading = threading.Thread(target=view.refresh)
    reading.start()
    before = stream.getvalue()
    reading.join(0.2)
    assert reading.is_alive()
    assert stream.getvalue() == before
    lock.release()
    reading.join(10)
    assert len(stream.getvalue()) > len(before)
    view.close()


def test_scripts_get_an_object_for_everything_that_happens() -> None:
    stream, recording = io.StringIO(), shifting()
    view = view_for(stream, json=True)
    view.say("set up\x7f")
    view.begin(recording)
    view.refresh()
    vars(recording).update(vars(taken_back()))
    view.end(recording)
    view.close()
    text = stream.getvalue()
    assert "\x7f" not in text
    lines = [json.loads(line) for line in text.splitlines()]
    assert [one["what"] for one in lines[:2]] == ["note", "begin"]
    assert {one["what"] for one in lines} == {
        *("note", "begin", "mark", "event", "deployment", "release", "gate", "end")
    }
    assert {
        "what": "event",
        "at": 31,
        "environment": "prod",
        "name": "AllowTraffic",
        "text": "v2 AllowTraffic failed",
    } in lines
    assert lines[-1]["held"] is False
    assert lines[-1]["requests"] == 9900
    assert lines[-1]["expectations"][1]["measured"] == "12 of 9,300 failed"
