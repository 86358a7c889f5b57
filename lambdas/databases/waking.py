"""A server that may be asleep: a connection wakes it, and it answers some time later.

Aurora pauses a cluster whose least capacity is 0 when nobody is connected. It then takes about 15
seconds to answer, and 30 or more when it has been paused for over a day:
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from .engine import Engine
from .errors import NoAnswer
from .login import Login

WAKING_SECONDS = 45.0
"""A call that got no answer is made again as long as less than this has passed since the first."""


class Waking:
    """`engine.Engine` that makes a call again which got no answer; any other error is raised.

    Every call of an engine may be made again (`Engine`). ``now``: seconds of a monotonic clock.
    """

    def __init__(self, engine: Engine, *, now: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._now = now

    def prove(self, login: Login, *, owner: str) -> None:
        """See `Engine.prove`."""
        self._patiently(lambda: self._engine.prove(login, owner=owner))

    def set_login(
        self, admin: Login, wanted: Login, *, owner: str, confirm: Callable[[], None]
    ) -> None:
        """See `Engine.set_login`."""
        self._patiently(lambda: self._engine.set_login(admin, wanted, owner=owner, confirm=confirm))

    def ensure_access(
        self, admin: Login, *, database: str, owner: str, logins: Sequence[str]
    ) -> None:
        """See `Engine.ensure_access`."""
        self._patiently(
            lambda: self._engine.ensure_access(admin, database=database, owner=owner, logins=logins)
        )

    def _patiently(self, call: Callable[[], None]) -> None:
        given_up = self._now() + WAKING_SECONDS
        while True:
            try:
                return call()
            except NoAnswer:
                # It has taken its time already (`tls.CONNECT_SECONDS`, `tls.ANSWER_SECONDS`).
                if self._now() >= given_up:
                    raise
