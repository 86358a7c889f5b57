"""The Lambda's entry: takes one step of a rotation, as Secrets Manager asks for it.

Environment: `SECRET_ARN` (the secret it rotates), `ADMIN_SECRET_ARN`, `LOGINS` ("app_a,app_b", or
one), `OWNER`; optional `MINIMUM_AGE_SECONDS`, `DATABASE_CA_BUNDLE`, `TLS_SERVER_NAME`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..databases.engines import engine_of
from ..databases.waking import Waking
from ..rotation.events import RotationEvent
from ..rotation.log import Log
from ..rotation.protocol import Rotation
from ..rotation.running import run
from ..rotation.secrets_manager import SecretsManagerStore
from .database_login import DatabaseLogin
from .settings import load


def handler(event: Any, context: object) -> None:
    """Take the event's step. Raises `RotationFailed`, and Secrets Manager tries again later."""
    del context
    take(event, os.environ)


def take(event: Any, environ: Mapping[str, str], *, client: Any = None) -> None:
    """The same with a given environment; ``client``: boto3's of Secrets Manager."""
    secret_arn = environ.get("SECRET_ARN", "")

    def compose(log: Log, event: RotationEvent) -> Rotation:
        settings = load(environ)

        def store(arn: str) -> SecretsManagerStore:
            return SecretsManagerStore(arn, client=client, conceal=log.conceal)

        return Rotation(
            store=store(event.secret_arn),
            credential=DatabaseLogin(
                engine=lambda name: Waking(engine_of(name, settings.trust)),
                admin=store(settings.admin_secret_arn).current,
                owner=settings.owner,
                logins=settings.logins,
            ),
            minimum_age=settings.minimum_age,
        )

    run(event, secret_arn=secret_arn, compose=compose)
