"""JSON over HTTPS with the standard library: verified, with time-outs, tried again."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from .errors import ProviderMisbehaved, ProviderThrottled, ProviderUnavailable, TlsFailed
from .patience import Patience

PAUSES = (0.2, 0.5, 1.0)
"""Seconds before a request is made again."""
TIME_OUT = 5.0
"""Seconds for connecting, and for each piece of the answer."""
_BODY_AT_MOST = 4 * 1024 * 1024
_NOT_IMPLEMENTED = 501


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A status that is neither 429 nor a fault of the server's, and the body."""

    call: str
    status: int
    body: bytes

    def json(self) -> Any:
        """The body's JSON. Raises `ProviderMisbehaved`, without the body."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise ProviderMisbehaved(f"{self.call}: the answer is no JSON") from None


class Https:
    """Requests to one server, which must prove that it is the one of the URL.

    Redirects are not followed: a credential goes nowhere else than to that server.
    """

    def __init__(self, url: str, *, patience: Patience, ca_bundle: str) -> None:
        """``ca_bundle``: path of the certificate authorities to trust; empty: the system's.

        Raises `TlsFailed` when the file has none.
        """
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port
        self._path = parts.path.rstrip("/")
        self._patience = patience
        try:
            self._context = ssl.create_default_context(cafile=ca_bundle or None)
        except ssl.SSLError:
            raise TlsFailed(f"PROVIDER_CA_BUNDLE: {ca_bundle} has no certificates") from None

    def call(
        self,
        method: str,
        path: str,
        *,
        bearer: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make a request, again after a fault or 429, as far as time goes.

        Raises `ProviderUnavailable`, `ProviderThrottled`, `ProviderMisbehaved`, `TlsFailed`.
        """
        content = None if body is None else json.dumps(body).encode()
        sent = {
            "Accept": "application/json",
            "Authorization": f"Bearer {bearer}",
            "Connection": "close",
            **({} if content is None else {"Content-Type": "application/json"}),
            **(headers or {}),
        }
        call = f"{method} {self._path}{path} at {self._host}"
        pauses = iter(PAUSES)
        while True:
            failed: ProviderUnavailable | ProviderThrottled
            asked = None
            try:
                status, retry_after, answered = self._once(call, method, path, content, sent)
            except ProviderUnavailable as error:
                failed = error
            else:
                if status == http.client.TOO_MANY_REQUESTS:
                    asked = _seconds(retry_after)
                    failed = ProviderThrottled(
                        f"{call}: 429, to be tried again "
                        + ("later" if asked is None else f"in {asked:.0f} s")
                    )
                elif status >= 500 and status != _NOT_IMPLEMENTED:
                    failed = ProviderUnavailable(f"{call}: the provider answered {status}")
                else:
                    return Answer(call=call, status=status, body=answered)
            pause = next(pauses, None)
            if pause is None or not self._patience.wait(pause if asked is None else asked):
                raise failed

    def _once(
        self,
        call: str,
        method: str,
        path: str,
        content: bytes | None,
        headers: Mapping[str, str],
    ) -> tuple[int, str, bytes]:
        connection = http.client.HTTPSConnection(
            self._host,
            self._port,
            timeout=self._patience.at_most(TIME_OUT),
            context=self._context,
        )
        try:
            self._connect(connection, call)
            connection.request(method, self._path + path, content, dict(headers))
            response = connection.getresponse()
            body = response.read(_BODY_AT_MOST + 1)
            if len(body) > _BODY_AT_MOST:
                raise ProviderMisbehaved(f"{call}: the answer has more than {_BODY_AT_MOST} bytes")
            if response.length:
                raise ProviderUnavailable(f"{call}: the answer was cut off")
            return response.status, response.getheader("Retry-After", ""), body
        except TimeoutError:
            raise ProviderUnavailable(f"{call}: no answer in time") from None
        except (http.client.IncompleteRead, OSError) as error:
            # RemoteDisconnected is a ConnectionResetError.
            raise ProviderUnavailable(f"{call}: {type(error).__name__}") from None
        except http.client.HTTPException as error:
            raise ProviderMisbehaved(f"{call}: {type(error).__name__}, no HTTP") from None
        finally:
            connection.close()

    @staticmethod
    def _connect(connection: http.client.HTTPSConnection, call: str) -> None:
        try:
            connection.connect()
        except ssl.SSLCertVerificationError as error:
            raise TlsFailed(f"{call}: {error.verify_message}") from None
        except ssl.SSLEOFError:
            raise ProviderUnavailable(f"{call}: the connection ended in TLS's handshake") from None
        except ssl.SSLError as error:
            raise TlsFailed(f"{call}: {error.reason or type(error).__name__}") from None
        except socket.gaierror:
            raise ProviderUnavailable(f"{call}: the host's name has no address") from None


def _seconds(retry_after: str) -> float | None:
    """https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3: seconds or a date."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)
