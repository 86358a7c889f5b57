"""What can go wrong between a function and a database: one type for each, never with a secret.

`kind` is the error's name in logs and in the metric of failures, and part of what alarms and
runbooks refer to (docs/secrets.md lists them with what to do).
"""

from __future__ import annotations


class DatabaseError(Exception):
    """A call to a database did not do what it should. The text names server and role, no secret."""

    @property
    def kind(self) -> str:
        """The error's name, such as ``HostNameMismatch``."""
        return type(self).__name__


class BundleMissing(DatabaseError):
    """The file of trusted certificate authorities is not there, or has none in it."""


class HostUnknown(DatabaseError):
    """The host's name has no address."""


class ConnectionRefused(DatabaseError):
    """Nobody listens at the host's port, or the network lets nobody through."""


class NoAnswer(DatabaseError):
    """Host or server did not answer in time."""


class TlsNotOffered(DatabaseError):
    """The server speaks no TLS. Nothing was sent to it in the clear."""


class UntrustedCertificate(DatabaseError):
    """The server's certificate was issued by none of the trusted authorities."""


class CertificateExpired(DatabaseError):
    """The server's certificate is past its end, or not yet valid."""


class HostNameMismatch(DatabaseError):
    """The server's certificate is for other names than the host's."""


class TlsFailed(DatabaseError):
    """TLS failed for another reason."""


class LoginRefused(DatabaseError):
    """The server does not accept role and password."""


class LoginLocked(DatabaseError):
    """The role may not log in, whatever its password: NOLOGIN, ACCOUNT LOCK, PASSWORD EXPIRE."""


class UnsafeLogin(DatabaseError):
    """The server wants to know the password itself, a hash as good as it, or something else."""


class DatabaseMissing(DatabaseError):
    """The server has no database of that name."""


class ForeignDatabase(DatabaseError):
    """The database is there, and belongs to somebody else."""


class NotPermitted(DatabaseError):
    """The role that was logged in may not do this."""


class Busy(DatabaseError):
    """Another run holds the lock of these logins; it is tried again later."""


class WrongSession(DatabaseError):
    """The login worked, and the session is not what it should be: another role, another owner."""


class SessionLost(DatabaseError):
    """The session ended in the middle: a restart, a failover, a killed session."""


class ServerFault(DatabaseError):
    """The server answered with an error that has no type of its own; the text has its code."""
