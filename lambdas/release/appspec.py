"""What CodeDeploy is given: the AppSpec, and the description by which a deployment is known again.

https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html
https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from .request import Asked, Wanted

if TYPE_CHECKING:
    from mypy_boto3_codedeploy.type_defs import RevisionLocationTypeDef

_SHOWN_IMAGE = 120
_REQUEST = re.compile(r"pase release .* request (?P<id>\S+)", re.DOTALL)


def description(asked: Asked) -> str:
    """Return what names both the image and the request; CodeDeploy carries it unchanged."""
    return f"pase release {asked.wanted.digest[-_SHOWN_IMAGE:]} request {asked.request_id}"


def request_in(text: str) -> str | None:
    """Return the request that a deployment was created for, None when the text names none."""
    match = _REQUEST.fullmatch(text)
    return match["id"] if match else None


def revision(wanted: Wanted) -> RevisionLocationTypeDef:
    """Return CreateDeployment's `revision`: the AppSpec itself, and its hash."""
    content = json.dumps(appspec(wanted))
    return {
        "revisionType": "AppSpecContent",
        "appSpecContent": {
            "content": content,
            "sha256": hashlib.sha256(content.encode()).hexdigest(),
        },
    }


def appspec(wanted: Wanted) -> dict[str, Any]:
    """Return the AppSpec. All that may change from release to release is in it.

    CloudFormation can change none of it on a service that CodeDeploy controls
    (https://github.com/aws/aws-cdk/issues/23564). The platform version is CodeDeploy's default,
    LATEST.
    """
    placement = wanted.placement
    properties: dict[str, Any] = {
        "TaskDefinition": wanted.task_definition,
        "LoadBalancerInfo": {"ContainerName": wanted.container, "ContainerPort": wanted.port},
        "NetworkConfiguration": {
            "AwsvpcConfiguration": {
                "Subnets": sorted(placement.subnets),
                "SecurityGroups": sorted(placement.security_groups),
                "AssignPublicIp": "DISABLED",
            }
        },
    }
    if placement.capacity:
        properties["CapacityProviderStrategy"] = [
            {"CapacityProvider": each.provider, "Weight": each.weight, "Base": each.base}
            for each in sorted(placement.capacity)
        ]
    document: dict[str, Any] = {
        "version": 0.0,
        "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": properties}}],
    }
    if wanted.hook_function:
        document["Hooks"] = [{"AfterAllowTestTraffic": wanted.hook_function}]
    return document
