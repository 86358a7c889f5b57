"""Which database servers the tests use, and what is said and done where one is missing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.support.servers import installed
from tools import servers
from tools.servers import Kind, Server


def program(path: Path, says: str) -> None:
    """A program that prints something."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)


def postgresql(root: Path, version: str, options: str) -> Path:
    """A PostgreSQL that was built with these options."""
    folder = root / "usr/lib/postgresql" / version.split(".", maxsplit=1)[0] / "bin"
    program(folder / "postgres", f"postgres (PostgreSQL) {version} (Debian)")
    program(folder / "pg_config", options)
    return folder


def test_the_newest_postgresql_is_used_and_only_one_with_openssl(tmp_path: Path) -> None:
    assert servers.find_postgresql(tmp_path) is None
    postgresql(tmp_path, "18.1", "--without-ssl")
    assert servers.find_postgresql(tmp_path) is None
    postgresql(tmp_path, "9.6", "--with-openssl")
    newest = postgresql(tmp_path, "15.18", "--with-openssl")
    assert servers.find_postgresql(tmp_path) == Server(version="15.18", folder=newest)


def test_a_mariadb_without_the_program_that_makes_its_data_is_none(tmp_path: Path) -> None:
    program(tmp_path / "usr/sbin/mariadbd", "mariadbd  Ver 10.11.19-MariaDB for debian-linux-gnu")
    assert servers.find_mariadb(tmp_path) is None
    program(tmp_path / "usr/bin/mariadb-install-db", "")
    folder = tmp_path / "usr/sbin"
    assert servers.find_mariadb(tmp_path) == Server(version="10.11.19", folder=folder)


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine on which only MariaDB is missing and nothing can be installed; its folder."""
    found = Server(version="15.18", folder=tmp_path)
    missing = Kind("MariaDB", "mariadb-server-core", lambda _: None)
    monkeypatch.setattr(servers, "KINDS", (Kind("PostgreSQL", "it", lambda _: found), missing))
    monkeypatch.setattr(servers, "installer", list)
    monkeypatch.delenv("PASE_ALL_TESTS", raising=False)
    return tmp_path


def test_what_is_used_and_what_is_missing_is_said_with_what_to_install(
    without: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert servers.main() == 0
    used, missing = capsys.readouterr().out.splitlines()
    assert used == f"servers: PostgreSQL 15.18 ({without})"
    assert "needs MariaDB; install mariadb-server-core" in missing


def test_a_missing_server_leaves_a_test_out_with_the_reason(without: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match="needs MariaDB; install mariadb-server-core"):
        installed(servers.KINDS[1])
    assert installed(servers.KINDS[0]).folder == without


@pytest.mark.usefixtures("without")
def test_where_no_test_may_be_left_out_a_missing_server_is_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PASE_ALL_TESTS", "1")
    assert servers.main() == 1
    with pytest.raises(pytest.fail.Exception, match="no test may be left out"):
        installed(servers.KINDS[1])


def test_a_missing_server_is_installed_where_that_may_be(
    without: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = without / "installed"
    kind = Kind("MariaDB", "it", lambda _: Server("10", there) if there.exists() else None)
    monkeypatch.setattr(servers, "KINDS", (kind,))
    monkeypatch.setattr(servers, "installer", lambda: ["touch", str(there)])
    assert servers.main() == 0
    assert "MariaDB 10" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("user", "asks", "command"),
    [(0, 1, ["packages"]), (1000, 0, ["sudo", "-n", "packages"]), (1000, 1, [])],
)
def test_only_root_and_who_needs_no_password_for_it_install_something(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, user: int, asks: int, command: list[str]
) -> None:
    program(tmp_path / "apt-get", "")
    (tmp_path / "sudo").write_text(f"#!/bin/sh\nexit {asks}\n")
    (tmp_path / "sudo").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: user)
    said = [Path(part).name for part in servers.installer()[: len(command)]]
    assert said == command
    assert bool(servers.installer()) is bool(command)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert servers.installer() == []
