"""Which requests of a task a fault hits."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rehearsal.host import fault_proxy
from rehearsal.host.fault_proxy import Settings
from rehearsal.host.faults import PASS, Decisions, Fault, Treatment

HEALTH = "/health"


def decisions(*faults: Fault) -> Decisions:
    return Decisions(faults, health_path=HEALTH)


def statuses(decided: Decisions, count: int, *, age: float = 10.0) -> Sequence[int | None]:
    return [decided.decide("/", age=age).status for _ in range(count)]


def test_a_task_without_faults_passes_everything() -> None:
    assert decisions().decide("/", age=0) == PASS


def test_a_fault_hits_every_path_but_the_health_checks() -> None:
    decided = decisions(Fault(kind="errors", status=503))
    assert decided.decide("/", age=0).status == 503
    assert decided.decide("/version", age=0).status == 503
    assert decided.decide(HEALTH, age=0) == PASS


def test_a_fault_with_paths_hits_only_these() -> None:
    decided = decisions(Fault(kind="errors", paths=("/ready", HEALTH)))
    assert decided.decide("/", age=0) == PASS
    assert decided.decide("/ready", age=0).status == 500
    assert decided.decide(HEALTH, age=0).status == 500


def test_half_the_requests_are_every_second_one() -> None:
    assert statuses(decisions(Fault(kind="errors", share=0.5)), 6) == [None, 500] * 3


def test_a_share_holds_over_many_requests_and_is_the_same_each_time() -> None:
    runs = [statuses(decisions(Fault(kind="errors", share=0.03)), 1000) for _ in range(2)]
    assert runs[0] == runs[1]
    assert runs[0].count(500) == 30


def test_a_fault_begins_after_its_seconds() -> None:
    decided = decisions(Fault(kind="hang", after_seconds=2))
    assert not decided.decide("/", age=1.9).hang
    assert decided.decide("/", age=2).hang


def test_above_a_rate_means_more_requests_in_the_last_second() -> None:
    decided = decisions(Fault(kind="errors", above_rate=3))
    slow = [decided.decide("/", age=0.4 * number).status for number in range(10)]
    assert slow == [None] * 10
    fast = [decided.decide("/", age=10 + 0.1 * number).status for number in range(6)]
    assert fast == [None] * 3 + [500] * 3
    assert decided.decide("/", age=12).status is None


def test_health_checks_do_not_count_towards_the_rate() -> None:
    decided = decisions(Fault(kind="errors", above_rate=1))
    for _ in range(5):
        decided.decide(HEALTH, age=1)
    assert decided.decide("/", age=1).status is None


def test_unhealthy_answers_the_health_check_alone() -> None:
    decided = decisions(Fault(kind="unhealthy", after_seconds=5))
    assert decided.decide(HEALTH, age=4) == PASS
    assert decided.decide(HEALTH, age=5) == Treatment(status=500)
    assert decided.decide("/", age=5) == PASS


def test_faults_add_up() -> None:
    decided = decisions(
        Fault(kind="latency", milliseconds=100),
        Fault(kind="latency", milliseconds=50),
        Fault(kind="errors", status=502),
    )
    assert decided.decide("/", age=0) == Treatment(delay=0.15, status=502)


def test_a_crash_and_a_slow_start_have_their_time() -> None:
    decided = decisions(Fault(kind="crash", seconds=4), Fault(kind="slow_start", seconds=3))
    assert (decided.crashes_after, decided.listens_after) == (4, 3)
    assert decided.decide("/", age=9) == PASS
    assert (decisions().crashes_after, decisions().listens_after) == (None, 0)


def test_the_proxy_reads_the_settings_it_was_written() -> None:
    settings = Settings(
        port=1,
        inner=2,
        argv=["service"],
        environment={"A": "b"},
        health_path=HEALTH,
        faults=[Fault(kind="latency", milliseconds=3, paths=("/a",), above_rate=2.5)],
    )
    text = settings.to_json().decode()
    assert json.loads(text)["port"] == 1
    assert fault_proxy.settings_from_json(text) == settings
