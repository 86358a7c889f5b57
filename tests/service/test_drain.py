"""SIGTERM and a database that goes away: what is in flight, and what comes after."""

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from tests.service.conftest import StartService
from tests.service.postgres import Access, Postgres
from tests.service.running import Service, local_settings, run_to_end, wait_until

Lock = Callable[[Access], psycopg.Connection[tuple[object, ...]]]


@pytest.fixture
def lock(postgres: Postgres) -> Iterator[Lock]:
    """Locks the table of visits, so that a request to `/` waits until the session is closed."""
    sessions: list[psycopg.Connection[tuple[object, ...]]] = []

    def locking(access: Access) -> psycopg.Connection[tuple[object, ...]]:
        session = postgres.connect(access.dbname)
        sessions.append(session)
        session.execute("BEGIN")
        session.execute("LOCK TABLE storefront_visits")
        return session

    yield locking
    for session in sessions:
        session.close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads for requests that wait."""
    with ThreadPoolExecutor() as threads:
        yield threads


def wait_for_blocked_request(postgres: Postgres, access: Access) -> None:
    """Wait until a request of the service waits for the lock."""
    query = (
        "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND usename = %s"
        " AND wait_event_type = 'Lock'"
    )
    wait_until(
        lambda: bool(postgres.rows(query, access.dbname, access.username)), what="a blocked request"
    )


def refuses_connections(service: Service) -> bool:
    """Whether a new connection is turned away."""
    try:
        httpx.get(f"http://127.0.0.1:{service.port}/health", trust_env=False)
    except httpx.ConnectError:
        return True
    return False


def test_sigterm_finishes_the_request_in_flight_and_exits_with_0(
    postgres: Postgres, access: Access, start: StartService, lock: Lock, pool: ThreadPoolExecutor
) -> None:
    service = start(local_settings(access)).wait_ready()
    service.client.get("/")
    session = lock(access)
    slow = pool.submit(service.client.get, "/")
    wait_for_blocked_request(postgres, access)

    service.process.send_signal(signal.SIGTERM)
    wait_until(lambda: refuses_connections(service), what="refusal of new connections")
    assert service.process.poll() is None
    assert not slow.done()

    session.close()
    answer = slow.result(10)
    assert answer.status_code == 200
    assert answer.headers["connection"] == "close"
    assert service.process.wait(10) == 0
    assert service.lines("draining")[0]["in_flight"] == 1
    assert service.lines("stopped")[0]["in_flight"] == 0


def test_a_request_that_outlasts_the_drain_is_cut_off_and_the_exit_is_still_0(
    postgres: Postgres, access: Access, start: StartService, lock: Lock, pool: ThreadPoolExecutor
) -> None:
    service = start({**local_settings(access), "DRAIN_SECONDS": "1"}).wait_ready()
    service.client.get("/")
    lock(access)
    slow = pool.submit(service.client.get, "/")
    wait_for_blocked_request(postgres, access)
    started = time.monotonic()
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(10) == 0
    assert time.monotonic() - started < 5
    assert slow.exception(10) is not None or slow.result().status_code == 500


def test_idle_connections_do_not_hold_up_the_exit_and_further_signals_change_nothing(
    access: Access, start: StartService
) -> None:
    service = start(local_settings(access)).wait_ready()
    started = time.monotonic()
    while service.process.poll() is None:
        service.process.send_signal(signal.SIGTERM)
        time.sleep(0.002)
        assert time.monotonic() - started < 5
    assert service.process.returncode == 0


def test_a_statement_that_takes_too_long_is_answered_with_503(
    access: Access, start: StartService, lock: Lock
) -> None:
    service = start({**local_settings(access), "DATABASE_STATEMENT_SECONDS": "0.2"}).wait_ready()
    service.client.get("/")
    lock(access)
    answer = service.client.get("/")
    assert answer.status_code == 503
    assert answer.json()["reason"] == "the database did not finish the statement (57014)"


def test_a_busy_pool_is_ready(
    postgres: Postgres, access: Access, start: StartService, lock: Lock, pool: ThreadPoolExecutor
) -> None:
    settings = {**local_settings(access), "DATABASE_POOL_MAX": "1", "READY_SECONDS": "1"}
    service = start(settings).wait_ready()
    service.client.get("/")
    session = lock(access)
    slow = pool.submit(service.client.get, "/")
    wait_for_blocked_request(postgres, access)
    recent = pool.submit(httpx.get, f"http://127.0.0.1:{service.port}/ready", trust_env=False)
    time.sleep(0.2)
    session.close()
    assert recent.result(10).status_code == 200
    assert slow.result(10).status_code == 200


def test_the_service_recovers_when_the_database_comes_back(
    postgres: Postgres, access: Access, start: StartService
) -> None:
    settings = {**local_settings(access), "READY_SECONDS": "0.5", "DATABASE_ACQUIRE_SECONDS": "1"}
    service = start(settings).wait_ready()
    assert service.client.get("/").status_code == 200
    postgres.stop()
    try:
        wait_until(lambda: service.client.get("/ready").status_code == 503, what="not ready")
        assert service.client.get("/health").status_code == 200
    finally:
        postgres.start()
    service.wait_ready()
    assert service.client.get("/").json()["visits"]["here"] >= 2


def test_a_port_that_is_taken_ends_the_start_with_one_line(shared: Service, access: Access) -> None:
    settings = {**local_settings(access), "HOST": "127.0.0.1", "PORT": str(shared.port)}
    done = run_to_end(settings)
    assert done.returncode == 3
    assert "address already in use" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
