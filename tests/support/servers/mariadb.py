"""Debian's MariaDB."""

from __future__ import annotations

import os
import secrets
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import Signals
from typing import Any

import pymysql

from lambdas.databases.login import Login
from rehearsal.host.ports import HOST, Ports
from rehearsal.host.processes import Processes
from tests.support.certificates import LOOPBACK, Certificate, certificate
from tests.support.servers import ADMIN, ADMIN_PASSWORD, Run, installed, login_of
from tests.support.servers.postgres import own, unprivileged
from tools.servers import MARIADB

_SUPERUSER = "pase_superuser"
_READY_SECONDS = 30
_SETTINGS = (
    *("--skip-name-resolve", f"--bind-address={HOST}", "--performance-schema=off"),
    *("--innodb-buffer-pool-size=16M", "--innodb-log-file-size=8M", "--key-buffer-size=1M"),
    *("--innodb-flush-log-at-trx-commit=0", "--innodb-fast-shutdown=2", "--general-log=on"),
    *("--aria-pagecache-buffer-size=4M", "--skip-symbolic-links"),
)
_RDS_MASTER = (
    "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER, "
    "SHOW DATABASES, CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, REPLICATION CLIENT, "
    "CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, CREATE USER, EVENT, TRIGGER, "
    "REPLICATION SLAVE"
)
"""Of RDS for MariaDB:
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.MasterAccounts.html
"""


class DebianMariaDb:
    """Debian's server, with its own TLS."""

    engine = "mariadb"

    def __init__(self, folder: Path) -> None:
        self._programs = installed(MARIADB).folder
        self._processes = Processes(prefix="pase-mariadb-")
        self._folder = self._processes.folder / "mariadb"
        self._password = secrets.token_hex(16)
        self._user = unprivileged()
        self._process: subprocess.Popen[bytes] | None = None
        self.port = Ports().take()
        self.certificate = certificate(folder / "certificate", LOOPBACK)
        try:
            self._initialise()
            self._start()
            self.run(f"CREATE USER {ADMIN}@'%' IDENTIFIED BY '{ADMIN_PASSWORD}'")
            self.run(f"GRANT {_RDS_MASTER} ON *.* TO {ADMIN}@'%' WITH GRANT OPTION")
            (self._folder / "general.log").write_text("")  # The two passwords above.
        except BaseException:
            self.close()
            raise

    def admin(self) -> Login:
        """See `Server.admin`."""
        return login_of(self, ADMIN, ADMIN_PASSWORD, "mysql")

    def present(self, certificate: Certificate) -> None:
        """See `Server.present`."""
        self._put(certificate)
        self.run("FLUSH SSL")

    @contextmanager
    def without_tls(self) -> Iterator[None]:
        """See `Server.without_tls`."""
        self._stop()
        self._start("--skip-ssl")
        yield
        self._stop()
        self._start()

    def run(self, statement: str, database: str = "") -> list[tuple[object, ...]]:
        """See `Server.run`."""
        with self._superuser(database) as session, session.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    @contextmanager
    def session(self, login: Login) -> Iterator[Run]:
        """See `Server.session`."""
        with pymysql.connect(
            host=HOST,
            port=self.port,
            user=login.username,
            password=login.password,
            database=login.dbname,
            ssl=ssl.create_default_context(cafile=str(self.certificate.ca)),
            autocommit=True,
        ) as session:

            def run(statement: str) -> list[tuple[object, ...]]:
                with session.cursor() as cursor:
                    cursor.execute(statement)
                    return list(cursor.fetchall())

            yield run

    def access(self) -> object:
        """See `Server.access`."""
        tables = ("global_priv", "db", "tables_priv", "roles_mapping")
        found = {str((table, row)) for table in tables for row in self.run(_all_of(table))}
        return found | {str(row) for row in self.run("SHOW DATABASES")}

    def sessions(self) -> int:
        """See `Server.sessions`."""
        query = (
            "SELECT 1 FROM information_schema.processlist "
            "WHERE id <> CONNECTION_ID() AND user <> 'system user'"
        )
        return len(self.run(query))

    def end_sessions(self, username: str) -> None:
        """See `Server.end_sessions`."""
        self.run(f"KILL USER '{username}'")

    def freeze(self) -> None:
        """See `Server.freeze`."""
        assert self._process is not None
        self._process.send_signal(Signals.SIGSTOP)

    def thaw(self) -> None:
        """See `Server.thaw`."""
        assert self._process is not None
        self._process.send_signal(Signals.SIGCONT)

    def log(self) -> str:
        """See `Server.log`."""
        names = ("general.log", "error.log")
        return "".join((self._folder / name).read_text("utf-8", "replace") for name in names)

    def close(self) -> None:
        """End the server and delete its data."""
        self._processes.close()

    def _initialise(self) -> None:
        self._folder.mkdir()
        own(self._folder, self._user, 0o700)
        self._put(self.certificate)
        first = self._folder / "first.sql"
        first.write_text(
            f"CREATE OR REPLACE USER {_SUPERUSER}@'%' IDENTIFIED BY '{self._password}';\n"
            f"GRANT ALL ON *.* TO {_SUPERUSER}@'%' WITH GRANT OPTION;\n"
        )
        own(first, self._user)
        made = self._run(
            "/usr/bin/mariadb-install-db",
            *("--no-defaults", "--skip-test-db", f"--datadir={self._folder / 'data'}"),
            *("--auth-root-authentication-method=socket", *_SETTINGS),
        )
        assert made.wait(_READY_SECONDS) == 0, self._processes.log("mariadb")

    def _start(self, *tls: str) -> None:
        folder = self._folder
        shown = tls or (f"--ssl-cert={folder / 'server.crt'}", f"--ssl-key={folder / 'server.key'}")
        self._process = self._run(
            str(self._programs / "mariadbd"),
            *("--no-defaults", f"--datadir={folder / 'data'}", f"--socket={folder / 'socket'}"),
            *(f"--port={self.port}", f"--init-file={folder / 'first.sql'}", *_SETTINGS, *shown),
            *(f"--general-log-file={folder / 'general.log'}",),
            *(f"--log-error={folder / 'error.log'}", f"--pid-file={folder / 'pid'}"),
        )
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            with suppress(pymysql.OperationalError):
                self._superuser("").close()
                return
            assert self._process.poll() is None, self._processes.log("mariadb")
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.03)

    def _stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(_READY_SECONDS)

    def _put(self, certificate: Certificate) -> None:
        for source, name in ((certificate.chain, "server.crt"), (certificate.key, "server.key")):
            shutil.copyfile(source, self._folder / name)
            own(self._folder / name, self._user)

    def _run(self, *argv: str) -> subprocess.Popen[bytes]:
        return self._processes.start(
            argv,
            name="mariadb",
            environment={"PATH": os.defpath + ":/usr/sbin:/sbin", "LC_ALL": "C"},
            folder=self._folder,
            user=self._user,
        )

    def _superuser(self, database: str) -> Any:
        return pymysql.connect(
            unix_socket=str(self._folder / "socket"),
            user=_SUPERUSER,
            password=self._password,
            database=database or None,
            autocommit=True,
            ssl_disabled=True,
        )


def _all_of(table: str) -> str:
    if table != "global_priv":
        return f"SELECT * FROM mysql.{table}"
    # Without the time of the last change.
    return "SELECT Host, User, JSON_REMOVE(Priv, '$.password_last_changed') FROM mysql.global_priv"
