"""Verifiers computed here, against those of independent programs and of real servers."""

from __future__ import annotations

import subprocess
from base64 import b64decode

import pytest
import scramp

from lambdas.databases.verifiers import (
    caching_sha2_password,
    mysql_native_password,
    scram_sha_256,
    sha256_crypt,
)
from tests.support.servers import Server

PASSWORDS = ["a", "0123456789" * 5, "x" * 31, "x" * 32, "x" * 33, "x" * 64, "x" * 200]


@pytest.mark.parametrize("password", PASSWORDS)
def test_scram_is_the_same_as_scramps(password: str) -> None:
    found = scram_sha_256(password)
    assert found.startswith("SCRAM-SHA-256$4096:")
    salt = b64decode(found.split("$")[1].split(":")[1])
    mechanism = scramp.ScramMechanism("SCRAM-SHA-256")
    _, stored, server, iterations = mechanism.make_auth_info(password, 4096, salt)
    assert [b64decode(part) for part in found.split("$")[2].split(":")] == [stored, server]
    assert iterations == 4096


def test_a_password_that_would_have_to_be_prepared_is_refused() -> None:
    with pytest.raises(ValueError, match="ASCII"):
        scram_sha_256("pässword")


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("salt", ["a", "0123456789abcdef"])
def test_sha256_crypt_is_the_same_as_openssls(password: str, salt: str) -> None:
    done = subprocess.run(
        ["openssl", "passwd", "-5", "-salt", salt, "-stdin"],
        input=password,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip().split("$")[3] == sha256_crypt(password, salt)


def test_mysqls_verifier_has_the_form_that_its_server_reads() -> None:
    salt = "abcdefghijklmnopqrst"
    expected = b"$A$005$" + salt.encode() + sha256_crypt("password", salt).encode()
    assert caching_sha2_password("password", salt=salt) == expected
    assert len(expected) == 70
    once, again = caching_sha2_password("password"), caching_sha2_password("password")
    assert once != again
    assert b"$" not in once[7:]


@pytest.mark.parametrize("password", PASSWORDS)
def test_the_native_hash_is_the_same_as_mariadbs(debian_mariadb: Server, password: str) -> None:
    assert debian_mariadb.run(f"SELECT PASSWORD('{password}')") == [
        (mysql_native_password(password),)
    ]


@pytest.mark.parametrize(
    "verify", [scram_sha_256, caching_sha2_password], ids=lambda one: one.__name__
)
def test_two_verifiers_of_one_password_do_not_show_that_it_is_one(verify: object) -> None:
    assert callable(verify)
    assert verify("password") != verify("password")
