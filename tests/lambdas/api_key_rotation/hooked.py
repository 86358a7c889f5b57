"""Something happens meanwhile: right before a call of Secrets Manager."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Hooked:
    """The client of Secrets Manager; runs ``before`` once, ahead of the named call.

    ``at``: ahead of the how manieth of those from ``when`` on, from 0.
    """

    def __init__(
        self,
        client: Any,
        call: str,
        before: Callable[[], None],
        *,
        at: int = 0,
        when: Callable[[], bool] = lambda: True,
    ) -> None:
        self._client = client
        self._call = call
        self._before: Callable[[], None] | None = before
        self._at = at
        self._when = when

    def __getattr__(self, name: str) -> Any:
        if name == self._call and self._before is not None and self._when():
            self._at -= 1
            if self._at < 0:
                before, self._before = self._before, None
                before()
        return getattr(self._client, name)
