"""Where custom resources put their answers: the part that an S3 bucket plays for CloudFormation.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
"""

from __future__ import annotations

import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class Answers:
    """A server on this machine that keeps the first answer to each request.

    A URL is signed for one request, for PUT and for an empty content type; anything else is
    refused with status 403, as S3 does when a signature does not match. A further answer to the
    same request is taken and changes nothing. Close it, or use it in a `with` statement.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: dict[str, str] = {}
        self._bodies: dict[str, bytes] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.02},
            name="answers",
            daemon=True,
        )
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def expect(self, request_id: str) -> str:
        """The ResponseURL for a request."""
        path = f"/{request_id}?X-Amz-Signature={secrets.token_hex(16)}"
        with self._lock:
            self._requests[path] = request_id
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def answer(self, request_id: str) -> bytes | None:
        """The first answer to a request, None when there is none yet."""
        with self._lock:
            return self._bodies.get(request_id)

    def take(self, path: str, content_type: str, body: bytes) -> int:
        """Keep what was PUT at a path; returns the HTTP status."""
        with self._lock:
            request_id = self._requests.get(path)
            if request_id is None or content_type:
                return 403
            self._bodies.setdefault(request_id, body)
            return 200


def _handler(answers: Answers) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status = answers.take(self.path, self.headers.get("Content-Type", ""), body)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: a URL lets whoever reads it answer."""

    return Handler
