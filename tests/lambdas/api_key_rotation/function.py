"""The function as `victim` invokes it: with a context that has time left."""

from __future__ import annotations

from typing import Any

from lambdas.api_key_rotation.handler import handler as function


class Context:
    """What Lambda hands over, as far as the function looks at it."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """A minute."""
        return 60_000


def handler(event: Any, _context: object) -> None:
    """Take a step."""
    function(event, Context())
