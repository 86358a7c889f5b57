"""Where CloudFormation waits for an answer: a small web server that keeps what is PUT to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Bucket(ThreadingHTTPServer):
    """Keeps the answers; `refuse` makes it refuse them as an expired URL does."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Put)
        self.answers: list[dict[str, Any]] = []
        self.sizes: list[int] = []
        self.refuse = False

    @property
    def url(self) -> str:
        """The presigned URL of an event."""
        return f"http://127.0.0.1:{self.server_port}/answer?X-Amz-Signature=secret"


class Put(BaseHTTPRequestHandler):
    """Takes an answer."""

    server: Bucket

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output free of an access log."""

    def do_PUT(self) -> None:
        """Keep the body, or refuse it."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.server.refuse:
            self.server.answers.append(json.loads(body))
            self.server.sizes.append(len(body))
        self.send_response(403 if self.server.refuse else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def bucket_server() -> Iterator[Bucket]:
    """Serve a bucket while the block runs."""
    with Bucket() as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()
