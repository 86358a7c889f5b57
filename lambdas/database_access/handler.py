"""The Lambda's entry: takes CloudFormation's event, makes the access, always answers.

Properties: `SecretArn` (the service's secret), `Database`, `Owner`, `Logins` (one or two names).
Environment: `ADMIN_SECRET_ARN`; optional `DATABASE_CA_BUNDLE`, `TLS_SERVER_NAME`.

Lambda is invoked asynchronously by CloudFormation. An error raised here makes it run the same
event up to two more times
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html), and that is
wanted only when the answer could not be delivered: everything else is an answer.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Mapping
from typing import Any

from ..common.cloudformation import Outcome, answer
from ..databases.engines import engine_of
from ..databases.trust import trust_of
from ..databases.waking import Waking
from ..rotation.log import Log
from ..rotation.running import setting
from ..rotation.secrets_manager import SecretsManagerStore
from .access import InvalidRequest, SecretChanged, ensure, parse

_REQUESTS = ("Create", "Update", "Delete")


def handler(event: dict[str, Any], context: object) -> None:
    """Handle one event of CloudFormation. Raises only when the answer could not be delivered."""
    del context
    answer(event, outcome_of(event, os.environ))


def outcome_of(
    event: Mapping[str, Any], environ: Mapping[str, str], *, client: Any = None
) -> Outcome:
    """Do what ``event`` asks; ``client``: boto3's of Secrets Manager. Never raises."""
    physical_id = str(event.get("PhysicalResourceId") or _provisional_id(event))
    log = Log(secret=physical_id)
    try:
        request = event.get("RequestType")
        if request not in _REQUESTS:
            raise InvalidRequest(f"RequestType is {request!r}; it is one of {', '.join(_REQUESTS)}")
        if request == "Delete":
            reason = "the database, its owner and its logins are left as they are"
            return Outcome(status="SUCCESS", reason=reason, physical_id=physical_id)
        wanted = parse(event.get("ResourceProperties"))
        trust = trust_of(environ)
        done = ensure(
            wanted,
            secret=SecretsManagerStore(wanted.secret_arn, client=client, conceal=log.conceal),
            admin=SecretsManagerStore(
                setting(environ, "ADMIN_SECRET_ARN"), client=client, conceal=log.conceal
            ).current,
            engine=lambda name: Waking(engine_of(name, trust)),
        )
        return Outcome(status="SUCCESS", reason=done, physical_id=wanted.id)
    except Exception as error:
        return Outcome(status="FAILED", reason=_why(log, error), physical_id=physical_id)


def _why(log: Log, error: Exception) -> str:
    """The reason that people see in the stack's events, without a secret."""
    text = log.strike(str(error))
    if isinstance(error, InvalidRequest | SecretChanged):
        return text
    kind = getattr(error, "kind", None)
    if isinstance(kind, str):
        return f"{kind}: {text} (docs/secrets.md)"
    log.write("unexpected error", traceback=traceback.format_exc())
    return f"unexpected {type(error).__name__}: {text}; see this function's log"


def _provisional_id(event: Mapping[str, Any]) -> str:
    """Name a resource whose Create fails: CloudFormation deletes it by this name."""
    try:
        return parse(event.get("ResourceProperties")).id
    except InvalidRequest:
        return f"{event.get('LogicalResourceId', 'unknown')}-database-access"
