"""Free loopback ports, handed out once each.

A port that the system may give to any outgoing connection can be taken between being found free
and being listened on. So these come from below the ranges that Linux (32768 and above) and macOS
(49152 and above) use for that.
"""

from __future__ import annotations

import random
import socket
import threading

HOST = "127.0.0.1"
_LOWEST, _HIGHEST = 15000, 32767


class PortError(Exception):
    """No port can be had; the text says which and what to do."""


class Ports:
    """Hands out ports that nothing listens on, never the same twice.

    ``first``: take consecutive ports from that number on, and refuse when one of them is not free.
    None: any free ones, beginning somewhere else in every run so that runs side by side do not
    meet.
    """

    def __init__(self, first: int | None = None) -> None:
        if first is not None and not 1 <= first <= 65535:
            raise PortError(f"port {first} does not exist: give a first port from 1 to 65535")
        self._consecutive = first is not None
        self._next = first if first is not None else random.randint(_LOWEST, _HIGHEST)
        self._lock = threading.Lock()
        self._left = _HIGHEST - _LOWEST + 1

    def take(self) -> int:
        """The next port. Raises `PortError` when it is taken or none is left. Thread-safe."""
        with self._lock:
            return self._given() if self._consecutive else self._any()

    def _given(self) -> int:
        port = self._next
        if port > 65535:
            raise PortError("there is no port after 65535: give a lower first port")
        if not is_free(port):
            raise PortError(
                f"port {port} of {HOST} is not free: end what listens on it, "
                "or give another first port"
            )
        self._next += 1
        return port

    def _any(self) -> int:
        while self._left:
            self._left -= 1
            port = self._next
            self._next = port + 1 if port < _HIGHEST else _LOWEST
            if is_free(port):
                return port
        raise PortError(
            f"no port of {HOST} from {_LOWEST} to {_HIGHEST} is free: end what listens on them"
        )


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        # A server that is asked for the port listens even when old connections still time out.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    with socket.socket() as probe:
        # Where SO_REUSEADDR allows a bind beside a listener on all addresses (BSD, macOS).
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) != 0
