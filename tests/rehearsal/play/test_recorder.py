"""What is kept of users' answers: seconds, totals, phases, marks."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest

from rehearsal.play.recorder import Recorder, Zero, percentile
from rehearsal.recording import ColourSample, EnvironmentRecord, Sample
from rehearsal.users import Answered

BLUE, GREEN = "127.0.0.1:15001", "127.0.0.1:15002"


def answered(
    at: float,
    *,
    target: str = BLUE,
    status: int = 200,
    milliseconds: float = 10,
    retried: bool = False,
    error: str = "",
) -> Answered:
    """One request as its user saw it, by default well."""
    return Answered(
        visitors="prod",
        at=at,
        milliseconds=milliseconds,
        status=status,
        target=target,
        fresh=True,
        retried=retried,
        error=error,
    )


class Seen:
    """A recorder whose recording began some seconds ago."""

    def __init__(self, *, ago: float = 100) -> None:
        self.zero = time.monotonic() - ago
        self.record = EnvironmentRecord(
            name="prod", account="1", region="r", service="s", strategy="canary"
        )
        self.recorder = Recorder(
            record=self.record, zero=Zero(moment=self.zero), lock=threading.Lock()
        )
        self.recorder.knows(BLUE, "blue")
        self.recorder.knows(GREEN, "green")

    def answers(self, *moments: float, target: str = BLUE, status: int = 200) -> None:
        """Answers at these seconds of the recording."""
        self.recorder.answered(
            [answered(self.zero + one, target=target, status=status) for one in moments]
        )

    def close(self, seconds: int) -> Sequence[Sample]:
        """The samples of the next so many seconds."""
        for _ in range(seconds):
            colours = {"blue": ColourSample(weight=80), "green": ColourSample(weight=20)}
            self.recorder.close_second(colours, desired=3, alarms=("ErrorRate",))
        return self.record.samples[-seconds:]


def test_an_answer_is_in_the_sample_of_the_second_in_which_it_came() -> None:
    seen = Seen()
    seen.answers(0.1, 0.9, 1.0, 2.5)
    assert [(one.at, one.requests) for one in seen.close(4)] == [(0, 2), (1, 1), (2, 1), (3, 0)]


def test_a_sample_has_who_answered_and_where_things_stood() -> None:
    seen = Seen()
    seen.answers(0.1, 0.2, 0.3)
    seen.answers(0.4, target=GREEN)
    seen.answers(0.5, target="", status=503)
    (sample,) = seen.close(1)
    assert (sample.requests, sample.failed) == (5, 1)
    assert (sample.blue.answered, sample.green.answered) == (3, 1)
    assert (sample.blue.weight, sample.green.weight) == (80, 20)
    assert (sample.desired, sample.alarms) == (3, ("ErrorRate",))


def test_samples_begin_with_the_second_in_which_the_recording_begins() -> None:
    seen = Seen(ago=7.5)
    seen.recorder.begin()
    assert [one.at for one in seen.close(2)] == [7, 8]


def test_a_second_is_due_a_little_after_its_end() -> None:
    assert not Seen(ago=0.5).recorder.due()
    assert Seen(ago=1.4).recorder.due()


def test_a_moment_is_seen_when_its_second_is_closed() -> None:
    seen = Seen()
    seen.close(2)
    assert seen.recorder.seen_until(seen.zero + 1.9)
    assert not seen.recorder.seen_until(seen.zero + 2.1)


def test_an_answer_that_is_told_late_is_not_lost() -> None:
    seen = Seen()
    seen.close(3)
    seen.answers(1.5)
    (sample,) = seen.close(1)
    assert (sample.at, sample.requests) == (3, 1)


def test_latencies_are_percentiles_of_the_second_and_none_when_nobody_asked() -> None:
    seen = Seen()
    seen.recorder.answered(
        [answered(seen.zero + 0.5, milliseconds=one) for one in range(100, 0, -1)]
    )
    sample, empty = seen.close(2)
    assert (sample.p50, sample.p99) == (50, 99)
    assert (empty.p50, empty.p99, empty.requests) == (None, None, 0)


@pytest.mark.parametrize(
    ("values", "percent", "found"),
    [
        ([], 99, None),
        ([7.0], 50, 7.0),
        ([7.0], 0, 7.0),
        ([1.0, 2.0], 50, 1.0),
        ([1.0, 2.0], 51, 2.0),
        ([1.0, 2.0, 3.0], 100, 3.0),
        ([float(one) for one in range(1, 1001)], 99, 990.0),
        ([0.123456], 50, 0.12),
    ],
)
def test_a_percentile_is_a_value_that_was_measured(
    values: list[float], percent: int, found: float | None
) -> None:
    assert percentile(values, percent) == found


def test_failures_are_counted_by_their_reason() -> None:
    seen = Seen()
    seen.answers(1, 2, status=502)
    seen.answers(3, status=500)
    seen.answers(4, status=404)
    seen.recorder.answered(
        [
            answered(seen.zero + 5, status=0, target="", error="timeout"),
            answered(seen.zero + 6, retried=True),
        ]
    )
    totals = seen.recorder.totals
    assert (totals.requests, totals.failed, totals.retried) == (6, 4, 1)
    assert totals.failures == {"status 502": 2, "status 500": 1, "timeout": 1}


def test_totals_since_a_moment_are_what_came_after_it() -> None:
    seen = Seen()
    seen.answers(1, status=500)
    before = seen.recorder.totals.copy()
    seen.answers(2, 3, status=500)
    seen.answers(4)
    new = seen.recorder.totals.since(before)
    assert (new.requests, new.failed, new.failures) == (3, 2, {"status 500": 2})
    assert (before.requests, before.failed) == (1, 1)


def test_a_phase_counts_what_was_sent_and_answered_within_it() -> None:
    seen = Seen()
    seen.recorder.shifted({"blue": 80, "green": 20})
    start = seen.recorder.phases[0].start
    seen.recorder.answered(
        [
            answered(start + 0.010, milliseconds=20),
            answered(start + 0.030, milliseconds=20),
            answered(start + 0.040, milliseconds=20, target=GREEN),
            answered(start + 0.050, milliseconds=20, target="127.0.0.1:1"),
        ]
    )
    (phase,) = seen.recorder.phases
    assert phase.counts == {"blue": 1, "green": 1, "": 1}
    assert phase.latencies == [20, 20, 20]


def test_an_answer_to_what_was_sent_before_a_shift_counts_for_neither_phase() -> None:
    seen = Seen()
    seen.recorder.shifted({"blue": 100, "green": 0})
    seen.recorder.shifted({"blue": 0, "green": 100})
    first, second = seen.recorder.phases
    seen.recorder.answered([answered(second.start + 0.5, milliseconds=500.1)])
    assert first.end == second.start
    assert (first.counts.total(), second.counts.total()) == (0, 0)


def test_an_answer_that_is_told_after_a_shift_counts_for_the_phase_in_which_it_came() -> None:
    seen = Seen()
    seen.recorder.shifted({"blue": 100, "green": 0})
    started = time.monotonic()
    while time.monotonic() < started + 0.02:
        pass
    came = time.monotonic()
    seen.recorder.shifted({"blue": 0, "green": 100})
    seen.recorder.answered([answered(came, milliseconds=1)])
    first, second = seen.recorder.phases
    assert (first.counts, second.counts.total()) == ({"blue": 1}, 0)


def test_a_release_that_begins_cuts_a_phase_in_two_of_the_same_weights() -> None:
    seen = Seen()
    seen.recorder.cut()
    assert seen.recorder.phases == []
    seen.recorder.shifted({"blue": 100, "green": 0})
    seen.recorder.cut()
    first, second = seen.recorder.phases
    assert first.weights == second.weights == {"blue": 100, "green": 0}
    assert first.end == second.start
    assert second.end is None


def test_before_any_phase_nothing_is_counted_in_one() -> None:
    seen = Seen()
    seen.answers(1)
    assert seen.recorder.phases == []
    assert seen.recorder.totals.requests == 1


def test_the_last_answer_of_each_task_is_remembered_whatever_the_order() -> None:
    seen = Seen()
    seen.answers(3, 5, 4)
    seen.answers(2, target=GREEN)
    seen.answers(9, target="127.0.0.1:1")
    last = {key: round(value - seen.zero, 3) for key, value in seen.recorder.last_answer.items()}
    assert last == {BLUE: 5, GREEN: 2}


def test_marks_have_the_second_of_the_recording() -> None:
    seen = Seen(ago=50)
    seen.recorder.mark("task", "now")
    seen.recorder.mark("task", "then", at=12.344)
    seen.recorder.mark("task", "before the beginning", at=-3)
    now, then, before = seen.record.marks
    assert 50 <= now.at <= seen.recorder.now() + 0.01
    assert (then.at, before.at) == (12.34, 0)


def test_a_mark_that_is_made_once_is_not_made_again() -> None:
    seen = Seen()
    for text in ("v3 has to wait", "v3 has to wait", "v4 has to wait"):
        seen.recorder.mark_once("action", text)
    assert [one.text for one in seen.record.marks] == ["v3 has to wait", "v4 has to wait"]
