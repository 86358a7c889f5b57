"""A database with a login of its own, made by hand."""

from __future__ import annotations

from typing import Any

from psycopg import sql

from rehearsal.host.ports import HOST
from rehearsal.host.postgres import PostgresServer


def new_login(server: PostgresServer, name: str) -> dict[str, Any]:
    """The secret of a new login that owns a new database of the same name."""
    with server.connect() as session:
        for text in ("CREATE ROLE {} LOGIN PASSWORD 'example'", "CREATE DATABASE {0} OWNER {0}"):
            session.execute(sql.SQL(text).format(sql.Identifier(name)))
    return {
        "engine": "postgres",
        "host": HOST,
        "port": server.port,
        "dbname": name,
        "username": name,
        "password": "example",
    }
