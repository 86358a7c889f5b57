"""A task with faults: everything else passes through, and it ends as the service does."""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import pytest

from rehearsal.host.faults import Fault
from rehearsal.host.tasks import TaskView

from .local import SET, Local
from .waiting import runs, wait_until

NEVER = Fault(kind="errors", paths=("/never",))


def begin(local: Local, *faults: Fault) -> TaskView:
    """One healthy task with these faults."""
    local.faults = faults
    local.start(1)
    local.healthy(1)
    return local.only()


def client(task: TaskView, *, timeout: float = 10) -> httpx.Client:
    return httpx.Client(base_url=f"http://{task.address}", trust_env=False, timeout=timeout)


def test_what_no_fault_hits_is_passed_through(local: Local) -> None:
    with client(begin(local, NEVER)) as user:
        first, second = (user.get("/a?b=c").json() for _ in range(2))
        assert first["path"] == "/a?b=c"
        # Kept open on both sides.
        assert first["peer"] == second["peer"]
        assert user.get("/chunks").text == "one two three"
        assert user.head("/").headers["content-length"] != "0"
        assert user.post("/", content=b"x" * 300_000).content == b"x" * 300_000
        assert user.post("/", content=iter([b"a", b"b" * 70_000])).content == b"a" + b"b" * 70_000
        assert user.get("/", headers={"connection": "close"}).status_code == 200


def test_errors_hit_their_share_on_kept_connections(local: Local) -> None:
    with client(begin(local, Fault(kind="errors", share=0.5, status=503))) as user:
        statuses = [user.post("/", content=b"body").status_code for _ in range(6)]
        assert statuses == [200, 503] * 3
        assert user.head("/").status_code == 200
        assert user.head("/").status_code == 503


def test_latency_comes_before_the_answer(local: Local) -> None:
    with client(begin(local, Fault(kind="latency", milliseconds=300, paths=("/late",)))) as user:
        began = time.monotonic()
        assert user.get("/late").status_code == 200
        assert time.monotonic() - began >= 0.3


def test_a_hanging_request_is_never_answered_and_the_task_stays_healthy(local: Local) -> None:
    task = begin(local, Fault(kind="hang", paths=("/hang",)))
    with client(task, timeout=0.5) as user:
        with pytest.raises(httpx.ReadTimeout):
            user.get("/hang")
        assert user.get("/").status_code == 200
    local.healthy(1)


def test_an_unhealthy_task_serves_users_and_is_replaced(local: Local) -> None:
    task = begin(local, Fault(kind="unhealthy", after_seconds=1))
    local.until(lambda: bool(local.fleet.stopped_reasons(SET)), what="replaced")
    with client(task) as user:
        assert user.get("/").status_code == 200
    assert "failed its health checks (status 500, not 200)" in local.said[0]


def test_a_crash_ends_task_and_service(local: Local) -> None:
    task = begin(local, Fault(kind="crash", seconds=1))
    (service,) = psutil.Process(task.pid).children()
    local.until(lambda: bool(local.said), what="crashed")
    assert local.said[0] == f"task {task.id[:8]} of green ended with status 1"
    assert not runs(service.pid)


def test_a_slow_start_refuses_connections_until_then(local: Local) -> None:
    local.faults = (Fault(kind="slow_start", seconds=1.5),)
    began = time.monotonic()
    local.start(1)
    local.healthy(1)
    assert time.monotonic() - began >= 1.5
    # Time to start is real: the checks before it listened do not count.
    assert not local.said


def test_stopped_it_lets_the_service_end_its_requests(local: Local) -> None:
    task = begin(local, NEVER)
    (service,) = psutil.Process(task.pid).children()
    with ThreadPoolExecutor() as pool, client(task) as user:
        answer = pool.submit(user.get, "/slow")
        time.sleep(0.3)
        local.fleet.stop(SET)
        local.until(lambda: not local.tasks(), what="gone")
        assert answer.result().text == "at last"
    assert not runs(service.pid)
    assert not local.said


def test_killed_it_takes_the_service_with_it(local: Local) -> None:
    task = begin(local, NEVER)
    (service,) = psutil.Process(task.pid).children()
    local.fleet.kill(SET)
    wait_until(lambda: not runs(service.pid), what="service gone")


def test_it_ends_with_the_status_of_the_service(local: Local) -> None:
    task = begin(local, NEVER)
    with client(task) as user, pytest.raises(httpx.TransportError):
        user.get("/end")
    local.until(lambda: bool(local.said), what="ended")
    assert local.fleet.stopped_reasons(SET) == ("Essential container in task exited (exit code 3)",)


def test_what_is_no_http_is_hung_up_on(local: Local) -> None:
    task = begin(local, NEVER)
    host, _, port = task.address.partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\ncontent-length: many\r\n\r\n")
        assert connection.recv(100) == b""
    with client(task) as user:
        assert user.get("/").status_code == 200


def test_the_settings_of_the_service_are_not_among_the_arguments(local: Local) -> None:
    local.environment["PASSWORD"] = "to-be-kept"
    proxy = psutil.Process(begin(local, NEVER).pid)
    (service,) = proxy.children()
    assert service.environ()["PASSWORD"] == "to-be-kept"
    assert "to-be-kept" not in json.dumps([proxy.cmdline(), proxy.environ()])
