"""What time it is at AWS: deadlines are AWS's, and a laptop's clock may be minutes off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

# An answer's Date has whole seconds and is a little old when it arrives.
_TOLERANCE = timedelta(seconds=3)


class AwsTime:
    """The time that a client's answers carry, and the machine's clock from one to the next."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def follow(self, client: Any) -> None:
        """Take the time from every answer that `client` gets from now on."""
        client.meta.events.register("after-call", self._heard)

    def now(self) -> datetime:
        """The moment, in UTC."""
        return datetime.now(UTC) + self._offset

    def _heard(self, parsed: dict[str, Any], **_: Any) -> None:
        date = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        try:
            said = parsedate_to_datetime(date) if date else None
        except ValueError:
            return
        if said is not None and said.tzinfo is not None:
            offset = said - datetime.now(UTC)
            self._offset = offset if abs(offset) > _TOLERANCE else timedelta()
