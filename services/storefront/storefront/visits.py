"""The table of visits: how often each version was served in each colour."""

from dataclasses import dataclass

from psycopg import errors

from storefront.database import Connection

# Any number that no other user of this database takes an advisory lock on.
_CREATION_LOCK = 7_205_759_403_792

_EXISTS = "SELECT to_regclass('storefront_visits') IS NOT NULL"

_CREATE = """
CREATE TABLE IF NOT EXISTS storefront_visits (
    version text NOT NULL,
    colour text NOT NULL,
    visits bigint NOT NULL,
    PRIMARY KEY (version, colour)
)
"""

_RECORD = """
WITH here AS (
    INSERT INTO storefront_visits AS v (version, colour, visits) VALUES (%(version)s, %(colour)s, 1)
    ON CONFLICT (version, colour) DO UPDATE SET visits = v.visits + 1
    RETURNING visits
)
SELECT here.visits, here.visits + (
    SELECT coalesce(sum(visits), 0) FROM storefront_visits
    WHERE (version, colour) <> (%(version)s, %(colour)s)
)::bigint
FROM here
"""


@dataclass(frozen=True)
class Visits:
    """Visits of this version in this colour, and of all versions together."""

    here: int
    total: int


async def prepare(connection: Connection) -> None:
    """Create the table if it is not there; safe when several tasks start at once.

    An existing table needs no right to create. Raises psycopg.errors.InsufficientPrivilege when
    there is neither the table nor the right.
    """
    cursor = await connection.execute(_EXISTS)
    row = await cursor.fetchone()
    if row is not None and row[0]:
        return
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_CREATION_LOCK,))
        await connection.execute(_CREATE)


async def record(connection: Connection, version: str, colour: str) -> Visits:
    """Count one visit and return the counts; creates the table if it has gone."""
    parameters = {"version": version, "colour": colour}
    try:
        cursor = await connection.execute(_RECORD, parameters)
    except errors.UndefinedTable:
        await prepare(connection)
        cursor = await connection.execute(_RECORD, parameters)
    row = await cursor.fetchone()
    assert row is not None, "INSERT ... RETURNING gives one row"
    return Visits(here=row[0], total=row[1])
