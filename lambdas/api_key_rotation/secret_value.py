"""The JSON of an API key's secret, and of a provider's management credential.

`key_id`, `api_key` and `provider` are the function's; whatever else is in the secret stays.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .errors import InvalidSecret, NoKey
from .ports import NewKey

_KEY, _KEY_ID, _PROVIDER, _CREDENTIAL = "api_key", "key_id", "provider", "token"
_SAID_ALOUD = (_KEY_ID, _PROVIDER)


def parse(text: str) -> dict[str, Any]:
    """The secret's value. Raises `InvalidSecret`."""
    return _object(text, "the secret's value")


def renewed(value: Mapping[str, Any], new: NewKey, *, provider: str) -> str:
    """The value's text with another key."""
    return json.dumps({**value, _PROVIDER: provider, _KEY_ID: new.id, _KEY: new.key})


def key_id(text: str) -> str:
    """The key's id at the provider; empty for a value that has none, as one put by hand."""
    try:
        found = parse(text).get(_KEY_ID)
    except InvalidSecret:
        return ""
    return found if isinstance(found, str) else ""


def has_key(text: str) -> bool:
    """Whether there is a key, be it a good one or not. Raises `InvalidSecret`."""
    return parse(text).get(_KEY) not in (None, "")


def api_key(text: str) -> str:
    """The key. Raises `InvalidSecret`, `NoKey`."""
    if not has_key(text):
        raise NoKey(
            f"the secret has no {_KEY} yet; a rotation makes the first one: python -m ops rotate"
        )
    return _sendable(parse(text)[_KEY], f"{_KEY} of the secret's value")


def management_credential(text: str) -> str:
    """What the function shows the provider to make and end keys. Raises `InvalidSecret`."""
    document = _object(text, "the value of PROVIDER_SECRET_ARN's secret")
    return _sendable(
        document.get(_CREDENTIAL), f"{_CREDENTIAL} of the value of PROVIDER_SECRET_ARN's secret"
    )


def sendable(text: object) -> bool:
    """Whether it can be the credential of an Authorization header."""
    return isinstance(text, str) and text != "" and all("!" <= one <= "~" for one in text)


def concealing(conceal: Callable[[str], None]) -> Callable[[str], None]:
    """Conceals all that is in a value, but for what a log needs to name a key."""

    def conceal_value(text: str) -> None:
        try:
            document = json.loads(text)
        except ValueError:
            conceal(text)
            return
        for one in _texts(document):
            conceal(one)

    return conceal_value


def _texts(document: Any) -> Iterator[str]:
    match document:
        case str():
            yield document
        case dict():
            for key, value in document.items():
                if key not in _SAID_ALOUD:
                    yield from _texts(value)
        case list():
            for value in document:
                yield from _texts(value)


def _object(text: str, what: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise InvalidSecret(f"{what} is no JSON object; put one by hand (docs/secrets.md)")
    return document


def _sendable(found: object, what: str) -> str:
    if not isinstance(found, str) or not sendable(found):
        raise InvalidSecret(
            f"{what} is no text of visible ASCII characters; put one by hand (docs/secrets.md)"
        )
    return found
