"""Why a connection to the database failed."""

import psycopg

_REFUSED_SQLSTATES = ("28000", "28P01")


def login_refused(error: psycopg.Error) -> bool:
    """Whether the server turned the login away (SQLSTATE 28P01 or 28000).

    libpq keeps no SQLSTATE of a failed connection, and the message is in the server's language,
    so the sign is that the server asked for the password and then did not let the session begin.
    That covers a few other refusals too, such as a database that does not exist; the name of the
    database is in the secret as well, so that a renewal is right for them.
    """
    if error.sqlstate in _REFUSED_SQLSTATES:
        return True
    return error.pgconn is not None and error.pgconn.used_password


def in_words(error: psycopg.Error) -> str:
    """Why a connection failed, without host, user or password."""
    text = str(error).lower()
    if isinstance(error, psycopg.errors.ConnectionTimeout):
        return "the database did not answer in time"
    if login_refused(error):
        if "password authentication failed" in text:
            return "the database refused the login (28P01)"
        return "the database refused the login"
    if "certificate" in text or "ssl" in text:
        return "TLS to the database was not established"
    if isinstance(error, psycopg.OperationalError):
        return "the database cannot be reached"
    return f"the session could not be prepared ({error.sqlstate or type(error).__name__})"
