"""Which engine a secret is about; a driver is imported when it is first needed."""

from __future__ import annotations

from .engine import Engine, Trust


def engine_of(name: str, trust: Trust) -> Engine:
    """The engine of a `Login.engine`."""
    # Late: a cold start pays for one driver only.
    if name == "postgres":
        from .postgres import Postgres  # noqa: PLC0415

        return Postgres(trust)
    from .mysql import MySql  # noqa: PLC0415

    return MySql(trust)
