"""What a server stores of a password, computed here so that the password never goes to it.

A statement with a password in it may end up in the server's log (`log_statement`, the general log,
a statement that was too slow); a verifier there lets nobody in.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64encode

_ITERATIONS = 4096
_SALT_BYTES = 16


def scram_sha_256(password: str, *, salt: bytes | None = None) -> str:
    """PostgreSQL's verifier: ``SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey``.

    https://www.postgresql.org/docs/current/catalog-pg-authid.html and RFC 5802. The password must
    be of ASCII characters, for which SASLprep changes nothing; raises `ValueError` for another one.
    """
    if not password.isascii():
        raise ValueError("a password of other than ASCII characters would need SASLprep")
    salt = salt or os.urandom(_SALT_BYTES)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    client = hmac.digest(salted, b"Client Key", "sha256")
    stored = hashlib.sha256(client).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    encoded = [b64encode(one).decode() for one in (salt, stored, server)]
    return f"SCRAM-SHA-256${_ITERATIONS}:{encoded[0]}${encoded[1]}:{encoded[2]}"
