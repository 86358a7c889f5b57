"""The sample service as a task, on the real PostgreSQL."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from rehearsal.host.faults import Fault
from rehearsal.host.ports import Ports
from rehearsal.host.postgres import PostgresServer
from rehearsal.host.tasks import Launch, LaunchRequest

from .local import SET, Local
from .login import new_login

SERVICE = Path(__file__).resolve().parents[3] / "services" / "storefront"


@pytest.fixture
def shop(local: Local, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Local, PostgresServer]]:
    """A fleet that runs the storefront, ready when its database is, and the server."""
    with PostgresServer(processes=local.processes, ports=Ports()) as server:
        secret = json.dumps(new_login(server, "shop"))

        def launch(request: LaunchRequest) -> Launch:
            return Launch(
                argv=(sys.executable, "-m", "storefront"),
                environment={
                    "PYTHONPATH": str(SERVICE),
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "HOST": "127.0.0.1",
                    "PORT": str(request.port),
                    "ENVIRONMENT": "local",
                    "VERSION": request.task_definition.rpartition(":")[2],
                    "COLOUR": "green",
                    "DATABASE_TLS": "disable",
                    "DATABASE_SECRET": secret,
                },
                folder=local.folder,
                faults=local.faults,
            )

        monkeypatch.setattr(local.fleet._starter, "_launch", launch)
        local.check = replace(local.check, path="/ready", grace_period=10_000)
        yield local, server


def test_it_serves_is_unhealthy_without_its_database_and_drains(
    shop: tuple[Local, PostgresServer],
) -> None:
    local, server = shop
    local.start(1)
    local.healthy(1)
    with httpx.Client(base_url=f"http://{local.only().address}", trust_env=False) as user:
        assert user.get("/").json()["visits"]["total"] == 1
        server.stop()
        local.until(lambda: local.states() == ["unhealthy"], what="unhealthy")
        server.start()
        local.healthy(1)
        assert user.get("/").json()["visits"]["total"] == 2
    log = local.fleet._starter
    task = local.only().id
    local.fleet.stop(SET)
    local.until(lambda: not local.tasks(), what="gone")
    assert json.loads(log.log(task).splitlines()[-1])["message"] == "stopped"
    assert not local.said


def test_with_a_fault_it_fails_as_told_and_drains(shop: tuple[Local, PostgresServer]) -> None:
    local, _ = shop
    local.faults = (Fault(kind="errors", share=0.5, paths=("/",)),)
    local.start(1)
    local.healthy(1)
    with httpx.Client(base_url=f"http://{local.only().address}", trust_env=False) as user:
        assert [user.get("/").status_code for _ in range(4)] == [200, 500] * 2
        assert user.get("/version").json()["version"] == "1"
    local.fleet.stop(SET)
    local.until(lambda: not local.tasks(), what="gone")
    assert not local.said
