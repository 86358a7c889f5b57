"""The models over HTTP, with their own clock's time as the answers' Date."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from rehearsal.wire import CONTENT_TYPE, answer

from .world import World


@contextmanager
def served(world: World) -> Iterator[str]:
    """The models' URL, for as long as they are served: CodeDeploy and Secrets Manager.

    Each question about a secret lets a second pass, so that a rotation is followed in steps.
    """

    class Request(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            """Keep the test's output free of an access log."""

        def date_time_string(self, timestamp: float | None = None) -> str:
            del timestamp
            return format_datetime(world.clock.now(), usegmt=True)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            operation = self.headers["X-Amz-Target"]
            with world.lock:
                asks_secrets = operation.startswith("secretsmanager.")
                model = world.secrets.model if asks_secrets else world.model
                if asks_secrets:
                    world.turn(seconds=1)
                status, reply = answer(model, operation, body)
                if world.each_look and operation.endswith(".GetDeployment"):
                    world.turn(seconds=world.each_look)
            self.send_response(status)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def wait_for(condition: Callable[[], bool], *, seconds: float = 20) -> None:
    """Return when `condition()` holds; an AssertionError when it does not in time."""
    ends_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends_at, "it has not come to that"
        time.sleep(0.02)
