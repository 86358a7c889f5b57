"""Who visits what, and how each request ended: what the parent and the users' process exchange.

One JSON document a line, both ways.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

FINISHING_SECONDS = 2.0
STOP = b'{"stop": true}\n'


@dataclass(frozen=True, kw_only=True)
class Visitors:
    """Users of one address.

    ``name``: unique among those who visit at the same time. ``url``: "http://127.0.0.1:8080".
    ``paths`` are asked for in turn. ``rate``: requests per real second; 0: none.
    ``keep_alive``: the share of requests, 0 to 1, that go out on connections kept from earlier
    ones; each other one has a connection to itself.
    """

    name: str
    url: str
    paths: tuple[str, ...]
    rate: float
    keep_alive: float

    def __post_init__(self) -> None:
        if not self.rate >= 0:
            raise ValueError(f"visitors {self.name}: rate {self.rate}, allowed: 0 and more")
        if not 0 <= self.keep_alive <= 1:
            raise ValueError(f"visitors {self.name}: keep_alive {self.keep_alive}, allowed: 0 to 1")
        if not self.paths or not all(path.startswith("/") for path in self.paths):
            raise ValueError(
                f"visitors {self.name}: paths {self.paths!r}, allowed: at least one, "
                "each beginning with a slash"
            )
        parts = urlsplit(self.url)
        if parts.scheme != "http" or not parts.hostname or parts.port is None:
            raise ValueError(
                f"visitors {self.name}: url {self.url!r}, allowed: http://<address>:<port>"
            )

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 0


class Answered(NamedTuple):
    """One request, as its user saw it.

    ``at``: when it ended, on `time.monotonic`'s scale. ``milliseconds``: from the moment at which
    it was due, whether or not it could be sent then. ``status``: 0 without a whole answer.
    ``target``: who answered, as "127.0.0.1:port"; empty: unknown, or the balancer by itself.
    ``fresh``: it ended on a connection that was opened for it, for the first try or the second.
    ``retried``: it was sent twice. ``error``: why there was no whole answer, otherwise empty.
    """

    visitors: str
    at: float
    milliseconds: float
    status: int
    target: str
    fresh: bool
    retried: bool
    error: str


def written_visitors(visitors: Sequence[Visitors]) -> bytes:
    """One line that says who visits what from now on."""
    return json.dumps({"visitors": [asdict(one) for one in visitors]}).encode() + b"\n"


def read_visitors(line: bytes) -> tuple[Visitors, ...] | None:
    """Who visits what from now on; None: nobody, and the process ends."""
    order = json.loads(line)
    if order.get("stop"):
        return None
    return tuple(
        Visitors(**{**one, "paths": tuple(one["paths"])}) for one in order.get("visitors", ())
    )


def written_answers(answers: Iterable[Answered]) -> bytes:
    """One line with what ended."""
    return json.dumps(list(answers), separators=(",", ":")).encode() + b"\n"


def read_answers(line: bytes) -> tuple[Answered, ...]:
    """What ended."""
    return tuple(Answered(*one) for one in json.loads(line))
