"""Logs: one JSON object per line on standard output, with no secret in it."""

import json
import logging
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

LEVELS = ("debug", "info", "warning", "error")

_CONCEALED: set[str] = set()
_SHORTEST_CONCEALED = 6


@dataclass
class Identity:
    """Who writes the log and answers `/version`; `colour` may become known after the start."""

    service: str
    version: str
    environment: str
    colour: str = "unknown"


def conceal(secret: str) -> None:
    """Replace this value by *** in every later line; values under 6 characters are left alone.

    Nothing logs a secret on purpose; this guards against a library that puts one in an error.
    """
    if len(secret) >= _SHORTEST_CONCEALED:
        _CONCEALED.update({secret, json.dumps(secret)[1:-1]})


def fields(**values: object) -> dict[str, dict[str, object]]:
    """The `extra` of a log call: these become keys of the JSON line."""
    return {"fields": values}


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON; times are UTC with milliseconds."""

    def __init__(self, identity: Identity) -> None:
        super().__init__()
        self._identity = identity

    def format(self, record: logging.LogRecord) -> str:
        """The line, without the newline."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage().strip(),
            **asdict(self._identity),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        text = json.dumps(line, default=str, ensure_ascii=False)
        for secret in _CONCEALED:
            text = text.replace(secret, "***")
        return text


def configure(level: str, identity: Identity) -> None:
    """Send all logs through the JSON formatter at `level`, one of LEVELS.

    Libraries are held at warning: the pool and uvicorn log each step at info. The pool's own
    warnings repeat what `storefront.database` logs, with the user name in them.
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(identity))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("storefront").setLevel(level.upper())
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    logging.captureWarnings(True)
