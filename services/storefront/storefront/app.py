"""The ASGI application: four routes over one database."""

import asyncio
import html
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict

import psycopg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from storefront import logs, visits
from storefront.database import Connection, Database, DatabaseUnavailable
from storefront.logs import Identity
from storefront.middleware import Drain, RequestLog

log = logging.getLogger(__name__)

_NO_STORE = {"cache-control": "no-store"}
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{service}</title>
<style>
body {{ font: 1.2rem system-ui; margin: 4rem; padding-left: 2rem }}
body {{ border-left: 1rem solid {css} }}
</style>
<h1>{service}</h1>
<p>{environment}, version <code>{version}</code>, colour {colour}</p>
<p>Visit {here} of this version, {total} of all versions.</p>
</html>
"""


def create_app(identity: Identity, database: Database, drain: Drain) -> ASGIApp:
    """The application; it opens `database` when it starts and closes it when it stops."""

    async def index(request: Request) -> Response:
        async def record(connection: Connection) -> visits.Visits:
            return await visits.record(connection, identity.version, identity.colour)

        counted = await database.run(record)
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(_page(identity, counted), headers=_NO_STORE)
        return JSONResponse({**asdict(identity), "visits": asdict(counted)}, headers=_NO_STORE)

    async def version(_: Request) -> Response:
        return JSONResponse(asdict(identity), headers=_NO_STORE)

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "alive"}, headers=_NO_STORE)

    async def ready(_: Request) -> Response:
        await database.ready()
        return JSONResponse({"status": "ready"}, headers=_NO_STORE)

    async def unavailable(_: Request, error: Exception) -> Response:
        return JSONResponse(
            {"status": "unavailable", "reason": str(error)},
            status_code=503,
            headers={**_NO_STORE, "retry-after": "1"},
        )

    async def prepare() -> None:
        try:
            await database.run(visits.prepare)
        except (DatabaseUnavailable, psycopg.Error) as error:
            reason = (
                f"{type(error).__name__} {error.sqlstate}"
                if isinstance(error, psycopg.Error)
                else str(error)
            )
            log.warning("table of visits not prepared at start", extra=logs.fields(reason=reason))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await database.open()
        preparing = asyncio.create_task(prepare())
        try:
            yield
        finally:
            preparing.cancel()
            with suppress(asyncio.CancelledError):
                await preparing
            await database.close()

    return RequestLog(
        Starlette(
            routes=[
                Route("/", index),
                Route("/version", version),
                Route("/health", health),
                Route("/ready", ready),
            ],
            exception_handlers={DatabaseUnavailable: unavailable},
            lifespan=lifespan,
        ),
        drain,
    )


def _page(identity: Identity, counted: visits.Visits) -> str:
    known = {"blue": "#1f6feb", "green": "#2da44e"}
    values = {key: html.escape(value) for key, value in asdict(identity).items()}
    return _PAGE.format(
        **values, css=known.get(identity.colour, "#888"), here=counted.here, total=counted.total
    )
