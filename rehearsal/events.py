"""What EventBridge receives when a deployment changes its state.

https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-cloudwatch-events.html
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

State = Literal["START", "READY", "SUCCESS", "FAILURE", "STOP"]
Publish = Callable[[Mapping[str, Any]], None]

_NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


def state_change(
    *,
    state: State,
    deployment_id: str,
    application: str,
    group: str,
    group_id: str,
    account: str,
    region: str,
    moment: datetime,
) -> dict[str, Any]:
    """The event in full, as a rule's target is given it."""
    prefix = f"arn:aws:codedeploy:{region}:{account}"
    return {
        "version": "0",
        "id": str(uuid.uuid5(_NAMESPACE, f"{deployment_id}/{state}/{moment.isoformat()}")),
        "detail-type": "CodeDeploy Deployment State-change Notification",
        "source": "aws.codedeploy",
        "account": account,
        "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [
            f"{prefix}:application:{application}",
            f"{prefix}:deploymentgroup:{application}/{group}",
        ],
        "detail": {
            "region": region,
            "deploymentId": deployment_id,
            "instanceGroupId": group_id,
            "deploymentGroup": group,
            "application": application,
            "state": state,
        },
    }
