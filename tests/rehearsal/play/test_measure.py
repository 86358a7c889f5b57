"""What the load balancer and the tasks publish."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from signal import SIGKILL
from typing import Any

import psutil
import pytest

from rehearsal.balancer import Access
from rehearsal.clock import ScaledClock
from rehearsal.cloudwatch.metrics import Metric, Metrics
from rehearsal.play.measure import BalancerMetrics, TaskMetrics

from ..host.waiting import wait_until

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
BALANCER, BLUE, GREEN = "app/storefront/1", "targetgroup/storefront-blue/2", "targetgroup/green/3"
FACTOR = 20


class Published:
    """Metrics of a load balancer with two targets of blue and one of green."""

    def __init__(self) -> None:
        self.clock = ScaledClock(START, factor=FACTOR)
        self.metrics = Metrics()
        self.of_balancer = BalancerMetrics(metrics=self.metrics, clock=self.clock)
        self.of_balancer.groups = {"127.0.0.1:1": BLUE, "127.0.0.1:2": BLUE, "127.0.0.1:3": GREEN}
        self.of_balancer.healthy = {BLUE: 2, GREEN: 1}
        self.of_balancer.name(BALANCER)

    def request(self, **changed: Any) -> None:
        """A good answer of blue, but for what is said."""
        given: dict[str, Any] = {
            "listener": "production",
            "at": self.clock.monotonic(START),
            "status": 200,
            "target_status": 200,
            "target": "127.0.0.1:1",
            "target_seconds": 0.25,
            "seconds": 0.3,
            "path": "/",
        }
        self.of_balancer.add(Access(**{**given, **changed}))

    def sum(self, name: str, **dimensions: str) -> float | None:
        """Of all that was published."""
        return self.statistic("Sum", name, **dimensions)

    def statistic(self, stat: str, name: str, **dimensions: str) -> float | None:
        """Of all that was published."""
        return self.metrics.statistic(
            Metric.of("AWS/ApplicationELB", name, **dimensions),
            stat,
            start=START - timedelta(seconds=5),
            end=START + timedelta(hours=2),
        )

    def counts(self, name: str) -> tuple[float, float, float]:
        """Of the load balancer, of blue and of green."""
        return (
            self.sum(name, LoadBalancer=BALANCER) or 0,
            self.sum(name, LoadBalancer=BALANCER, TargetGroup=BLUE) or 0,
            self.sum(name, LoadBalancer=BALANCER, TargetGroup=GREEN) or 0,
        )


@pytest.fixture
def published() -> Published:
    """Nothing yet."""
    return Published()


def test_a_request_counts_for_its_target_group_and_the_load_balancer(published: Published) -> None:
    published.request()
    published.request(target="127.0.0.1:3")
    assert published.counts("RequestCount") == (2, 1, 1)
    assert published.counts("HTTPCode_Target_5XX_Count") == (0, 0, 0)
    assert published.counts("HTTPCode_ELB_5XX_Count") == (0, 0, 0)


@pytest.mark.parametrize("status", [500, 503, 599])
def test_a_targets_own_error_is_the_targets(published: Published, status: int) -> None:
    published.request(status=status, target_status=status)
    assert published.counts("HTTPCode_Target_5XX_Count") == (1, 1, 0)
    assert published.counts("HTTPCode_ELB_5XX_Count") == (0, 0, 0)
    assert published.counts("RequestCount") == (1, 1, 0)


def test_what_the_load_balancer_answers_for_a_target_is_the_load_balancers(
    published: Published,
) -> None:
    published.request(status=502, target_status=None, target_seconds=None)
    assert published.counts("HTTPCode_ELB_5XX_Count") == (1, 0, 0)
    assert published.counts("HTTPCode_Target_5XX_Count") == (0, 0, 0)
    assert published.counts("RequestCount") == (1, 1, 0)
    assert published.sum("TargetResponseTime", LoadBalancer=BALANCER) is None


def test_a_request_for_which_no_target_was_chosen_is_no_request(published: Published) -> None:
    published.request(status=503, target_status=None, target="", target_seconds=None)
    assert published.counts("RequestCount") == (0, 0, 0)
    assert published.counts("HTTPCode_ELB_5XX_Count") == (1, 0, 0)


@pytest.mark.parametrize("status", [400, 404, 460])
def test_what_the_client_did_wrong_is_nobodys_error(published: Published, status: int) -> None:
    published.request(status=status, target_status=None if status == 460 else status)
    assert published.counts("HTTPCode_ELB_5XX_Count") == (0, 0, 0)
    assert published.counts("HTTPCode_Target_5XX_Count") == (0, 0, 0)
    assert published.counts("RequestCount") == (1, 1, 0)


def test_a_target_nobody_knows_counts_for_the_load_balancer_alone(published: Published) -> None:
    published.request(target="127.0.0.1:9", status=500, target_status=500)
    assert published.counts("RequestCount") == (1, 0, 0)
    assert published.counts("HTTPCode_Target_5XX_Count") == (1, 0, 0)


def test_response_times_are_seconds_until_the_target_began_its_answer(
    published: Published,
) -> None:
    published.request(target_seconds=0.1)
    published.request(target_seconds=0.3, target="127.0.0.1:3")
    for dimensions, maximum in (({}, 0.3), ({"TargetGroup": BLUE}, 0.1)):
        found = published.statistic(
            "Maximum", "TargetResponseTime", LoadBalancer=BALANCER, **dimensions
        )
        assert found == maximum


def test_requests_per_target_are_shared_by_the_healthy_ones(published: Published) -> None:
    for _ in range(4):
        published.request()
    published.request(target="127.0.0.1:3")
    assert published.sum("RequestCountPerTarget", TargetGroup=BLUE) == 2
    assert published.sum("RequestCountPerTarget", TargetGroup=GREEN) == 1


def test_without_a_healthy_target_nothing_is_divided_by_zero(published: Published) -> None:
    published.of_balancer.healthy = {BLUE: 0}
    published.request()
    assert published.sum("RequestCountPerTarget", TargetGroup=BLUE) == 1


def test_a_request_is_published_at_the_models_moment_of_its_end(published: Published) -> None:
    published.request(at=published.clock.monotonic(START) + 60)
    metric = Metric.of("AWS/ApplicationELB", "RequestCount", LoadBalancer=BALANCER)
    there = START + timedelta(seconds=60 * FACTOR)
    second = timedelta(seconds=1)
    stat = published.metrics.statistic
    assert stat(metric, "Sum", start=there - second, end=there + second) == 1
    assert stat(metric, "Sum", start=START - second, end=there - second) is None


def test_hosts_are_published_for_their_group_alone(published: Published) -> None:
    published.of_balancer.add_hosts(BLUE, healthy=2, unhealthy=1)
    for name, value in (("HealthyHostCount", 2), ("UnHealthyHostCount", 1)):
        assert published.counts(name) == (0, value, 0)


def test_nothing_is_published_before_the_load_balancers_name_is_known() -> None:
    published = Published()
    published.of_balancer.name("")
    published.request()
    published.of_balancer.add_hosts(BLUE, healthy=2, unhealthy=1)
    assert published.sum("RequestCountPerTarget", TargetGroup=BLUE) is None
    assert published.sum("HealthyHostCount", LoadBalancer="", TargetGroup=BLUE) is None


class Usage:
    """What real processes are measured to use."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        clock = ScaledClock(START, factor=1)
        self.of_tasks = TaskMetrics(
            metrics=self.metrics, clock=clock, cluster="pase", service="storefront"
        )

    def statistic(self, name: str, stat: str) -> float:
        """Of all that was published; 0 of nothing."""
        metric = Metric.of("AWS/ECS", name, ClusterName="pase", ServiceName="storefront")
        found = self.metrics.statistic(metric, stat, start=START, end=START + timedelta(minutes=10))
        return found or 0.0


PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "while True: pass"], stdin=subprocess.DEVNULL)
print(child.pid, flush=True)
child.wait()
print("has ended", flush=True)
sys.stdin.read()
"""


class Family:
    """A process that does nothing, and its child, which uses all the CPU it gets."""

    def __init__(self) -> None:
        self.parent = subprocess.Popen(
            [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.child = int(self._line())

    def end_child(self) -> None:
        """And wait until its parent has seen it."""
        os.kill(self.child, SIGKILL)
        assert self._line() == b"has ended\n"

    def _line(self) -> bytes:
        assert self.parent.stdout is not None
        return self.parent.stdout.readline()


@pytest.fixture
def family() -> Iterator[Family]:
    """Both run."""
    found = Family()
    with found.parent:
        yield found
        with suppress(ProcessLookupError):
            os.kill(found.child, SIGKILL)
        found.parent.kill()


def test_what_a_tasks_processes_use_is_a_share_of_what_the_task_was_given(
    family: Family,
) -> None:
    usage = Usage()

    def used() -> bool:
        usage.of_tasks.look([family.parent.pid], cpu=256, memory=64)
        time.sleep(0.05)
        return usage.statistic("CPUUtilization", "Maximum") > 1

    wait_until(used, what="CPU of the child process to be measured")
    assert 1 < usage.statistic("MemoryUtilization", "Maximum") < 500
    # The first look has nothing to compare CPU with.
    looks = usage.statistic("MemoryUtilization", "SampleCount")
    assert usage.statistic("CPUUtilization", "SampleCount") == looks - 1


def test_a_child_that_has_ended_does_not_hide_the_task(family: Family) -> None:
    usage = Usage()
    child = psutil.Process(family.child)
    wait_until(lambda: child.cpu_times().user > 0.1, what="the child to use CPU")
    usage.of_tasks.look([family.parent.pid], cpu=256, memory=64)
    family.end_child()
    usage.of_tasks.look([family.parent.pid], cpu=256, memory=64)
    assert usage.statistic("MemoryUtilization", "SampleCount") == 2
    assert usage.statistic("CPUUtilization", "Minimum") >= 0


def test_a_task_that_has_ended_publishes_nothing() -> None:
    usage = Usage()
    with subprocess.Popen([sys.executable, "-c", "pass"]) as ended:
        ended.wait()
    usage.of_tasks.look([ended.pid], cpu=256, memory=64)
    assert usage.statistic("MemoryUtilization", "SampleCount") == 0
