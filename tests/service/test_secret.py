"""The database secret: fetched at start, renewed when the database refuses the login."""

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from storefront.secrets import Login, SecretCache, SecretError

from tests.service.conftest import Aws, StartService
from tests.service.postgres import Access, Postgres
from tests.service.running import Service, local_settings, run_to_end, wait_until


def secret_settings(aws: Aws, access: Access, secret: str, **more: str) -> dict[str, str]:
    """Settings for a service that reads `secret` from Secrets Manager."""
    settings = {**local_settings(access), **aws.environment(), "DATABASE_SECRET_ID": secret}
    del settings["DATABASE_SECRET"]
    return {**settings, **more}


class Load:
    """Concurrent requests to `/` for as long as the context lasts."""

    def __init__(self, service: Service, *, clients: int) -> None:
        self._url = f"http://127.0.0.1:{service.port}/"
        self._clients = clients
        self._over = threading.Event()
        self.answers: Counter[int | str] = Counter()

    async def _visitor(self, client: httpx.AsyncClient) -> None:
        while not self._over.is_set():
            try:
                answer = await client.get(self._url)
                self.answers[answer.status_code] += 1
            except httpx.HTTPError as error:
                self.answers[type(error).__name__] += 1

    async def _all(self) -> None:
        async with httpx.AsyncClient(trust_env=False, verify=False, timeout=20) as client:
            await asyncio.gather(*(self._visitor(client) for _ in range(self._clients)))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Send requests until the block ends; waits for the last answers."""
        thread = threading.Thread(target=lambda: asyncio.run(self._all()))
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def wait_for_more(self, count: int) -> None:
        """Wait until `count` further answers have come."""
        goal = self.answers.total() + count
        wait_until(lambda: self.answers.total() >= goal, what=f"{count} more answers", seconds=15)


class SlowSource:
    """A source whose fetches take a moment and are counted."""

    label = "slow source"

    def __init__(self, *answers: Login | SecretError) -> None:
        self._answers = list(answers)
        self.fetches = 0

    def fetch(self) -> Login:
        """The next answer; the last one for ever."""
        self.fetches += 1
        time.sleep(0.05)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, SecretError):
            raise answer
        return answer


def login(version: str) -> Login:
    """A login that differs by its version."""
    return Login(version, "127.0.0.1", 5432, "shop", "shop_a", f"password-{version}")


def test_a_hundred_refused_logins_at_once_cause_one_fetch() -> None:
    source = SlowSource(login("2"))

    async def refuse() -> list[Login]:
        first = login("1")
        cache = SecretCache(source, first, minimum_interval=60)
        return await asyncio.gather(*(cache.renew(first) for _ in range(100)))

    assert asyncio.run(refuse()) == [login("2")] * 100
    assert source.fetches == 1


def test_a_secret_that_stays_refused_is_fetched_once_per_interval() -> None:
    now = [0.0]
    first = login("1")
    source = SlowSource(first)

    async def refuse() -> None:
        cache = SecretCache(source, first, minimum_interval=5, clock=lambda: now[0])
        for instant in (0.0, 1.0, 4.9, 5.0, 9.9, 10.0):
            now[0] = instant
            assert await cache.renew(cache.current) == first

    asyncio.run(refuse())
    assert source.fetches == 3


def test_a_failed_fetch_keeps_the_last_login_and_says_why_until_one_succeeds() -> None:
    first = login("1")
    source = SlowSource(SecretError("AccessDeniedException"), login("2"))

    async def refuse() -> None:
        cache = SecretCache(source, first, minimum_interval=0)
        assert await cache.renew(first) is first
        assert cache.failure == "AccessDeniedException"
        assert await cache.renew(first) == login("2")
        assert cache.failure is None

    asyncio.run(refuse())


def test_a_login_never_shows_its_password() -> None:
    assert "password-1" not in repr(login("1"))


def test_the_secret_is_fetched_at_start_and_its_version_is_logged(
    aws: Aws, access: Access, start: StartService
) -> None:
    secret = aws.create_secret(access.secret())
    service = start(secret_settings(aws, access, secret)).wait_ready()
    service.passwords.add(access.password)
    assert aws.reads[secret] == 1
    (line,) = service.lines("database secret fetched")
    assert line["source"] == f"Secrets Manager secret {secret}"
    described = aws.client("secretsmanager").describe_secret(SecretId=secret)
    assert line["version_id"] in described["VersionIdsToStages"]


def test_a_secret_that_does_not_exist_ends_the_start_with_status_1_and_the_reason(
    aws: Aws, access: Access
) -> None:
    done = run_to_end(secret_settings(aws, access, "pase/none"))
    assert done.returncode == 1
    assert done.stderr == ""
    line = json.loads(done.stdout.splitlines()[-1])
    assert line["level"] == "error"
    assert line["reason"] == (
        "Secrets Manager secret pase/none cannot be read: ResourceNotFoundException"
    )


def test_a_password_changed_under_load_fails_no_request_and_is_fetched_once(
    aws: Aws, postgres: Postgres, access: Access, start: StartService
) -> None:
    secret = aws.create_secret(access.secret())
    service = start(secret_settings(aws, access, secret)).wait_ready()
    load = Load(service, clients=15)
    with load.running():
        load.wait_for_more(30)
        aws.change_secret(secret, access.secret(password="second-password"))
        postgres.set_password(access.username, "second-password")
        assert postgres.end_sessions(access) > 0
        load.wait_for_more(60)
    service.passwords |= {access.password, "second-password"}
    assert set(load.answers) == {200}
    assert aws.reads[secret] == 2
    assert len(service.lines("database login refused, secret fetched again")) == 1


def test_a_password_changed_before_its_secret_fails_no_request(
    aws: Aws, postgres: Postgres, access: Access, start: StartService
) -> None:
    secret = aws.create_secret(access.secret())
    # A request waits so long for a session; on a busy machine the change below takes its time.
    patience = {"DATABASE_CONNECT_SECONDS": "30"}
    settings = secret_settings(aws, access, secret, SECRET_MINIMUM_INTERVAL_SECONDS="0.5")
    service = start({**settings, **patience}).wait_ready()
    load = Load(service, clients=6)
    with load.running():
        load.wait_for_more(12)
        postgres.set_password(access.username, "second-password")
        postgres.end_sessions(access)
        wait_until(
            lambda: len(service.lines("database connection failed")) > 0, what="a refused login"
        )
        aws.change_secret(secret, access.secret(password="second-password"))
        load.wait_for_more(12)
    assert set(load.answers) == {200}


def test_a_second_login_takes_over_and_no_session_of_the_first_is_left(
    aws: Aws, postgres: Postgres, access: Access, start: StartService
) -> None:
    secret = aws.create_secret(access.secret())
    settings = secret_settings(aws, access, secret, DATABASE_ROLE=access.owner)
    service = start({**settings, "DATABASE_POOL_MIN": "3"}).wait_ready()
    service.client.get("/")
    second = f"{access.dbname}_b"
    postgres.add_login(access, second, "second-password")
    aws.change_secret(secret, access.secret(username=second, password="second-password"))
    postgres.execute("ALTER ROLE {} NOLOGIN", access.username)
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s LIMIT 1"
    postgres.rows(query, access.dbname)
    wait_until(
        lambda: (
            service.client.get("/").status_code == 200
            and postgres.users_connected(access) == {second}
        ),
        what="only the second login",
    )


def test_a_wrong_secret_keeps_the_service_alive_but_not_ready_until_it_is_right(
    aws: Aws, access: Access, start: StartService
) -> None:
    secret = aws.create_secret(access.secret(password="wrong-password"))
    service = start(
        secret_settings(
            aws,
            access,
            secret,
            SECRET_MINIMUM_INTERVAL_SECONDS="0.2",
            READY_SECONDS="0.3",
            DATABASE_ACQUIRE_SECONDS="0.6",
        )
    ).wait_listening()
    answer = service.client.get("/ready")
    assert answer.status_code == 503
    assert answer.json()["reason"] == "the database refused the login (28P01)"
    assert service.client.get("/").status_code == 503
    assert service.client.get("/health").status_code == 200
    service.passwords |= {access.password, "wrong-password"}
    aws.change_secret(secret, access.secret())
    service.wait_ready()


def test_a_secret_in_a_mounted_file_is_read_again_when_it_is_refused(
    postgres: Postgres, access: Access, start: StartService, tmp_path: Path
) -> None:
    path = tmp_path / "secret.json"
    path.write_text(json.dumps(access.secret()))
    settings = {**local_settings(access), "DATABASE_SECRET_FILE": str(path)}
    del settings["DATABASE_SECRET"]
    service = start(settings).wait_ready()
    path.write_text(json.dumps(access.secret(password="second-password")))
    postgres.set_password(access.username, "second-password")
    postgres.end_sessions(access)
    assert service.client.get("/").status_code == 200
