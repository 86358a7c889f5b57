"""The environment of a function's process: the template's variables, and where things are here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..aws.account import Account


class FunctionEnvironment:
    """Gives a function the credentials of its role, as Lambda does.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html. A variable that holds
    the URL of a listener, with its port, gets the listener's address on this machine
    (``listeners``: the listener's port in the template -> URL); ``moved`` lists those.
    ``authority``: the file of the certificate authority that a database's certificate is of here,
    instead of those that are packaged.
    """

    def __init__(
        self,
        *,
        account: Account,
        endpoint: Callable[[], str],
        listeners: Mapping[int, str],
        authority: Path,
    ) -> None:
        self.moved: set[str] = set()
        self._account = account
        self._endpoint = endpoint
        self._listeners = listeners
        self._authority = authority

    def __call__(self, properties: Mapping[str, Any]) -> dict[str, str]:
        """Of a function with these resolved properties."""
        variables = properties.get("Environment", {}).get("Variables", {})
        return {
            **{name: self._here(name, str(value)) for name, value in variables.items()},
            "AWS_LAMBDA_FUNCTION_NAME": str(properties.get("FunctionName", "function")),
            "AWS_REGION": self._account.region,
            "AWS_DEFAULT_REGION": self._account.region,
            "AWS_ENDPOINT_URL": self._endpoint(),
            "AWS_EC2_METADATA_DISABLED": "true",
            "DATABASE_CA_BUNDLE": str(self._authority),
            **self._account.credentials(str(properties["Role"])),
        }

    def _here(self, name: str, value: str) -> str:
        if not value.startswith("https://"):
            return value
        parts = urlsplit(value)
        url = self._listeners.get(parts.port) if parts.port is not None else None
        if url is None:
            return value
        self.moved.add(f"{name} {value}")
        return url + parts.path
