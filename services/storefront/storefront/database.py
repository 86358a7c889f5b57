"""The connection pool: it renews a refused login by itself and says why when it cannot connect."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Self, TypeVar

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from storefront import logs
from storefront.refusal import in_words, login_refused
from storefront.secrets import Login, SecretCache
from storefront.settings import DatabaseSettings

log = logging.getLogger(__name__)

Result = TypeVar("Result")
Dialled = TypeVar("Dialled")
_CLOSE_SECONDS = 2.0


class DatabaseUnavailable(Exception):
    """No connection could be had in time; the text says why and holds no secret, host or user."""


class Connection(psycopg.AsyncConnection[TupleRow]):
    """A connection dialled by the `Database` given as `database`, with the login of the moment."""

    @classmethod
    async def connect(  # type: ignore[override]
        cls, conninfo: str = "", *, database: "Database", **parameters: Any
    ) -> Self:
        """Connect; called by the pool. Raises psycopg.OperationalError."""

        async def dial(login: Login) -> Self:
            return await super(Connection, cls).connect(
                conninfo,
                host=login.host,
                port=login.port,
                dbname=login.dbname,
                user=login.username,
                password=login.password,
                **parameters,
            )

        return await database.dial(dial)


class Database:
    """A bounded pool of connections to the database that `cache` holds the login of.

    Each connection is checked when it is taken. A refused login is renewed through `cache` inside
    the connection attempt, so that the request that waits for the connection sees no failure.
    """

    def __init__(self, settings: DatabaseSettings, cache: SecretCache, *, name: str) -> None:
        self._settings = settings
        self._cache = cache
        self._why: str | None = None
        self._last_taken = float("-inf")
        self._renewing: set[asyncio.Task[None]] = set()
        parameters: dict[str, Any] = {
            "database": self,
            "autocommit": True,
            "application_name": name,
            "connect_timeout": settings.connect_timeout,
            "keepalives_idle": 15,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": settings.connect_timeout * 1000,
            "target_session_attrs": "read-write",
            "gssencmode": "disable",
            "sslmode": "disable",
        }
        if settings.ca_bundle is not None:
            parameters.update(sslmode="verify-full", sslrootcert=str(settings.ca_bundle))
        self._pool = AsyncConnectionPool(
            connection_class=Connection,
            kwargs=parameters,
            min_size=settings.pool_min,
            max_size=settings.pool_max,
            max_lifetime=settings.pool_max_lifetime,
            timeout=settings.acquire_timeout,
            reconnect_timeout=settings.acquire_timeout,
            configure=self._configure,
            check=self._check,
            open=False,
            name=name,
        )

    async def open(self) -> None:
        """Start to connect; does not wait for the database."""
        await self._pool.open()

    async def close(self) -> None:
        """Close the pool within about two seconds."""
        await self._pool.close(timeout=_CLOSE_SECONDS)

    async def run(self, work: Callable[[Connection], Awaitable[Result]]) -> Result:
        """Run `work` on a connection, in autocommit.

        `work` is run a second time when the server ends the session under it (a restart, a
        failover, an ended login). The first run may have taken effect, so `work` must bear that.
        Raises DatabaseUnavailable when there is no connection within the acquire timeout, the
        second session ends as well, or the server gives a statement up (the statement timeout);
        errors of SQL pass through.
        """
        for last in (False, True):
            async with self._take(self._settings.acquire_timeout) as connection:
                try:
                    return await work(connection)
                except psycopg.OperationalError as error:
                    if not connection.closed:
                        raise DatabaseUnavailable(
                            f"the database did not finish the statement ({error.sqlstate})"
                        ) from error
                    log.warning(
                        "database session ended during a request",
                        extra=logs.fields(sqlstate=error.sqlstate, retried=not last),
                    )
        raise DatabaseUnavailable("the database ended the session")

    async def ready(self) -> None:
        """Prove the database answers. Raises DatabaseUnavailable within the ready timeout.

        A pool that is merely busy is ready: one that gave out a connection within the ready
        timeout counts, or a burst of traffic would take the task out of service.
        """
        timeout = self._settings.ready_timeout
        try:
            async with self._take(timeout):
                return
        except DatabaseUnavailable:
            if time.monotonic() - self._last_taken > timeout:
                raise

    async def dial(self, connect: Callable[[Login], Awaitable[Dialled]]) -> Dialled:
        """Connect with the current login, and once more with its renewal when it is refused."""
        login = self._cache.current
        try:
            try:
                connection = await connect(login)
            except psycopg.OperationalError as error:
                if not login_refused(error):
                    raise
                renewed = await self._cache.renew(login)
                if renewed is login:
                    raise
                self._start_over()
                connection = await connect(renewed)
        except psycopg.Error as error:
            self._blame(error)
            raise
        return connection

    @asynccontextmanager
    async def _take(self, timeout: float) -> AsyncIterator[Connection]:
        try:
            async with asyncio.timeout(timeout + 1):
                connection = await self._pool.getconn(timeout=timeout)
        except (PoolTimeout, TimeoutError, PoolClosed):
            raise DatabaseUnavailable(self._reason(timeout)) from None
        self._last_taken = time.monotonic()
        try:
            yield connection
        finally:
            await self._pool.putconn(connection)

    def _reason(self, timeout: float) -> str:
        why = self._why or f"no connection within {timeout:g} s"
        if self._cache.failure is not None:
            return f"{why}; {self._cache.failure}"
        return why

    def _blame(self, error: psycopg.Error) -> None:
        self._why = in_words(error)
        log.warning(
            "database connection failed",
            extra=logs.fields(reason=self._why, version_id=self._cache.current.version),
        )

    def _start_over(self) -> None:
        """Replace the sessions of the login that was renewed, idle ones first."""
        if not self._renewing:
            task = asyncio.create_task(self._pool.drain())
            self._renewing.add(task)
            task.add_done_callback(self._renewing.discard)

    async def _configure(self, connection: Connection) -> None:
        try:
            milliseconds = int(self._settings.statement_timeout * 1000)
            await connection.execute(
                "SELECT set_config('statement_timeout', %s, false)", (str(milliseconds),)
            )
            if self._settings.role is not None:
                role = sql.Identifier(self._settings.role)
                await connection.execute(sql.SQL("SET ROLE {}").format(role))
        except psycopg.Error as error:
            self._blame(error)
            raise
        if self._why is not None:
            log.info("database connected again")
        self._why = None

    async def _check(self, connection: Connection) -> None:
        """One round trip; a session that does not answer in time counts as broken."""
        async with asyncio.timeout(self._settings.connect_timeout):
            await connection.execute("SELECT 1")
