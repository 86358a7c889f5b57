"""uvicorn, with the drain of the service around its graceful shutdown."""

import logging
import signal
import socket
import time
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from storefront import logs
from storefront.middleware import Drain
from storefront.settings import Settings

log = logging.getLogger(__name__)


def leave_on_signals() -> None:
    """Make SIGTERM and SIGINT end the process with status 0.

    Without a handler, the kernel ignores SIGTERM for process 1 of a container. uvicorn replaces
    the handlers while it serves and raises the signal again once it has drained, which then ends
    here.
    """

    def leave(_signal: int, _frame: FrameType | None) -> None:
        # The interpreter restores the default action while it ends: a further SIGTERM would turn
        # the status into that of a killed process.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)


class DrainingServer(uvicorn.Server):
    """Serves until SIGTERM or SIGINT, then drains.

    The drain: no new connections, idle ones closed, requests in flight answered with
    `Connection: close` for at most DRAIN_SECONDS and cancelled after that, pool closed.
    """

    def __init__(self, app: ASGIApp, settings: Settings, drain: Drain) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                http="h11",
                ws="none",
                lifespan="on",
                access_log=False,
                log_config=None,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=settings.keep_alive,
                timeout_graceful_shutdown=settings.drain,
            )
        )
        self._drain = drain

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        log.info("listening", extra=logs.fields(host=self.config.host, port=self.config.port))

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin the drain. No log line here: a signal may come in the middle of one."""
        self._drain.active = True
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain, and say how long it took and what was cut off."""
        self._drain.active = True
        started = time.monotonic()
        log.info("draining", extra=logs.fields(in_flight=self._drain.in_flight))
        await super().shutdown(sockets)
        log.info(
            "stopped",
            extra=logs.fields(
                in_flight=self._drain.in_flight,
                duration_ms=round((time.monotonic() - started) * 1000),
            ),
        )
