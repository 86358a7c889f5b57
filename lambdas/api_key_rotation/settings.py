"""The function's own environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from ..rotation.errors import InvalidSettings
from ..rotation.running import setting


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Which provider's keys are rotated, and for how long the former one goes on working.

    ``ca_bundle``: path of the certificate authorities to trust; empty: the system's.
    """

    provider: str
    provider_secret_arn: str
    provider_url: str
    overlap: timedelta
    ca_bundle: str


def load(environ: Mapping[str, str]) -> Settings:
    """The settings. Raises `InvalidSettings`."""
    overlap = setting(environ, "OVERLAP_SECONDS")
    if not (overlap.isascii() and overlap.isdigit()):
        raise InvalidSettings(f"OVERLAP_SECONDS is {overlap!r}; it is a whole number of seconds")
    bundle = environ.get("PROVIDER_CA_BUNDLE", "")
    if bundle and not Path(bundle).is_file():
        raise InvalidSettings(f"PROVIDER_CA_BUNDLE is {bundle}, and there is no such file")
    return Settings(
        provider=setting(environ, "PROVIDER"),
        provider_secret_arn=setting(environ, "PROVIDER_SECRET_ARN"),
        provider_url=_url(setting(environ, "PROVIDER_URL")),
        overlap=timedelta(seconds=int(overlap)),
        ca_bundle=bundle,
    )


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        whole = parts.scheme == "https" and parts.hostname and parts.port != 0
    except ValueError:
        whole = False
    if not whole or "@" in parts.netloc or parts.query or parts.fragment:
        # Not the text: somebody may have put a credential into it.
        raise InvalidSettings(
            "PROVIDER_URL is to be https://HOST[:PORT][/PATH], without user, query and fragment"
        )
    return text
