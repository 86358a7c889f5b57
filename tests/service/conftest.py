"""Servers shared by the tests of the service: PostgreSQL and AWS, one of each per worker."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.service.postgres import Access, Postgres
from tests.service.running import REGION, Service, local_settings

StartService = Callable[..., Service]


class Aws:
    """moto over HTTP: endpoint, clients, and a count of the reads of each secret."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.reads: dict[str, int] = {}

    def client(self, service: str) -> Any:
        """A boto3 client of the stand-in."""
        import boto3  # noqa: PLC0415

        session = boto3.session.Session(
            aws_access_key_id="testing", aws_secret_access_key="testing", region_name=REGION
        )
        make: Any = session.client
        return make(service, endpoint_url=self.endpoint)

    def environment(self) -> dict[str, str]:
        """The variables that send the service to the stand-in."""
        return {"AWS_ENDPOINT_URL": self.endpoint, "AWS_REGION": REGION}

    def create_secret(self, value: dict[str, object]) -> str:
        """Create a secret and return its name."""
        name = f"pase/{uuid4().hex}"
        self.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(value))
        return name

    def change_secret(self, name: str, value: dict[str, object]) -> None:
        """Give the secret a new current version."""
        self.client("secretsmanager").put_secret_value(
            SecretId=name, SecretString=json.dumps(value)
        )


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """PostgreSQL on a free loopback port."""
    server = Postgres()
    try:
        server.create()
        yield server
    finally:
        server.destroy()


@pytest.fixture
def access(postgres: Postgres) -> Access:
    """A database of this test's own."""
    return postgres.new_access()


@pytest.fixture(scope="session")
def aws() -> Iterator[Aws]:
    """AWS on a free loopback port."""
    # A second to import, which only the workers that need it spend.
    from moto.secretsmanager.models import SecretsManagerBackend  # noqa: PLC0415
    from moto.server import ThreadedMotoServer  # noqa: PLC0415

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    stand_in = Aws(f"http://{host}:{port}")
    original = SecretsManagerBackend.get_secret_value

    def counted(self: SecretsManagerBackend, secret_id: str, *rest: Any, **named: Any) -> Any:
        stand_in.reads[secret_id] = stand_in.reads.get(secret_id, 0) + 1
        return original(self, secret_id, *rest, **named)

    patch = pytest.MonkeyPatch()
    patch.setattr(SecretsManagerBackend, "get_secret_value", counted)
    yield stand_in
    patch.undo()
    server.stop()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[StartService]:
    """Starts services that are stopped, and held to clean logs, at the end of the test."""
    running: list[Service] = []

    def starting(settings: dict[str, str]) -> Service:
        service = Service(settings, tmp_path)
        running.append(service)
        return service

    yield starting
    for service in running:
        service.terminate()
    for service in running:
        with service:
            pass


@pytest.fixture(scope="module")
def shared(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A ready service for tests that change nothing in it."""
    settings = {**local_settings(postgres.new_access()), "LOG_LEVEL": "debug"}
    with Service(settings, tmp_path_factory.mktemp("service")) as service:
        yield service.wait_ready()
