"""The API over HTTP on a loopback port, for AWS_ENDPOINT_URL_CODEDEPLOY.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from .wire import CONTENT_TYPE, Api, answer


@contextmanager
def serve(api: Api, *, lock: AbstractContextManager[object], port: int = 0) -> Iterator[str]:
    """Serve `api` and yield its URL. Port 0: any free one.

    One request at a time, under `lock`; whoever turns the clock and runs the model takes it too.
    """
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(api, lock))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(api: Api, lock: AbstractContextManager[object]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """One operation."""
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                with lock:
                    status, reply = answer(api, self.headers.get("X-Amz-Target", ""), body)
            except Exception as error:
                # The client would otherwise only see a connection that breaks.
                status = 500
                reply = json.dumps({"__type": "InternalFailure", "message": repr(error)}).encode()
            self.send_response(status)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the rehearsal shows what happens."""

    return Handler
