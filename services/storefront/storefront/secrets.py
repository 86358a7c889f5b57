"""The database login: where it comes from, and its renewal when the database refuses it."""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from storefront import aws, logs

log = logging.getLogger(__name__)

KEYS = ("engine", "host", "port", "dbname", "username", "password")
ENGINES = ("postgres", "aurora-postgresql")
SHAPE = (
    "a JSON object with the keys engine ('postgres' or 'aurora-postgresql'), host, "
    "port (1 to 65535), dbname, username, password"
)
_HIGHEST_PORT = 65535


class SecretError(Exception):
    """The secret cannot be had or has not the expected shape; the text holds no secret value."""


@dataclass(frozen=True)
class Login:
    """One version of the database secret. `version` is safe to log; `password` is in no repr."""

    version: str
    host: str
    port: int
    dbname: str
    username: str
    password: str = field(repr=False)


class Source(Protocol):
    """A place the secret is fetched from."""

    @property
    def label(self) -> str:
        """How messages name the place."""

    def fetch(self) -> Login:
        """Fetch the current version; blocks for a bounded time. Raises SecretError."""


def parse(text: str, *, version: str = "") -> Login:
    """Parse the JSON secret. Raises SecretError that names the key at fault, never its value."""
    try:
        document = json.loads(text)
    except ValueError:
        raise SecretError("not valid JSON") from None
    if not isinstance(document, dict):
        raise SecretError("not a JSON object")
    missing = [key for key in KEYS if document.get(key) in (None, "")]
    if missing:
        raise SecretError(f"missing or empty: {', '.join(missing)}")
    wrong = [
        key
        for key in KEYS
        if not isinstance(document[key], str) and not (key == "port" and _is_int(document[key]))
    ]
    if wrong:
        raise SecretError(f"not text: {', '.join(wrong)}")
    if document["engine"] not in ENGINES:
        raise SecretError(f"engine is not {' or '.join(ENGINES)}")
    port = str(document["port"])
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= _HIGHEST_PORT):
        raise SecretError(f"port is not a whole number from 1 to {_HIGHEST_PORT}")
    logs.conceal(document["password"])
    return Login(
        version=version,
        host=document["host"],
        port=int(port),
        dbname=document["dbname"],
        username=document["username"],
        password=document["password"],
    )


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


@dataclass(frozen=True)
class SecretsManagerSource:
    """A secret in AWS Secrets Manager, read with the role of the task."""

    secret_id: str
    region: str

    @property
    def label(self) -> str:
        return f"Secrets Manager secret {self.secret_id}"

    def fetch(self) -> Login:
        """Fetch AWSCURRENT. Raises SecretError with the service's error code."""
        try:
            answer = aws.secrets_manager(self.region).get_secret_value(SecretId=self.secret_id)
        except aws.ERRORS as error:
            raise SecretError(f"{self.label} cannot be read: {aws.reason(error)}") from None
        try:
            return parse(answer.get("SecretString", ""), version=answer["VersionId"])
        except SecretError as error:
            raise SecretError(f"{self.label} is {SHAPE}, but: {error}") from None


@dataclass(frozen=True)
class FileSource:
    """A secret in a mounted file, read again at each fetch."""

    path: Path

    @property
    def label(self) -> str:
        return f"secret file {self.path}"

    def fetch(self) -> Login:
        """Read the file; its time of change is the version. Raises SecretError."""
        try:
            text = self.path.read_text(encoding="utf-8")
            version = f"mtime-{self.path.stat().st_mtime_ns}"
        except (OSError, UnicodeDecodeError) as error:
            raise SecretError(f"{self.label} cannot be read: {type(error).__name__}") from None
        try:
            return parse(text, version=version)
        except SecretError as error:
            raise SecretError(f"{self.label} is {SHAPE}, but: {error}") from None


@dataclass(frozen=True)
class EnvironmentSource:
    """A secret that ECS injected: fixed for the life of the process."""

    text: str = field(repr=False)

    @property
    def label(self) -> str:
        return "environment variable DATABASE_SECRET"

    def fetch(self) -> Login:
        """Parse the value given at start. Raises SecretError."""
        return parse(self.text, version="environment")


class SecretCache:
    """Holds the current login and renews it, at most once per `minimum_interval` seconds.

    `current` is the last login fetched. `failure` says why the last fetch failed, or is None.
    """

    def __init__(
        self,
        source: Source,
        first: Login,
        *,
        minimum_interval: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.source = source
        self.current = first
        self.failure: str | None = None
        self._minimum_interval = minimum_interval
        self._clock = clock
        self._lock = asyncio.Lock()
        self._next_fetch = clock()

    async def renew(self, refused: Login) -> Login:
        """The login to use in place of `refused`, which the database did not accept.

        Callers that come while a fetch is under way wait for it and share its result. Returns
        `refused` itself when there is nothing newer: the source still has that version, its fetch
        failed, or the minimum interval has not passed.
        """
        async with self._lock:
            if self.current is not refused or self._clock() < self._next_fetch:
                return self.current
            self._next_fetch = self._clock() + self._minimum_interval
            try:
                fetched = await asyncio.to_thread(self.source.fetch)
            except SecretError as error:
                self.failure = str(error)
                log.error("database secret cannot be renewed", extra=logs.fields(reason=str(error)))
                return self.current
            self.failure = None
            changed = fetched != refused
            log.warning(
                "database login refused, secret fetched again",
                extra=logs.fields(
                    source=self.source.label, version_id=fetched.version, changed=changed
                ),
            )
            if changed:
                self.current = fetched
            return self.current
