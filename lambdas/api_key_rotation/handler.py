"""The Lambda's entry: takes one step of a rotation, as Secrets Manager asks for it.

Environment: `SECRET_ARN` (the secret it rotates), `PROVIDER` (an adapter's name),
`PROVIDER_SECRET_ARN` (the management credential's secret), `PROVIDER_URL`, `OVERLAP_SECONDS`;
optional `PROVIDER_CA_BUNDLE` (path; default: the system's certificate authorities).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ..rotation.events import RotationEvent
from ..rotation.log import Log
from ..rotation.protocol import Rotation
from ..rotation.running import run
from ..rotation.secrets_manager import SecretsManagerStore
from .api_key import ApiKey
from .patience import Patience
from .providers import Access, provider_of
from .secret_value import concealing
from .settings import load

RESERVE = 5.0
"""Seconds kept for what does not wait: a last request, the log."""


def handler(event: Any, context: Any) -> None:
    """Take the event's step. Raises `RotationFailed`, and Secrets Manager tries again later."""
    patience = Patience(lambda: context.get_remaining_time_in_millis() / 1000 - RESERVE)
    take(event, os.environ, patience=patience)


def take(
    event: Any,
    environ: Mapping[str, str],
    *,
    patience: Patience,
    client: Any = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """The same with a given environment; ``client``: boto3's of Secrets Manager."""
    secret_arn = environ.get("SECRET_ARN", "")

    def compose(log: Log, event: RotationEvent) -> Rotation:
        settings = load(environ)
        conceal = concealing(log.conceal)

        def store(arn: str) -> SecretsManagerStore:
            return SecretsManagerStore(arn, client=client, conceal=conceal)

        access = Access(
            url=settings.provider_url,
            ca_bundle=settings.ca_bundle,
            credential=store(settings.provider_secret_arn).current,
            patience=patience,
        )
        secret = store(event.secret_arn)
        return Rotation(
            store=secret,
            credential=ApiKey(
                provider=provider_of(settings.provider, access),
                name=settings.provider,
                store=secret,
                secret_arn=event.secret_arn,
                overlap=settings.overlap,
                patience=patience,
                note=log.write,
                now=now,
            ),
            now=now,
        )

    run(event, secret_arn=secret_arn, compose=compose)
