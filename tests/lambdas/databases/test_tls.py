"""What can be wrong between a function and a server: told apart, and nothing is changed by it."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509

from lambdas.databases import tls
from lambdas.databases.engine import Engine, Trust
from lambdas.databases.engines import engine_of
from lambdas.databases.errors import (
    BundleMissing,
    CertificateExpired,
    ConnectionRefused,
    DatabaseError,
    HostNameMismatch,
    HostUnknown,
    NoAnswer,
    SessionLost,
    TlsFailed,
    TlsNotOffered,
    UnsafeLogin,
    UntrustedCertificate,
)
from lambdas.databases.login import Login
from lambdas.databases.trust import BUNDLE, trust_of
from rehearsal.host.ports import Ports
from tests.lambdas.databases.conftest import Shop
from tests.support.certificates import LOOPBACK, Certificate, certificate
from tests.support.servers import Server, differences, login_of, no_session_is_left
from tests.support.servers.postgres import UNSAFE
from tests.support.tls_front import tls_front

ALIAS = "database.example"


@pytest.fixture
def shop(tls_server: Server) -> Shop:
    """A service at a server with TLS of its own."""
    made = Shop(tls_server)
    made.make()
    return made


@contextmanager
def presenting(server: Server, shown: Certificate) -> Iterator[None]:
    """The server shows another certificate meanwhile."""
    server.present(shown)
    try:
        yield
    finally:
        server.present(server.certificate)


def _refuse(shop: Shop, engine: Engine, login: Login, error: type[DatabaseError]) -> None:
    """Every call is refused with exactly that error, and tells no password."""
    admin = shop.server.admin()
    calls: tuple[Callable[[], None], ...] = (
        lambda: engine.prove(login, owner=shop.owner),
        lambda: engine.set_login(admin, login, owner=shop.owner, confirm=_never),
        lambda: engine.ensure_access(
            admin, database="another", owner="another_owner", logins=("another_a",)
        ),
    )
    for call in calls:
        with pytest.raises(DatabaseError) as raised:
            call()
        assert type(raised.value) is error, raised.value
        text = str(raised.value)
        assert login.password not in text
        assert admin.password not in text


def _never() -> None:
    pytest.fail("nothing is to be confirmed before the server is known to be the right one")


CERTIFICATES: dict[str, tuple[x509.GeneralName, bool, bool, type[DatabaseError]]] = {
    "for another host": (x509.DNSName(ALIAS), False, True, HostNameMismatch),
    "expired": (LOOPBACK, True, True, CertificateExpired),
    "of an authority that is not trusted": (LOOPBACK, False, False, UntrustedCertificate),
}


@pytest.mark.parametrize("fault", CERTIFICATES)
def test_a_wrong_certificate_is_called_by_its_fault(shop: Shop, tmp_path: Path, fault: str) -> None:
    name, expired, trusted, error = CERTIFICATES[fault]
    shown = certificate(tmp_path / "shown", name, expired=expired)
    trust = Trust(bundle=str(shown.ca if trusted else shop.server.certificate.ca))
    login = shop.rotate()
    before = shop.server.access()
    with presenting(shop.server, shown):
        _refuse(shop, engine_of(shop.server.engine, trust), login, error)
    assert differences(before, shop.server.access()) == []
    assert no_session_is_left(shop.server)
    shop.engine.prove(login, owner=shop.owner)


def test_a_host_that_is_an_alias_works_with_the_servers_name(shop: Shop, tmp_path: Path) -> None:
    shown = certificate(tmp_path / "shown", x509.DNSName(ALIAS))
    engine = engine_of(shop.server.engine, Trust(bundle=str(shown.ca), server_name=ALIAS))
    login = shop.wanted()
    with presenting(shop.server, shown):
        engine.set_login(shop.server.admin(), login, owner=shop.owner, confirm=lambda: None)
        engine.prove(login, owner=shop.owner)


def test_a_server_without_tls_is_never_talked_to_in_the_clear(shop: Shop) -> None:
    trust = Trust(bundle=str(shop.server.certificate.ca))
    login = shop.rotate()
    before = shop.server.access()
    with shop.server.without_tls():
        _refuse(shop, engine_of(shop.server.engine, trust), login, TlsNotOffered)
    assert differences(before, shop.server.access()) == []
    shop.engine.prove(login, owner=shop.owner)


@pytest.mark.parametrize("engine", ["postgres", "mariadb"])
def test_an_unknown_host_and_a_port_that_nobody_listens_on_are_told_apart(
    engine: str, tmp_path: Path
) -> None:
    trust = Trust(bundle=str(certificate(tmp_path / "own", LOOPBACK).ca))
    for host, error in (("database.invalid", HostUnknown), ("127.0.0.1", ConnectionRefused)):
        login = login_at(engine, Ports().take(), host)
        with pytest.raises(error, match=host):
            engine_of(engine, trust).prove(login, owner="owner")


@pytest.mark.parametrize("engine", ["postgres", "mariadb"])
def test_a_server_that_takes_the_connection_and_says_nothing_is_given_up_in_time(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "CONNECT_SECONDS", 0.3)
    trust = Trust(bundle=str(certificate(tmp_path / "own", LOOPBACK).ca))
    with answering() as (port, _), pytest.raises(NoAnswer):
        engine_of(engine, trust).prove(login_at(engine, port), owner="owner")


def test_a_postgresql_that_says_nothing_once_tls_is_there_is_given_up_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "ANSWER_SECONDS", 0.3)
    files = certificate(tmp_path / "own", LOOPBACK)
    engine = engine_of("postgres", Trust(bundle=str(files.ca)))
    with answering() as (silent, _), tls_front(silent, files) as port, pytest.raises(NoAnswer):
        engine.prove(login_at("postgres", port), owner="owner")


def test_a_postgresql_that_goes_away_during_the_login_is_a_lost_session(tmp_path: Path) -> None:
    files = certificate(tmp_path / "own", LOOPBACK)
    engine = engine_of("postgres", Trust(bundle=str(files.ca)))
    with tls_front(Ports().take(), files) as port, pytest.raises(SessionLost):
        engine.prove(login_at("postgres", port), owner="owner")


def test_no_answer_is_waited_for_longer_than_a_few_seconds() -> None:
    assert tls.CONNECT_SECONDS <= 5
    assert tls.ANSWER_SECONDS <= 20


ANSWERS: dict[str, tuple[bytes, type[DatabaseError]]] = {
    "no TLS": (b"N", TlsNotOffered),
    "an error": (b"E", TlsNotOffered),
    "something else than TLS": (b"S" + b"HTTP/1.1 400 Bad Request\r\n\r\n", TlsFailed),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_postgresql_is_sent_nothing_but_the_request_for_tls_before_it_agrees(
    tmp_path: Path, answer: str
) -> None:
    said, error = ANSWERS[answer]
    trust = Trust(bundle=str(certificate(tmp_path / "own", LOOPBACK).ca))
    with answering(said) as (port, received), pytest.raises(error):
        engine_of("postgres", trust).prove(login_at("postgres", port), owner="owner")
    if error is TlsNotOffered:
        assert received == b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
    assert b"user_of_test" not in received


def login_at(engine: str, port: int, host: str = "127.0.0.1") -> Login:
    """Some login."""
    return Login(
        engine=engine,
        host=host,
        port=port,
        dbname="shop",
        username="user_of_test",
        password="password_of_test",
    )


@contextmanager
def answering(answer: bytes = b"") -> Iterator[tuple[int, bytearray]]:
    """A listener that says one thing to whoever says something, and keeps what it heard."""
    received = bytearray()

    def serve(listener: socket.socket) -> None:
        client, _ = listener.accept()
        with suppress(OSError), client:
            while data := client.recv(1024):
                received.extend(data)
                if len(received) == len(data) and answer:
                    client.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1], received
        thread.join(5)


@pytest.mark.parametrize("role", UNSAFE)
def test_postgresql_is_not_told_the_password_even_if_it_asks(
    debian_postgres: Server, role: str
) -> None:
    debian_postgres.run(f"SET password_encryption = md5; CREATE ROLE {role} LOGIN PASSWORD 'seen'")
    trust = Trust(bundle=str(debian_postgres.certificate.ca))
    login = login_of(debian_postgres, role, "seen", "postgres")
    with pytest.raises(UnsafeLogin, match="scram-sha-256"):
        engine_of("postgres", trust).prove(login, owner=role)
    debian_postgres.run(f"DROP ROLE {role}")


@pytest.mark.parametrize("plugin", ["mysql_clear_password", "sha256_password", "dialog"])
def test_mysql_is_not_told_the_password_even_if_it_asks(tmp_path: Path, plugin: str) -> None:
    files = certificate(tmp_path / "own", LOOPBACK)
    engine = engine_of("mysql", Trust(bundle=str(files.ca)))
    with asking_for(plugin, files) as (port, received), pytest.raises(UnsafeLogin, match=plugin):
        engine.prove(login_at("mysql", port), owner="owner")
    assert b"user_of_test" in received
    assert b"password_of_test" not in received


@contextmanager
def asking_for(plugin: str, files: Certificate) -> Iterator[tuple[int, bytearray]]:
    """The first packets of a MySQL server with TLS that has logins by ``plugin`` only.

    https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
    """
    received = bytearray()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)
    name, salt = plugin.encode() + b"\0", bytes(range(1, 21))
    greeting = (
        b"\x0a8.4.0\0" + struct.pack("<I", 1) + salt[:8] + b"\0"
        b"\xff\xff\x2d\x02\0\xff\xc3\x15" + bytes(10) + salt[8:] + b"\0" + name
    )

    def serve(listener: socket.socket) -> None:
        client, _ = listener.accept()
        with suppress(OSError), client:
            client.sendall(_packet(0, greeting))
            received.extend(client.recv(36))
            with context.wrap_socket(client, server_side=True) as secured:
                received.extend(secured.recv(4096))
                secured.sendall(_packet(3, b"\xfe" + name + salt + b"\0"))
                received.extend(secured.recv(4096))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1], received
        thread.join(5)


def _packet(number: int, content: bytes) -> bytes:
    return struct.pack("<I", len(content))[:3] + bytes([number]) + content


def test_the_trusted_authorities_come_with_the_function_unless_others_are_named(
    tmp_path: Path,
) -> None:
    assert trust_of({}) == Trust(bundle=str(BUNDLE))
    own = tmp_path / "own.pem"
    with pytest.raises(BundleMissing, match=r"own\.pem"):
        trust_of({"DATABASE_CA_BUNDLE": str(own)})
    own.touch()
    named = {"DATABASE_CA_BUNDLE": str(own), "TLS_SERVER_NAME": ALIAS}
    assert trust_of(named) == Trust(bundle=str(own), server_name=ALIAS)


def test_a_bundle_with_no_certificate_in_it_is_an_error_that_names_it(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.touch()
    with pytest.raises(BundleMissing, match=r"empty\.pem"):
        tls.context(Trust(bundle=str(empty)))
