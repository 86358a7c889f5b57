"""What the load balancer and the tasks publish as CloudWatch's metrics.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

import psutil

from ..balancer import Access
from ..clock import ScaledClock
from ..cloudwatch.metrics import Metric, Metrics

LOAD_BALANCER = "AWS/ApplicationELB"
SERVICE = "AWS/ECS"


class BalancerMetrics:
    """Turns the balancer's access lines into metrics. ``groups``: target's address -> full name
    of its target group; ``healthy``: full name -> number of healthy targets.
    """

    def __init__(self, *, metrics: Metrics, clock: ScaledClock) -> None:
        self.groups: Mapping[str, str] = {}
        self.healthy: Mapping[str, int] = {}
        self._metrics = metrics
        self._clock = clock
        self._balancer = ""
        self._known: dict[tuple[str, str], Metric] = {}

    def name(self, load_balancer: str) -> None:
        """The load balancer's full name, once it is known. Nothing is published before."""
        self._balancer = load_balancer

    def add(self, access: Access) -> None:
        """Publish one request.

        ``RequestCount`` counts requests for which a target was chosen; what the balancer answers
        itself is counted as ``HTTPCode_ELB_5XX_Count``. A target of which it is not known whose it
        is counts for the load balancer alone.
        """
        if not self._balancer:
            return
        moment = self._clock.at(access.at)
        group = self.groups.get(access.target, "")
        if access.target:
            self._publish("RequestCount", group, 1.0, moment)
        if group:
            share = 1.0 / max(1, self.healthy.get(group, 1))
            self._metrics.add(self._per_target(group), share, moment=moment)
        if access.target_status is None:
            if access.status >= 500:
                self._publish("HTTPCode_ELB_5XX_Count", "", 1.0, moment)
            return
        if access.target_status >= 500:
            self._publish("HTTPCode_Target_5XX_Count", group, 1.0, moment)
        if access.target_seconds is not None:
            self._publish("TargetResponseTime", group, access.target_seconds, moment)

    def add_hosts(self, group: str, *, healthy: int, unhealthy: int) -> None:
        """Publish how many targets of a group are well. A load balancer alone has no such metric.

        Nothing is published as long as the load balancer's name is not known.
        """
        if not self._balancer:
            return
        moment = self._clock.now()
        for name, value in (("HealthyHostCount", healthy), ("UnHealthyHostCount", unhealthy)):
            self._metrics.add(self._metric(name, group), float(value), moment=moment)

    def _publish(self, name: str, group: str, value: float, moment: datetime) -> None:
        """For the group, where there is one, and for the whole load balancer."""
        for each in {group, ""}:
            self._metrics.add(self._metric(name, each), value, moment=moment)

    def _metric(self, name: str, group: str) -> Metric:
        key = (name, group)
        if key not in self._known:
            dimensions = {("LoadBalancer", self._balancer)}
            if group:
                dimensions.add(("TargetGroup", group))
            self._known[key] = Metric(LOAD_BALANCER, name, frozenset(dimensions))
        return self._known[key]

    def _per_target(self, group: str) -> Metric:
        key = ("RequestCountPerTarget", group)
        if key not in self._known:
            self._known[key] = Metric(LOAD_BALANCER, key[0], frozenset({("TargetGroup", group)}))
        return self._known[key]


class TaskMetrics:
    """Measures what the processes of a service's tasks use, against what a task was given.

    ``cpu`` is in units of 1/1024 vCPU, ``memory`` in MiB. Processes run in real time: the
    percentages are those of this machine.
    """

    def __init__(self, *, metrics: Metrics, clock: ScaledClock, cluster: str, service: str) -> None:
        dimensions = frozenset({("ClusterName", cluster), ("ServiceName", service)})
        self._cpu = Metric(SERVICE, "CPUUtilization", dimensions)
        self._memory = Metric(SERVICE, "MemoryUtilization", dimensions)
        self._metrics = metrics
        self._clock = clock
        self._before: dict[int, tuple[float, float]] = {}
        self._families: dict[int, list[psutil.Process]] = {}

    def look(self, pids: Sequence[int], *, cpu: int, memory: int) -> None:
        """Publish what the tasks used since the last look, each task a value."""
        moment = self._clock.now()
        for gone in self._families.keys() - set(pids):
            del self._families[gone]
            self._before.pop(gone, None)
        for pid in pids:
            if not self._families.get(pid):
                self._families[pid] = _family(pid)
            used = _usage(self._families[pid])
            if used is None:
                continue
            seconds, resident = used
            now, before = time.monotonic(), self._before.get(pid)
            self._before[pid] = (now, seconds)
            self._metrics.add(self._memory, 100 * resident / (memory << 20), moment=moment)
            if before is not None and now > before[0]:
                share = max(0.0, seconds - before[1]) / (now - before[0])
                self._metrics.add(self._cpu, 100 * share * 1024 / cpu, moment=moment)


def _family(pid: int) -> list[psutil.Process]:
    """A process and its children, which a service starts at its beginning if at all."""
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.Error:
        return []


def _usage(family: Sequence[psutil.Process]) -> tuple[float, int] | None:
    """Seconds of CPU so far and bytes of memory, of those that run; None when none does."""
    found = []
    for one in family:
        with suppress(psutil.Error):
            times = one.cpu_times()
            found.append((times.user + times.system, one.memory_info().rss))
    if not found:
        return None
    return sum(seconds for seconds, _ in found), sum(resident for _, resident in found)
