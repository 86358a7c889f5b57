"""Database, owner and logins, made by the function for CloudFormation in a real PostgreSQL."""

from __future__ import annotations

import ipaddress
import json
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography import x509

from lambdas.common.cloudformation import Outcome
from lambdas.database_access.handler import handler, outcome_of
from lambdas.databases import tls
from lambdas.databases.verifiers import scram_sha_256
from rehearsal.clock import ManualClock
from rehearsal.secrets_manager import SecretsManager
from tests.lambdas.secret_rotation.memory import Calls, Client
from tests.service.postgres import Postgres
from tests.support.asleep import asleep
from tests.support.certificates import certificate
from tests.support.rights import LOG, NETWORK, granted, of_secrets_manager
from tests.support.templates import Templates
from tests.support.tls_front import tls_front

ADMIN, ADMIN_PASSWORD = "pase_admin", "the-administrator-s-password"


class Site:
    """A server, the administrator's secret, and a fresh service's secret for each test."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.server = Postgres()
        stack.callback(self.server.destroy)
        self.server.create()
        self.server.execute(
            f"CREATE ROLE {ADMIN} LOGIN CREATEROLE CREATEDB "
            f"PASSWORD '{scram_sha_256(ADMIN_PASSWORD)}'"
        )
        files = certificate(folder / "tls", x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        self.port = stack.enter_context(tls_front(self.server.port, files))
        clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
        self.model = SecretsManager(clock=clock, account="111111111111", region="eu-west-1")
        self.client = Client(self.model, Calls())
        self.environ = {
            "ADMIN_SECRET_ARN": self.new_secret("admin", {"username": ADMIN}, ADMIN_PASSWORD),
            "DATABASE_CA_BUNDLE": str(files.ca),
        }
        self._names = 0

    def new_secret(self, name: str, values: Mapping[str, Any], password: str) -> str:
        text = json.dumps({**values, "password": password})
        answered = self.client.ask("CreateSecret", Name=name, SecretString=text)
        return str(answered["ARN"])

    def new_service(self, **changes: Any) -> Service:
        self._names += 1
        return Service(self, f"shop_{self._names}", changes)

    def log_in(self, user: str, password: str, database: str) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.server.port,
            user=user,
            password=password,
            dbname=database,
            autocommit=True,
        )


class Service:
    """A service that has a secret and nothing else yet."""

    def __init__(self, site: Site, name: str, changes: Mapping[str, Any]) -> None:
        self.site = site
        self.name = name
        self.password = f"the-first-password-of-{name}"
        values = {
            "engine": "postgres",
            "host": "127.0.0.1",
            "port": str(site.port),
            "dbname": name,
            "username": f"{name}_a",
            **changes,
        }
        self.secret = site.new_secret(f"{name}/database", values, self.password)
        self.properties: dict[str, Any] = {
            "SecretArn": self.secret,
            "Database": name,
            "Owner": f"{name}_owner",
            "Logins": [f"{name}_a", f"{name}_b"],
        }

    def ask(self, request: str = "Create", **properties: Any) -> Outcome:
        event = {
            "RequestType": request,
            "LogicalResourceId": "ShopDatabaseAccess",
            "ResourceProperties": {**self.properties, **properties},
        }
        return outcome_of(event, self.site.environ, client=self.site.client)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with ExitStack() as stack:
        yield Site(tmp_path_factory.mktemp("access"), stack)


def test_the_secret_s_login_works_in_its_own_database_and_acts_as_the_owner(site: Site) -> None:
    service = site.new_service()
    outcome = service.ask()
    assert outcome == Outcome(
        status="SUCCESS",
        reason=f"database {service.name}, its owner {service.name}_owner and {service.name}_a are "
        "there",
        physical_id=f"{service.name}-database-access",
    )
    with site.log_in(f"{service.name}_a", service.password, service.name) as session:
        row = session.execute("SELECT current_user, session_user").fetchone()
        session.execute("CREATE TABLE orders (id int)")
    assert row == (f"{service.name}_owner", f"{service.name}_a")


def test_the_second_login_is_a_member_that_cannot_log_in_yet(site: Site) -> None:
    service = site.new_service()
    service.ask()
    rows = site.server.rows(
        "SELECT rolcanlogin, pg_has_role(rolname, %s, 'MEMBER') FROM pg_roles WHERE rolname = %s",
        f"{service.name}_owner",
        f"{service.name}_b",
    )
    assert rows == [(False, True)]


def test_nobody_else_may_connect_to_the_database(site: Site) -> None:
    one, other = site.new_service(), site.new_service()
    assert one.ask().status == other.ask().status == "SUCCESS"
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        site.log_in(f"{one.name}_a", one.password, other.name)


def test_asked_again_it_changes_nothing(site: Site) -> None:
    service = site.new_service()
    service.ask()
    stored = "SELECT rolname, rolpassword FROM pg_authid ORDER BY 1"
    before = site.server.rows(stored)
    outcome = service.ask("Update")
    assert outcome.status == "SUCCESS"
    assert "works already; nothing was changed" in outcome.reason
    assert site.server.rows(stored) == before


@pytest.mark.parametrize(
    "harm",
    [
        "ALTER ROLE {}_a PASSWORD 'changed-by-hand'",
        "ALTER ROLE {}_a NOLOGIN",
        "REVOKE {}_owner FROM {}_a",
        "DROP ROLE {}_a",
    ],
)
def test_what_is_missing_is_made_again(site: Site, harm: str) -> None:
    service = site.new_service()
    service.ask()
    site.server.execute(harm.replace("{}", service.name))
    assert service.ask("Update").status == "SUCCESS"
    site.log_in(f"{service.name}_a", service.password, service.name).close()


def test_a_paused_cluster_is_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    service = site.new_service()
    attempts = asleep(monkeypatch, answers=tls.open_socket)
    assert service.ask().status == "SUCCESS"
    assert len(attempts) > 3
    site.log_in(f"{service.name}_a", service.password, service.name).close()


def test_several_at_once_make_it_once(site: Site) -> None:
    """Again and again: it takes luck that two give the same right at the same instant."""
    for _ in range(5):
        service = site.new_service()
        together = threading.Barrier(4)

        def ask(service: Service = service, together: threading.Barrier = together) -> Outcome:
            together.wait()
            return service.ask()

        with ThreadPoolExecutor(4) as threads:
            outcomes = [one.result() for one in [threads.submit(ask) for _ in range(4)]]
        assert [one.status for one in outcomes] == ["SUCCESS"] * 4, outcomes
        site.log_in(f"{service.name}_a", service.password, service.name).close()


def test_deleting_it_leaves_everything(site: Site) -> None:
    service = site.new_service()
    service.ask()
    assert service.ask("Delete").status == "SUCCESS"
    site.log_in(f"{service.name}_a", service.password, service.name).close()


def test_another_database_is_another_resource(site: Site) -> None:
    one, other = site.new_service(), site.new_service()
    assert one.ask().physical_id != other.ask().physical_id


def test_a_database_that_is_somebody_else_s_is_left_alone(site: Site) -> None:
    service = site.new_service()
    site.server.execute(f"CREATE DATABASE {service.name}")
    outcome = service.ask()
    assert outcome.status == "FAILED"
    assert outcome.reason.startswith("ForeignDatabase: ")
    assert f"the database {service.name} is there and is owned by postgres" in outcome.reason


def test_a_wrong_admin_password_is_said_without_the_password(site: Site) -> None:
    service = site.new_service()
    wrong = site.new_secret("wrong-admin", {"username": ADMIN}, "not-the-admin-s-password")
    environ = {**site.environ, "ADMIN_SECRET_ARN": wrong}
    event = {"RequestType": "Create", "ResourceProperties": service.properties}
    outcome = outcome_of(event, environ, client=site.client)
    assert outcome.status == "FAILED"
    assert outcome.reason.startswith("LoginRefused: pase_admin at ")
    assert "password-of" not in outcome.reason
    assert "not-the-admin" not in outcome.reason


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"SecretArn": "shop"}, "SecretArn must be an ARN, it is 'shop'"),
        ({"Logins": []}, "Logins must be a list of one or two names, it is []"),
        ({"Owner": "Shop"}, "Owner has 'Shop'; a name is 1 to 63 lower-case letters"),
        ({"Database": "shop; drop"}, "Database has 'shop; drop'"),
        ({"Logins": ["other_a"]}, "the service's secret is about"),
    ],
)
def test_bad_properties_are_refused_with_what_was_given(
    site: Site, properties: dict[str, Any], said: str
) -> None:
    outcome = site.new_service().ask(**properties)
    assert outcome.status == "FAILED"
    assert said in outcome.reason


def test_an_owner_that_is_also_a_login_is_refused(site: Site) -> None:
    service = site.new_service()
    outcome = service.ask(Owner=f"{service.name}_a")
    assert outcome.status == "FAILED"
    assert "must be all different" in outcome.reason


def test_a_secret_that_does_not_exist_is_named(site: Site) -> None:
    arn = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:gone-AbCdEf"
    outcome = site.new_service().ask(SecretArn=arn)
    assert outcome.status == "FAILED"
    assert f"StoreFailed: GetSecretValue of {arn} failed: ResourceNotFoundException" in (
        outcome.reason
    )


def test_an_unknown_request_is_refused(site: Site) -> None:
    outcome = site.new_service().ask("Replace")
    assert outcome.status == "FAILED"
    assert "RequestType is 'Replace'; it is one of Create, Update, Delete" in outcome.reason


def test_a_single_user_s_login_is_not_touched_while_it_is_being_rotated(site: Site) -> None:
    service = site.new_service()
    service.ask(Logins=[f"{service.name}_a"])
    site.client.ask(
        "RotateSecret",
        SecretId=service.secret,
        ClientRequestToken="t" * 32,
        RotationLambdaARN="arn:aws:lambda:eu-west-1:111111111111:function:rotation",
        RotationRules={"AutomaticallyAfterDays": 30},
    )
    site.server.set_password(f"{service.name}_a", "the-rotation-s-password")
    outcome = service.ask("Update", Logins=[f"{service.name}_a"])
    assert outcome.status == "FAILED"
    assert "the secret is being rotated; deploy again when that has ended" in outcome.reason


def test_the_handler_delivers_its_answer_to_cloudformation(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    received: list[dict[str, Any]] = []

    class Answers(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(json.loads(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.handle_request, daemon=True).start()
    monkeypatch.setattr("os.environ", site.environ)
    event = {
        "RequestType": "Delete",
        "ResponseURL": f"http://127.0.0.1:{server.server_port}/answer",
        "PhysicalResourceId": "shop-database-access",
        "ResourceProperties": {},
    }
    handler(event, None)
    server.server_close()
    (answer,) = received
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == "shop-database-access"


def test_it_makes_the_calls_that_its_role_allows_and_no_other(
    site: Site, templates: Templates, monkeypatch: pytest.MonkeyPatch
) -> None:
    operations: set[str] = set()
    service = site.new_service()
    monkeypatch.setattr(site, "client", Client(site.model, Calls(before_call=operations.add)))
    assert service.ask().status == "SUCCESS"
    beside = LOG | NETWORK | {"kms:Decrypt"}
    assert granted(templates, "database_access") == of_secrets_manager(operations) | beside
