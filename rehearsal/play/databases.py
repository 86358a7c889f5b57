"""The environments' databases: a PostgreSQL each, behind one front that speaks TLS."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg

from ..errors import RehearsalError
from ..host import tls_front
from ..host.certificates import make_certificates
from ..host.ports import HOST, Ports
from ..host.postgres import PostgresServer
from ..host.processes import Processes


class Databases:
    """One server for each environment: names of roles are a whole server's.

    ``open`` and ``close`` them. ``authority`` is the file of the certificate authority that their
    clients are to trust.
    """

    def __init__(self, *, processes: Processes, ports: Ports, environments: Sequence[str]) -> None:
        self._processes = processes
        self.servers = {
            name: PostgresServer(processes=processes, ports=ports, name=f"postgres-{name}")
            for name in environments
        }
        self._fronts = {name: ports.take() for name in environments}
        self._folder = processes.folder / "tls"
        self._administrators: Mapping[str, Mapping[str, str]] = {}
        self._front: subprocess.Popen[bytes] | None = None

    @property
    def authority(self) -> Path:
        """Made by `open`."""
        return self._folder / "authority.pem"

    def port(self, environment: str) -> int:
        """Where clients find the environment's database, with TLS or without."""
        return self._fronts[environment]

    def admin_secret(self, environment: str) -> str:
        """What the Data stack's admin secret would say."""
        return json.dumps(
            {
                "engine": "postgres",
                "host": HOST,
                "port": self.port(environment),
                "dbname": "postgres",
                **self._administrators[environment],
            }
        )

    def open(self) -> None:
        """Start them all. Raises `PostgresError` and `RehearsalError`."""
        self._folder.mkdir(mode=0o700)
        made = make_certificates(self._folder, address=HOST)
        first, *others = self.servers.values()
        first.initialise()
        for one in others:
            one.initialise(first)
        with ThreadPoolExecutor() as pool:
            found = zip(self.servers, pool.map(_started, self.servers.values()), strict=True)
            self._administrators = dict(found)
        routes = [f"{self.port(name)}={one.port}" for name, one in self.servers.items()]
        self._front = self._processes.start(
            [
                sys.executable,
                "-I",
                "-S",
                tls_front.__file__,
                str(made.chain),
                str(made.key),
                *routes,
            ],
            name="tls-front",
            environment={},
            stdout=subprocess.PIPE,
        )
        assert self._front.stdout is not None
        with self._front.stdout as output:
            if output.readline() != b"ready\n":
                raise RehearsalError(
                    f"the TLS front of the databases ended: {self._processes.log('tls-front')}"
                )

    def close(self) -> None:
        """End them."""
        if self._front is not None:
            self._front.terminate()
            self._front.wait()
        for one in self.servers.values():
            one.close()

    def logs_in(self, secret: Mapping[str, object]) -> bool:
        """Whether what a secret says logs in, now."""
        try:
            psycopg.connect(
                host=str(secret["host"]),
                port=int(str(secret["port"])),
                dbname=str(secret["dbname"]),
                user=str(secret["username"]),
                password=str(secret["password"]),
                sslmode="verify-full",
                sslrootcert=str(self.authority),
                connect_timeout=5,
            ).close()
        except psycopg.OperationalError:
            return False
        return True

    def sessions(self, environment: str) -> Mapping[str, int]:
        """Role -> its sessions, without the superuser's."""
        with self.servers[environment].connect() as session:
            found = session.execute(
                "SELECT usename, count(*) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND usename <> 'postgres' GROUP BY usename"
            ).fetchall()
        return {str(name): int(count) for name, count in found}


def _started(server: PostgresServer) -> Mapping[str, str]:
    server.start()
    return server.administrator()
