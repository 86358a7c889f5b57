"""A small service for the tests of tasks. It listens on its first argument.

Its second one names a file with the status of ``/health``, read for each check: ``hang`` answers
never. SIGTERM ends it once the requests in flight are answered; with "stubborn" as third argument
it is ignored.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SLOW: set[int] = set()


class Handler(BaseHTTPRequestHandler):
    """Answers by path."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Every path but the named ones says who answers."""
        path = self.path.partition("?")[0]
        if path == "/health":
            self._health()
        elif path == "/slow":
            SLOW.add(threading.get_ident())
            time.sleep(1)
            self._answer(200, b"at last")
            SLOW.discard(threading.get_ident())
        elif path == "/chunks":
            self._chunks()
        elif path == "/end":
            os._exit(3)
        else:
            who = {"pid": os.getpid(), "path": self.path, "peer": self.client_address[1]}
            self._answer(200, json.dumps(who).encode())

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """Sends back what it got."""
        if self.headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["content-length"]))
        self._answer(200, body)

    def _health(self) -> None:
        wanted = Path(sys.argv[2]).read_text().strip()
        if wanted == "hang":
            time.sleep(600)
        self._answer(int(wanted), b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _chunks(self) -> None:
        self.send_response(200)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for part in (b"one ", b"two ", b"three"):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def main() -> None:
    """Serve until SIGTERM."""
    asked = threading.Event()
    signal.signal(
        signal.SIGTERM,
        signal.SIG_IGN if "stubborn" in sys.argv else lambda _signal, _frame: asked.set(),
    )
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    while SLOW or not asked.wait(0.02):
        time.sleep(0.02)
    os._exit(0)


if __name__ == "__main__":
    main()
