"""A real PostgreSQL behind TLS, its administrator who is no superuser, and secrets over HTTP."""

from __future__ import annotations

import ipaddress
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
from cryptography import x509

from lambdas.databases.verifiers import scram_sha_256
from lambdas.rotation.events import Step
from rehearsal.clock import ManualClock
from rehearsal.secrets_manager import SecretsManager
from rehearsal.wire import CONTENT_TYPE, Api, answer
from tests.service.postgres import Postgres
from tests.support.certificates import certificate
from tests.support.tls_front import tls_front

ACCOUNT, REGION = "111111111111", "eu-west-1"
ADMIN = "pase_admin"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:rotation"
ROOT = Path(__file__).resolve().parents[3]


@contextmanager
def served(model: Api) -> Iterator[str]:
    """The model over HTTP; yields its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Else head and body go as two packets, and the second one waits for 40 ms.
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, reply = answer(model, self.headers["X-Amz-Target"], body)
            self.send_response(status)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_arguments: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Prober:
    """Logs in with what AWSCURRENT says, all the time, on connections of its own."""

    def __init__(self, world: RealWorld) -> None:
        self.logins = 0
        self.refused: list[str] = []
        self._world = world
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Prober:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def wait_for_one(self) -> None:
        """Until a login that begins now has been tried."""
        goal = self.logins + 2
        while self.logins < goal and self._thread.is_alive():
            time.sleep(0.001)

    def _run(self) -> None:
        while not self._over.is_set():
            secret = self._world.current()
            try:
                self._world.log_in(secret)
            except psycopg.OperationalError as error:
                self.refused.append(f"{secret['username']}: {error}")
            self.logins += 1


class RealWorld:
    """One service's secret and database; steps are taken by forks of the function's process."""

    def __init__(self, server: Postgres, folder: Path, stack: ExitStack) -> None:
        self.server = server
        self.folder = folder
        self.passwords: set[str] = set()
        self._stack = stack
        self._admin_password = "an-admin-s-password-0"
        self.passwords.add(self._admin_password)
        server.execute(f"DROP ROLE IF EXISTS {ADMIN}")
        # Its verifier: the test itself must not bring a password into the server's log.
        verifier = scram_sha_256(self._admin_password)
        server.execute(f"CREATE ROLE {ADMIN} LOGIN CREATEROLE CREATEDB PASSWORD '{verifier}'")
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        self.certificate = certificate(folder / "tls", address)
        self.port = stack.enter_context(tls_front(server.port, self.certificate))
        self._clock = ManualClock(datetime.now(UTC))
        self.model = SecretsManager(clock=self._clock, account=ACCOUNT, region=REGION)
        self.url = stack.enter_context(served(self.model))
        self.admin_arn = self._new("pase/admin", ADMIN, self._admin_password, "postgres")
        self.arn = ""
        self._victims: dict[str, subprocess.Popen[str]] = {}
        self._tokens = 0

    def new_secret(self, stem: str) -> None:
        """A further service's secret, its database made by the function that does so."""
        self.stem = stem
        password = f"the-first-password-of-{stem}"
        self.arn = self._new(f"pase/{stem}/database", f"{stem}_a", password, stem)
        environ = {**self._environ(), "ADMIN_SECRET_ARN": self.admin_arn}
        event = {
            "RequestType": "Create",
            "LogicalResourceId": "Access",
            "ResourceProperties": {
                "SecretArn": self.arn,
                "Database": stem,
                "Owner": f"{stem}_owner",
                "Logins": [f"{stem}_a", f"{stem}_b"],
            },
        }
        done = self._ask("tests.lambdas.secret_rotation.access", event, environ)
        assert done["error"] is None, done

    def start(self) -> str:
        """RotateSecret; the version to be rotated to."""
        self._tokens += 1
        # More than 100 versions within 24 hours would be refused.
        self._clock.advance(86400)
        token = f"{self.stem}-{self._tokens}".ljust(36, "-")
        self.model.call(
            "RotateSecret",
            {
                "SecretId": self.arn,
                "ClientRequestToken": token,
                "RotationLambdaARN": FUNCTION,
                "RotationRules": {"AutomaticallyAfterDays": 30},
            },
        )
        return token

    def take(self, step: Step, token: str, *, die_at: int = -1) -> dict[str, Any]:
        """A step, killed at a place or not. What came of it."""
        event = {"Step": step, "SecretId": self.arn, "ClientRequestToken": token}
        environ = {
            **self._environ(),
            "SECRET_ARN": self.arn,
            "ADMIN_SECRET_ARN": self.admin_arn,
            "LOGINS": f"{self.stem}_a,{self.stem}_b",
            "OWNER": f"{self.stem}_owner",
        }
        done = self._ask("lambdas.secret_rotation.handler", event, environ, die_at=die_at)
        self._note_passwords()
        return done

    def rotate(self) -> None:
        """A whole rotation."""
        token = self.start()
        for step in Step:
            done = self.take(step, token)
            assert done["error"] is None, done

    def current(self) -> dict[str, Any]:
        """AWSCURRENT."""
        text = self.model.call("GetSecretValue", {"SecretId": self.arn})["SecretString"]
        found: dict[str, Any] = json.loads(text)
        return found

    def log_in(self, secret: Mapping[str, Any]) -> None:
        """Log in, past the TLS front. Raises `psycopg.OperationalError`."""
        psycopg.connect(
            host="127.0.0.1",
            port=self.server.port,
            dbname=secret["dbname"],
            user=secret["username"],
            password=secret["password"],
            connect_timeout=10,
        ).close()

    def log(self) -> str:
        """All that the functions wrote."""
        return (self.folder / "functions.log").read_text()

    def close(self) -> None:
        """End the function's processes."""
        for one in self._victims.values():
            assert one.stdin is not None
            one.stdin.close()
            one.wait(10)

    def _environ(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "DATABASE_CA_BUNDLE": str(self.certificate.ca),
        }

    def _ask(
        self, module: str, event: Any, environ: Mapping[str, str], *, die_at: int = -1
    ) -> dict[str, Any]:
        victim = self._victims.get(module)
        if victim is None:
            victim = self._victims[module] = subprocess.Popen(
                [sys.executable, "-m", "tests.lambdas.secret_rotation.victim", module],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        request = {
            "event": event,
            "environ": environ,
            "die_at": die_at,
            "log": str(self.folder / "functions.log"),
        }
        assert victim.stdin is not None
        assert victim.stdout is not None
        victim.stdin.write(json.dumps(request) + "\n")
        victim.stdin.flush()
        answered: dict[str, Any] = json.loads(victim.stdout.readline())
        return answered

    def _new(self, name: str, username: str, password: str, dbname: str) -> str:
        self.passwords.add(password)
        secret = {
            "engine": "postgres",
            "host": "127.0.0.1",
            "port": self.port,
            "dbname": dbname,
            "username": username,
            "password": password,
        }
        answered = self.model.call(
            "CreateSecret", {"Name": name, "SecretString": json.dumps(secret)}
        )
        return str(answered["ARN"])

    def _note_passwords(self) -> None:
        for version in self.model.secret(self.arn).versions.values():
            if version.content:
                self.passwords.add(json.loads(version.content["SecretString"])["password"])
