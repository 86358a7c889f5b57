"""Who made a database public, as CloudTrail tells. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

CLOUDTRAIL = "AWS API Call via CloudTrail"
_CREATIONS = ("Create", "Restore")
# As https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/logging-using-cloudtrail.html has
# them: the API's names, their first letter small.
_IDENTIFIERS = (
    "dBInstanceIdentifier",
    "newDBInstanceIdentifier",
    "targetDBInstanceIdentifier",
)
_PUBLIC = "publiclyAccessible"


@dataclass(frozen=True, kw_only=True)
class Act:
    """A call that made a database public, or may have. `when` is aware."""

    who: str
    what: str
    when: datetime


def act_of(event: Mapping[str, Any]) -> tuple[frozenset[str], Act] | None:
    """Return the act that an event tells of, with the identifiers of the database it names.

    None for any other event: a schedule's, RDS's own, a call that failed or left things private.
    A creation that does not say counts: what it makes depends on its subnet group
    (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html).
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
    """
    detail = event.get("detail")
    if event.get("detail-type") != CLOUDTRAIL or not isinstance(detail, Mapping):
        return None
    asked = _mapping(detail, "requestParameters")
    named = [asked.get(key) for key in _IDENTIFIERS]
    identifiers = frozenset(one.lower() for one in named if isinstance(one, str))
    when = _moment(detail.get("eventTime"))
    what = str(detail.get("eventName", ""))
    public = asked.get(_PUBLIC, what.startswith(_CREATIONS))
    if detail.get("errorCode") or not identifiers or when is None or public not in (True, "true"):
        return None
    return identifiers, Act(who=_who(_mapping(detail, "userIdentity")), what=what, when=when)


def _who(identity: Mapping[str, Any]) -> str:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html"""
    arn = str(identity.get("arn") or identity.get("principalId") or identity.get("type") or "")
    through = identity.get("invokedBy")
    return f"{arn or 'somebody'} through {through}" if through else arn or "somebody"


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _mapping(of: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = of.get(key)
    return value if isinstance(value, Mapping) else {}
