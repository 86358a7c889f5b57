"""The start of the service: settings, secret, colour, then the server."""

import logging
import os
import sys
import time
from collections.abc import Mapping

from starlette.types import ASGIApp

from storefront import colour, logs, secrets
from storefront.app import create_app
from storefront.database import Database
from storefront.middleware import Drain
from storefront.server import DrainingServer, leave_on_signals
from storefront.settings import ConfigurationError, Settings, load

log = logging.getLogger(__name__)

REFUSED = 2
FAILED = 1


def main() -> int:
    """Run the service; returns the exit status.

    0 after a drain; 1 when the secret cannot be had at start; 2 when the settings are refused,
    with every problem on standard error.
    """
    leave_on_signals()
    drain = Drain()
    settings, app = _start(os.environ, drain)
    DrainingServer(app, settings, drain).run()
    return 0


def development() -> ASGIApp:
    """The application alone, for `uvicorn --factory --reload storefront.main:development`."""
    return _start(os.environ, Drain())[1]


def _start(environ: Mapping[str, str], drain: Drain) -> tuple[Settings, ASGIApp]:
    try:
        settings = load(environ)
    except ConfigurationError as error:
        count = len(error.problems)
        print(f"storefront: {count} setting(s) refused; nothing was started", file=sys.stderr)
        for problem in error.problems:
            print(f"  {problem}", file=sys.stderr)
        raise SystemExit(REFUSED) from None

    identity = logs.Identity(settings.service, settings.version, settings.environment)
    logs.configure(settings.log_level, identity)
    deadline = time.monotonic() + colour.WAIT_SECONDS
    colour_known = colour.find_out(identity, settings)
    try:
        login = settings.secret_source.fetch()
    except secrets.SecretError as error:
        log.error("database secret cannot be fetched", extra=logs.fields(reason=str(error)))
        raise SystemExit(FAILED) from None
    log.info(
        "database secret fetched",
        extra=logs.fields(source=settings.secret_source.label, version_id=login.version),
    )
    colour_known.wait(max(0.0, deadline - time.monotonic()))
    cache = secrets.SecretCache(
        settings.secret_source, login, minimum_interval=settings.secret_minimum_interval
    )
    database = Database(settings.database, cache, name=settings.service)
    return settings, create_app(identity, database, drain)
