"""AWS for the commands' tests: moto's server, reached as AWS would be, over HTTP."""

from __future__ import annotations

import logging
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from tests.config.example import STOREFRONT

from .command import Commands, write_configuration
from .world import ACCOUNT, REGION, World
from .world_server import served

__all__ = ["ACCOUNT", "REGION"]


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Point boto3 at moto, with an identity that is none, and return moto's URL."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_LAMBDA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_CONFIG_FILE", "absent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "absent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return moto_url


@pytest.fixture(scope="session")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a configuration whose Prod is moto's account. Tests that change it copy it."""
    return write_configuration(tmp_path_factory.mktemp("configuration"))


@pytest.fixture
def run(aws: str, configuration: Path, capsys: pytest.CaptureFixture[str]) -> Commands:
    """The operator's commands."""
    del aws
    return Commands(configuration, capsys)


@pytest.fixture
def injected(aws: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Commands:
    """The commands, where ECS injects storefront's secret."""
    del aws
    root = write_configuration(tmp_path)
    file = root / STOREFRONT
    file.write_text(file.read_text().replace('delivery = "runtime"', 'delivery = "environment"'))
    return Commands(root, capsys)


@pytest.fixture
def world(aws: str, configuration: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A platform with one service that has never been released; see `world.World`."""
    request = urllib.request.Request(f"{aws}/moto-api/reset", method="POST")
    urllib.request.urlopen(request).close()
    world = World(root=configuration)
    with served(world) as url:
        for service in ("CODEDEPLOY", "SECRETS_MANAGER"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", url)
        yield world
