"""The adapters by name. A new one is a module with a `ports.Provider`, and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..rotation.ports import Value
from .errors import UnknownProvider
from .https import Https
from .keys_over_http import KeysOverHttp
from .patience import Patience
from .ports import Provider


@dataclass(frozen=True, kw_only=True)
class Access:
    """What an adapter may need. ``credential`` reads the management credential's secret."""

    url: str
    ca_bundle: str
    credential: Callable[[], Value]
    patience: Patience


def _keys_over_http(access: Access) -> Provider:
    https = Https(access.url, patience=access.patience, ca_bundle=access.ca_bundle)
    return KeysOverHttp(https, credential=access.credential)


ADAPTERS: Mapping[str, Callable[[Access], Provider]] = {"http": _keys_over_http}


def provider_of(name: str, access: Access) -> Provider:
    """The adapter of that name. Raises `UnknownProvider`."""
    adapter = ADAPTERS.get(name)
    if adapter is None:
        raise UnknownProvider(
            f"PROVIDER is {name!r}; the adapters are {', '.join(sorted(ADAPTERS))}"
        )
    return adapter(access)
