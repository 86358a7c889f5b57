"""The picture of a moment, drawn for terminals of several sizes."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from rehearsal.recording import Recording
from rehearsal.view.screen import draw

from .recordings import mark, opened, shifting, taken_back

SIZES = [(80, 24), (200, 60), (120, 24), (100, 12), (40, 24), (20, 8), (4, 3)]


def drawn(recording: Recording, *, width: int = 80, height: int = 24) -> list[str]:
    """The picture's lines, with nothing cut off by the terminal."""
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None)
    with console.capture() as capture:
        console.print(draw(recording, width=width, height=height))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_a_shift_is_seen_as_a_whole_on_a_small_terminal() -> None:
    picture = "\n".join(drawn(shifting()))
    for text in (
        "Three versions go down the road",
        "20 times as fast as AWS: 30 s, 10 min of AWS's time",
        "dev: nothing yet > staging: nothing yet > prod: releasing v2",
        "prod: releasing v2, canary 20 % / 5 min, deployment d-ABC123XYZ",
        "7 of 8",
        "AllowTraffic in progress",
        "300 requests/s, 12 failed so far, p50 4 ms, p99 62 ms",
        "in ALARM: storefront-GreenErrorRate",
        "30.0 s  prod  mark of second 30",
    ):
        assert text in picture
    blue, green = (
        next(line for line in picture.splitlines() if line.strip().startswith(colour))
        for colour in ("blue", "green")
    )
    assert "v1" in blue
    assert "80 %  3 of 3 healthy  240 answered/s" in blue
    assert "v2" in green
    assert "20 %  3 of 3 healthy  60 answered/s" in green
    assert blue.count("━") > 3 * green.count("━") > 0
    assert "dev      v1                300" in picture
    assert ">  prod     v1 80 %, v2 20 %  300         12" in picture


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("moment", [opened, shifting, taken_back])
def test_the_picture_fits_every_terminal(
    moment: Callable[[], Recording], width: int, height: int
) -> None:
    recording = moment()
    for environment in recording.environments:
        mark(environment, 40, "message", "a long text " * 40)
    lines = drawn(recording, width=width, height=height)
    assert max(map(len, lines)) <= width
    # Eleven lines are drawn in any case; rich leaves out what a lower terminal has no room for.
    assert len(lines) <= max(height - 1, 11)


def test_a_high_or_wide_terminal_lists_the_lifecycle_events_with_their_times() -> None:
    for width, height in ((80, 50), (160, 30)):
        picture = "\n".join(drawn(shifting(), width=width, height=height))
        assert "AllowTraffic           in progress  6 min" in picture
        assert "BeforeInstall          succeeded    20 s" in picture
        assert "AfterAllowTraffic      pending" in picture
    assert "BeforeInstall" not in "\n".join(drawn(shifting()))


def test_a_wide_terminal_shows_more_of_what_happened_beside_the_details() -> None:
    lines = drawn(shifting(), width=160, height=40)
    assert any("7 of 8" in line and "mark of second" in line for line in lines)
    assert sum("mark of second" in line for line in lines) > 20


def test_the_environment_that_is_released_to_is_in_focus() -> None:
    recording = shifting()
    recording.environment("staging").releases.append(recording.environment("prod").releases[0])
    recording.environment("prod").releases.clear()
    picture = "\n".join(drawn(recording))
    assert "staging: releasing v2, canary" in picture
    assert ">  staging" in picture


def test_a_rollback_is_told_with_what_it_takes_back() -> None:
    recording = taken_back()
    assert "prod: v2 failed, canary 20 % / 5 min, rollback d-BACK of d-ABC123XYZ" in drawn(
        recording
    )
    recording.environment("prod").deployments.pop()
    assert any("AllowTraffic failed" in line for line in drawn(recording))


def test_control_characters_in_a_recording_do_not_reach_the_terminal() -> None:
    recording = shifting()
    recording.title = "a\x1b[2Jb\x07\u202ec"
    mark(recording.environment("prod"), 31, "message", "two\nlines\x9b1m")
    picture = "\n".join(drawn(recording))
    assert "a?[2Jb??c" in picture
    assert "two lines?1m" in picture


def test_before_anything_is_opened_there_is_only_a_heading() -> None:
    recording = opened()
    recording.environments.clear()
    assert drawn(recording)[0] == recording.title
