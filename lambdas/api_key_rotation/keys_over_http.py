"""The adapter ``http``: a provider, or a shim before it, that speaks the contract below.

JSON over HTTPS under PROVIDER_URL. All but ``GET /whoami`` with ``Authorization: Bearer`` and the
management credential, which is ``token`` in the JSON of PROVIDER_SECRET_ARN's secret.

- ``POST /keys`` ``{"label"}``, header ``Idempotency-Key``: 200 or 201 ``{"id", "key"}``. The same
  Idempotency-Key may be answered with the key made before, if that was not revoked. 409: there are
  as many keys as may be.
- ``GET /keys``: 200 ``{"keys": [{"id", "label", "created", "expires"?, "active"?}]}``, all of them;
  times in ISO 8601 with their zone.
- ``POST /keys/{id}/activate``: 2xx. Called only for a key whose ``active`` is false.
- ``POST /keys/{id}/expire`` ``{"at"}``: 2xx; 404, 405 or 501 when there is no such thing.
- ``DELETE /keys/{id}``: 2xx; 404 when there is no such key any more.
- ``GET /whoami`` with the key itself as bearer: 2xx when it works, 401 or 403 when not.

Everywhere 401 and 403: the management credential is refused; 429, with Retry-After or without, and
5xx: try again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from ..rotation.ports import Value
from .errors import KeyRejected, NoRoom, ProviderMisbehaved, ProviderRefused
from .https import Answer, Https
from .ports import Key, NewKey
from .secret_value import management_credential, sendable

KEY_AT_LEAST = 16
"""Characters. A shorter text is no key, and would be struck out of every log line it is part of."""
_REFUSED = (401, 403)
_NO_SUCH_KEY = 404
_NO_SUCH_THING = (404, 405, 501)
_FULL = 409


class KeysOverHttp:
    """`ports.Provider` over HTTPS. ``credential`` reads the management credential's secret."""

    def __init__(self, https: Https, *, credential: Callable[[], Value]) -> None:
        self._https = https
        self._credential = credential

    def create(self, *, label: str, token: str) -> NewKey:
        """See `ports.Provider`."""
        answer = self._manage(
            "POST", "/keys", body={"label": label}, headers={"Idempotency-Key": token}
        )
        if answer.status == _FULL:
            raise NoRoom(
                f"{answer.call}: the provider gives no further key (409); revoke keys there that "
                "are in no version of the secret (docs/secrets.md)"
            )
        made = _object(_succeeded(answer).json(), answer)
        key = _text(made, "key", answer)
        if not sendable(key) or len(key) < KEY_AT_LEAST:
            raise ProviderMisbehaved(
                f"{answer.call}: the key is not {KEY_AT_LEAST} or more visible ASCII characters"
            )
        return NewKey(id=_text(made, "id", answer), key=key)

    def list(self) -> Sequence[Key]:
        """See `ports.Provider`."""
        answer = _succeeded(self._manage("GET", "/keys"))
        found = _object(answer.json(), answer).get("keys")
        if not isinstance(found, list):
            raise ProviderMisbehaved(f"{answer.call}: the answer has no list 'keys'")
        return [_key(_object(one, answer), answer) for one in found]

    def publish(self, key_id: str) -> None:
        """See `ports.Provider`."""
        _succeeded(self._manage("POST", f"{_path(key_id)}/activate"))

    def verify(self, key: str) -> None:
        """See `ports.Provider`."""
        answer = self._https.call("GET", "/whoami", bearer=key)
        if answer.status in _REFUSED:
            raise KeyRejected(f"{answer.call}: the provider does not accept the key")
        _succeeded(answer)

    def expire(self, key_id: str, at: datetime) -> bool:
        """See `ports.Provider`."""
        until = at.astimezone(UTC).isoformat(timespec="seconds")
        answer = self._manage("POST", f"{_path(key_id)}/expire", body={"at": until})
        if answer.status in _NO_SUCH_THING:
            return False
        _succeeded(answer)
        return True

    def revoke(self, key_id: str) -> None:
        """See `ports.Provider`."""
        answer = self._manage("DELETE", _path(key_id))
        if answer.status != _NO_SUCH_KEY:
            _succeeded(answer)

    def _manage(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        refused = ""
        while True:
            credential = self._credential()
            bearer = management_credential(credential.text)
            answer = self._https.call(method, path, bearer=bearer, body=body, headers=headers)
            if answer.status not in _REFUSED:
                return answer
            # It may have been changed between our reading it and the call: once more.
            if credential.version == refused:
                raise ProviderRefused(
                    f"{answer.call}: the management credential is refused ({answer.status})"
                )
            refused = credential.version


def _succeeded(answer: Answer) -> Answer:
    if not 200 <= answer.status < 300:
        raise ProviderMisbehaved(
            f"{answer.call}: {answer.status}, which the contract does not have there"
        )
    return answer


def _key(found: Mapping[str, Any], answer: Answer) -> Key:
    active = found.get("active", True)
    if not isinstance(active, bool):
        raise ProviderMisbehaved(f"{answer.call}: a key's 'active' is neither true nor false")
    # A key that somebody made by hand may have no label.
    label = found.get("label")
    expires = found.get("expires")
    return Key(
        id=_text(found, "id", answer),
        label=label if isinstance(label, str) else "",
        created=_time(found.get("created"), "created", answer),
        expires=None if expires is None else _time(expires, "expires", answer),
        active=active,
    )


def _time(found: object, name: str, answer: Answer) -> datetime:
    try:
        moment = datetime.fromisoformat(found) if isinstance(found, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ProviderMisbehaved(
            f"{answer.call}: a key's '{name}' is no time in ISO 8601 with its zone"
        )
    return moment


def _text(found: Mapping[str, Any], name: str, answer: Answer) -> str:
    text = found.get(name)
    if not isinstance(text, str) or not text:
        raise ProviderMisbehaved(f"{answer.call}: the answer has no text '{name}'")
    return text


def _object(found: object, answer: Answer) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise ProviderMisbehaved(f"{answer.call}: the answer is not the object it should be")
    return found


def _path(key_id: str) -> str:
    return f"/keys/{quote(key_id, safe='')}"
