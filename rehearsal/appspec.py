"""The revision: an AppSpec for ECS, JSON or YAML.

https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html
https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from .errors import ApiError

HOOKABLE = (
    "BeforeInstall",
    "AfterInstall",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
)


@dataclass(frozen=True, kw_only=True)
class Revision:
    """What is deployed. `optional` are CreateTaskSet's own parameters that the AppSpec may set."""

    content: str
    task_definition: str
    container: str
    port: int
    optional: Mapping[str, Any]
    hooks: Mapping[str, str]

    @property
    def sha256(self) -> str:
        """What the API names the revision by."""
        return hashlib.sha256(self.content.encode()).hexdigest()

    @property
    def location(self) -> dict[str, Any]:
        """The revision as deployments answer it: the content stays away."""
        return {"revisionType": "AppSpecContent", "appSpecContent": {"sha256": self.sha256}}


def revision_of(location: Mapping[str, Any]) -> Revision:
    """Read a RevisionLocation, or refuse it. Only inline content is known here."""
    inline = location.get("appSpecContent") or location.get("string")
    if location.get("revisionType") not in ("AppSpecContent", "String") or not inline:
        raise ApiError(
            "InvalidRevisionException",
            "This model takes inline revisions only: revisionType AppSpecContent with "
            f"appSpecContent.content, not {location.get('revisionType')}",
        )
    content = inline.get("content")
    if not isinstance(content, str) or not content:
        raise ApiError("InvalidRevisionException", "The AppSpec file cannot be empty")
    expected = inline.get("sha256")
    revision = _parse(content)
    if expected and expected != revision.sha256:
        raise ApiError("InvalidRevisionException", "The SHA256 does not match the AppSpec content")
    return revision


def _parse(content: str) -> Revision:
    try:
        spec = json.loads(content)
    except ValueError:
        spec = _yaml(content)
    try:
        service = spec["Resources"][0]["TargetService"]
        properties = service["Properties"]
        balancer = properties["LoadBalancerInfo"]
        hooks = {
            name: function for hook in spec.get("Hooks") or [] for name, function in hook.items()
        }
        revision = Revision(
            content=content,
            task_definition=properties["TaskDefinition"],
            container=balancer["ContainerName"],
            port=int(balancer["ContainerPort"]),
            optional=_optional(properties),
            hooks=hooks,
        )
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise ApiError(
            "InvalidRevisionException",
            "The AppSpec must have Resources[0].TargetService.Properties with TaskDefinition and "
            f"LoadBalancerInfo (ContainerName, ContainerPort): {error!r}",
        ) from None
    if str(spec.get("version")) not in ("0", "0.0"):
        raise ApiError("InvalidRevisionException", "The AppSpec's version must be 0.0")
    if service.get("Type") != "AWS::ECS::Service":
        raise ApiError("InvalidRevisionException", "TargetService.Type must be AWS::ECS::Service")
    if unknown := sorted(set(hooks) - set(HOOKABLE)):
        raise ApiError(
            "InvalidRevisionException", f"No such lifecycle event hook: {', '.join(unknown)}"
        )
    return revision


def _yaml(content: str) -> Any:
    try:
        return yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise ApiError("InvalidRevisionException", f"The AppSpec is no YAML: {error}") from None


def _optional(properties: Mapping[str, Any]) -> dict[str, Any]:
    """PlatformVersion, NetworkConfiguration and CapacityProviderStrategy as ECS spells them."""
    names = ("PlatformVersion", "NetworkConfiguration", "CapacityProviderStrategy")
    return {_lower(name): _camel(properties[name]) for name in names if properties.get(name)}


def _camel(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_lower(name): _camel(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_camel(inner) for inner in value]
    return value


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def appspec_of(task_definition: str, container: str, port: int) -> str:
    """The AppSpec that would deploy what already runs."""
    return json.dumps(
        {
            "version": "0.0",
            "Resources": [
                {
                    "TargetService": {
                        "Type": "AWS::ECS::Service",
                        "Properties": {
                            "TaskDefinition": task_definition,
                            "LoadBalancerInfo": {
                                "ContainerName": container,
                                "ContainerPort": port,
                            },
                        },
                    }
                }
            ],
        }
    )
