"""The Lambda's entry: takes a service back, and answers what it did in one sentence.

Event: `{"service": "storefront", "to": ""}`, `to` as `workflow.plan` has it. Answer: `action`
(`stopped`, `started` or `under-way`), `deploymentId`, `to` (an image or empty) and `message`. When
nothing can be done it raises, so that the automation that invoked it fails and shows why.

It starts the rollback and does not await it. Environment: `CLUSTER`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from ..common.aws import aws_client
from .adapters import AwsReleases
from .ports import Releases
from .served import short_revision
from .workflow import CannotRollBack, Plan, Starting, Stopping, Waiting, carry_out, plan


class InvalidEvent(ValueError):
    """The event does not say what to roll back."""


def handler(event: Mapping[str, Any], context: object) -> dict[str, str]:
    """Roll back what `event` names. Raises with the reason when that is not possible."""
    del context
    releases = AwsReleases(
        cluster=os.environ["CLUSTER"],
        ecs=aws_client("ecs"),
        codedeploy=aws_client("codedeploy"),
        cloudwatch=aws_client("cloudwatch"),
    )
    answer = roll_back(event, releases=releases)
    print(json.dumps({"event": dict(event), **answer}))
    return answer


def roll_back(event: Mapping[str, Any], *, releases: Releases) -> dict[str, str]:
    """Do what `event` asks; see the module."""
    service, to = _text(event, "service"), _text(event, "to", default="")
    planned = plan(service=service, to=to, releases=releases)
    if isinstance(planned, Waiting):
        return _answer("under-way", planned.deployment.id, "", f"{planned.reason}.")
    deployment = carry_out(planned, releases=releases)
    return _told(service, planned, deployment)


def _told(service: str, planned: Plan, deployment: str) -> dict[str, str]:
    match planned:
        case Stopping(to=to):
            back = f" {to.image} ({short_revision(to.arn)})" if to else " what served before"
            return _answer(
                "stopped",
                deployment,
                to.image if to else "",
                f"Deployment {deployment} of {service} is being stopped; CodeDeploy moves all "
                f"traffic back to{back}.",
            )
        case Starting(to=to, left_out=left_out):
            without = (
                f" Alarms in ALARM now do not stop it: {', '.join(left_out)}." if left_out else ""
            )
            return _answer(
                "started",
                deployment,
                to.image,
                f"Deployment {deployment} takes {service} back to {to.image} "
                f"({short_revision(to.arn)}). It moves traffic as every release does, and waits "
                f"for approval where releases do.{without}",
            )
        case Waiting(reason=reason):
            return _answer("under-way", deployment, "", f"{reason}.")


def _answer(action: str, deployment: str, to: str, message: str) -> dict[str, str]:
    return {"action": action, "deploymentId": deployment, "to": to, "message": message}


def _text(event: Mapping[str, Any], name: str, *, default: str | None = None) -> str:
    value = event.get(name, default)
    if not isinstance(value, str) or (not value and default is None):
        raise InvalidEvent(f"{name} must be a text that is not empty, got {value!r}")
    return value.strip()


__all__ = ["CannotRollBack", "InvalidEvent", "handler", "roll_back"]
