"""What a server stores of a password, computed here so that the password never goes to it.

A statement with a password in it may end up in the server's log (`log_statement`, the general log,
a statement that was too slow); a verifier there lets nobody in.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from base64 import b64encode

_ITERATIONS = 4096
_SALT_BYTES = 16
_SHA2_ROUNDS = 5000
_SHA2_SALT_CHARACTERS = 20
_CRYPT64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# In which order the digest's bytes are written, three to four characters.
_CRYPT_ORDER = (
    *((0, 10, 20), (21, 1, 11), (12, 22, 2), (3, 13, 23), (24, 4, 14)),
    *((15, 25, 5), (6, 16, 26), (27, 7, 17), (18, 28, 8), (9, 19, 29)),
)


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


def mysql_native_password(password: str) -> str:
    """MariaDB's verifier, ``*`` and the SHA-1 of the SHA-1:
    https://mariadb.com/docs/server/reference/plugins/authentication-plugins/authentication-plugin-mysql_native_password

    Without salt, so only good for passwords that nobody can guess.
    """
    return "*" + hashlib.sha1(hashlib.sha1(password.encode()).digest()).hexdigest().upper()


def caching_sha2_password(password: str, *, salt: str = "") -> bytes:
    """MySQL's verifier: ``$A$005$``, 20 characters of salt, 43 of `sha256_crypt`'s digest.

    https://dev.mysql.com/doc/refman/8.4/en/caching-sha2-pluggable-authentication.html and
    ``sql/auth/sha2_password.cc`` in MySQL's sources. 005 is for 5000 rounds, the least there is.
    """
    salt = salt or "".join(secrets.choice(_CRYPT64) for _ in range(_SHA2_SALT_CHARACTERS))
    return f"$A${_SHA2_ROUNDS // 1000:03X}${salt}{sha256_crypt(password, salt)}".encode()


def sha256_crypt(password: str, salt: str) -> str:
    """The digest of Unix's SHA-256 crypt with 5000 rounds: https://www.akkadia.org/drepper/SHA-crypt.txt

    That takes 16 characters of salt at most, MySQL's takes 20, and here it is all that are given.
    """
    key, salted = password.encode(), salt.encode()
    other = hashlib.sha256(key + salted + key).digest()
    start = hashlib.sha256(key + salted + _repeated(other, len(key)))
    length = len(key)
    while length:
        start.update(other if length & 1 else key)
        length >>= 1
    digest = start.digest()
    keys = _repeated(hashlib.sha256(key * len(key)).digest(), len(key))
    salts = _repeated(hashlib.sha256(salted * (16 + digest[0])).digest(), len(salted))
    for number in range(_SHA2_ROUNDS):
        mixed = keys if number % 2 else digest
        mixed += salts if number % 3 else b""
        mixed += keys if number % 7 else b""
        mixed += digest if number % 2 else keys
        digest = hashlib.sha256(mixed).digest()
    return "".join(
        _crypt64(digest[one] << 16 | digest[two] << 8 | digest[three], 4)
        for one, two, three in _CRYPT_ORDER
    ) + _crypt64(digest[31] << 8 | digest[30], 3)


def _repeated(digest: bytes, length: int) -> bytes:
    return (digest * (length // len(digest) + 1))[:length]


def _crypt64(number: int, characters: int) -> str:
    return "".join(_CRYPT64[number >> 6 * place & 63] for place in range(characters))
