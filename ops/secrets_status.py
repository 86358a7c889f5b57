"""`secrets status`: how old the secrets are, whether they are rotated, and who has which."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from .context import Context
from .errors import FAILED, tells_aws
from .render import as_json, print_json, print_table
from .secret_state import NEEDS_PERSON, SecretState, advice, held_by_tasks, kind, words

_COLUMNS = ("secret", "rotation", "every", "last rotated", "days", "next", "state", "tasks have")


@tells_aws
def secrets_status(context: Context, services: Sequence[str]) -> int:
    """Print the secrets of the services named. Exit status 1 when one needs a person."""
    secrets = [one for service in services for one in context.secrets.read(service)]
    now = context.time.now()
    needs = any(kind(one, now=now) in NEEDS_PERSON for one in secrets)
    if context.json:
        print_json(
            {
                "environment": context.place.environment,
                "account": context.place.account,
                "region": context.place.region,
                "secrets": [_document(one, now=now) for one in secrets],
            }
        )
        return FAILED if needs else 0
    print(f"{context.place.title} at {now.astimezone():%Y-%m-%d %H:%M %Z}\n")
    if not secrets:
        print("no secrets")
        return 0
    kinds = [kind(one, now=now) for one in secrets]
    print_table(
        _COLUMNS,
        [_row(one, now=now) for one in secrets],
        styles=["red" if one in NEEDS_PERSON else "" for one in kinds],
    )
    for one in secrets:
        if told := advice(one, environment=context.place.environment, now=now):
            print(f"\n{told}")
    return FAILED if needs else 0


def _row(secret: SecretState, *, now: datetime) -> tuple[str, ...]:
    if not secret.found:
        return (secret.name, "-", "-", "-", "-", "-", words(secret, now=now), "-")
    return (
        secret.name,
        "on" if secret.enabled else "off",
        secret.every or "-",
        _day(secret.rotated) if secret.rotated else "never",
        f"{_days(secret, now=now):.1f}",
        _day(secret.next),
        words(secret, now=now),
        held_by_tasks(secret),
    )


def _days(secret: SecretState, *, now: datetime) -> float:
    """Days since it was rotated, else since it was made: what the alarm looks at."""
    last = secret.rotated or secret.created or now
    return max(now - last, timedelta()) / timedelta(days=1)


def _day(moment: datetime | None) -> str:
    return f"{moment.astimezone():%Y-%m-%d}" if moment else "-"


def _document(secret: SecretState, *, now: datetime) -> dict[str, Any]:
    found = kind(secret, now=now)
    document = as_json(secret)
    document.pop("interval")
    return {
        **document,
        "days_since_rotation": round(_days(secret, now=now), 4) if secret.found else None,
        "state": found,
        "needs_person": found in NEEDS_PERSON,
    }
