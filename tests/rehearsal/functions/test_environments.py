"""Execution environments: kept, side by side, replaced, ended."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rehearsal.clock import ManualClock
from rehearsal.errors import FunctionError

from ..host.waiting import runs, wait_until
from .packages import ARN, Pool


def test_one_process_runs_what_comes_one_after_the_other(tmp_path: Path) -> None:
    with Pool(tmp_path) as pool:
        answers = [pool("tell") for _ in range(3)]
        assert len({one["pid"] for one in answers}) == 1
        assert [one["calls"] for one in answers] == [1, 2, 3]
        assert pool.started.names == ["function-small"]


def test_two_at_once_run_in_two_processes_which_are_kept(tmp_path: Path) -> None:
    one, other = str(tmp_path / "one"), str(tmp_path / "other")
    with Pool(tmp_path) as pool, ThreadPoolExecutor(2) as threads:
        first = threads.submit(pool, "meet", own=one, other=other)
        second = threads.submit(pool, "meet", own=other, other=one)
        pids = {first.result(30), second.result(30)}
        assert len(pids) == 2
        assert pool("tell")["pid"] in pids
        assert len(pool.started.processes) == 2


def test_a_changed_function_has_a_new_process(tmp_path: Path) -> None:
    with Pool(tmp_path) as pool:
        before = pool("tell")["pid"]
        pool.register(LEVEL="debug")
        assert not runs(before)
        assert pool("environment")["LEVEL"] == "debug"


def test_what_runs_while_the_function_is_changed_ends_as_it_began_and_is_not_kept(
    tmp_path: Path,
) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    with Pool(tmp_path) as pool, ThreadPoolExecutor(1) as threads:
        running = threads.submit(pool, "meet", own=str(own), other=str(other))
        wait_until(own.exists, what="the handler to run")
        pool.register(LEVEL="debug")
        other.touch()
        before = running.result(30)
        wait_until(lambda: not runs(before), what="the old process to end")
        assert pool("tell")["pid"] != before


@pytest.mark.parametrize(("idle_seconds", "kept"), [(0, False), (600, True)])
def test_processes_that_were_idle_for_long_are_ended(
    tmp_path: Path, idle_seconds: float, *, kept: bool
) -> None:
    with Pool(tmp_path, idle_seconds=idle_seconds) as pool:
        pid = pool("tell")["pid"]
        pool.pool.run_due()
        assert runs(pid) is kept
        assert pool("tell")["calls"] == (2 if kept else 1)


def test_an_asynchronous_invocation_begins_when_what_is_due_is_run(tmp_path: Path) -> None:
    with Pool(tmp_path) as pool:
        pool.pool.invoke_later(ARN, {"do": "fail until", "file": str(pool.file), "tries": 1})
        assert pool.pool.next_due() == datetime(2026, 3, 2, tzinfo=UTC)
        assert pool.started.processes == []
        pool.pool.run_due()
        assert pool.pool.next_due() is None
        wait_until(lambda: pool.tries() == 1, what="the handler to run")


def test_a_failed_asynchronous_invocation_is_tried_again_after_one_and_two_minutes(
    tmp_path: Path,
) -> None:
    clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
    with Pool(tmp_path, clock=clock) as pool:
        pool.later("fail until", file=str(pool.file), tries=9)
        for number, seconds in ((1, 60), (2, 120)):
            wait_until(lambda: pool.pool.next_due() is not None, what="the next try to be planned")
            assert pool.tries() == number
            assert len(pool.errors) == number
            assert pool.pool.next_due() == clock.now() + timedelta(seconds=seconds)
            clock.advance(seconds - 0.1)
            pool.pool.run_due()
            assert pool.pool.next_due() is not None, "it was tried too early"
            clock.advance(0.1)
            pool.pool.run_due()
        wait_until(lambda: len(pool.errors) == 3, what="the third failure")
        pool("tell")
        assert pool.tries() == 3
        assert pool.pool.next_due() is None


def test_once_it_succeeds_it_is_not_tried_again(tmp_path: Path) -> None:
    clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
    with Pool(tmp_path, clock=clock) as pool:
        pool.later("fail until", file=str(pool.file), tries=2)
        wait_until(lambda: pool.pool.next_due() is not None, what="the first failure")
        clock.advance(60)
        pool.pool.run_due()
        wait_until(lambda: pool.tries() == 2, what="the second try")
        pool("tell")
        assert pool.pool.next_due() is None
        assert [why for _, why in pool.errors] == ["Refused: not yet"]


def test_a_silent_package_hangs_until_its_time_out(tmp_path: Path) -> None:
    with Pool(tmp_path, time_out=0.2) as pool:
        pool.pool.silent.add("small")
        with pytest.raises(FunctionError) as caught:
            pool("tell")
        assert caught.value.error == "Sandbox.Timedout"
        assert pool.started.processes == []
        pool.pool.silent.clear()
        pool.register()
        assert pool("tell")["calls"] == 1


def test_close_ends_invocations_that_hang_and_tells_nobody(tmp_path: Path) -> None:
    pool = Pool(tmp_path, time_out=300)
    pool.later("hang", file=str(pool.file))
    wait_until(pool.file.exists, what="the handler to run")
    pool.pool.silent.add("small")
    caught: list[str] = []

    def wait() -> None:
        try:
            pool("tell")
        except FunctionError as error:
            caught.append(str(error))

    waiting = threading.Thread(target=wait)
    waiting.start()
    pool.pool.close()
    waiting.join(30)
    assert caught == ["Sandbox.Closed: the rehearsal has ended"]
    assert pool.started.alive == []
    assert pool.errors == []
    assert not [one for one in threading.enumerate() if one.name.startswith("function")]


def test_after_close_nothing_is_started(tmp_path: Path) -> None:
    pool = Pool(tmp_path)
    pool("tell")
    pool.pool.close()
    assert pool.started.alive == []
    pool.later("tell")
    with pytest.raises(FunctionError, match="the rehearsal has ended"):
        pool("tell")
    assert len(pool.started.processes) == 1


def test_a_package_that_is_not_in_the_assembly_does_not_fail_unseen(tmp_path: Path) -> None:
    with Pool(tmp_path) as pool:
        pool.asset = tmp_path / "nowhere"
        pool.pool.invoke_later(ARN, {"do": "tell"})

        def raised() -> bool:
            try:
                pool.pool.run_due()
            except FileNotFoundError:
                return True
            return False

        wait_until(raised, what="run_due to raise why the function could not be started")


def test_a_function_is_found_by_its_package(tmp_path: Path) -> None:
    with Pool(tmp_path) as pool:
        pool.register(SERVICE="storefront")
        assert pool.pool.arn("small") == ARN
        assert pool.pool.package(ARN) == "small"
        assert pool.pool.variables("small") == {"SERVICE": "storefront"}
        with pytest.raises(KeyError, match="large"):
            pool.pool.arn("large")


def test_a_layer_is_on_the_path_after_the_package(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html"""
    with Pool(tmp_path) as pool:
        layer = tmp_path / "layer"
        (layer / "python").mkdir(parents=True)
        pool.pool.register_layer("arn:drivers:1", {"Content": str(layer)})
        pool.register(layers=["arn:drivers:1"])
        path = pool("where")["path"]
        assert str(layer / "python") in path
        assert path.index(str(pool.asset)) < path.index(str(layer / "python"))
