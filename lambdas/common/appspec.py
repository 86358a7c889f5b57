"""Reads and changes the task definition in an AppSpec: what a CodeDeploy revision of ECS says.

JSON only, as this platform writes it; CodeDeploy itself also takes YAML
(https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html).
"""

from __future__ import annotations

import json
from typing import Any

_ECS_SERVICE = "AWS::ECS::Service"


class AppSpecError(ValueError):
    """The text is no AppSpec that can be read here; the message says what is wrong with it."""


def task_definition_of(content: str) -> str:
    """Return the ARN of the task definition that `content` deploys. Raises `AppSpecError`."""
    value = _properties(_document(content)).get("TaskDefinition")
    if not isinstance(value, str) or not value:
        raise AppSpecError(f"the AppSpec's TaskDefinition must be an ARN, it is {value!r}")
    return value


def with_task_definition(content: str, arn: str) -> str:
    """Return `content` with `arn` as its task definition and all else, hooks too, as it was.

    Raises `AppSpecError`.
    """
    document = _document(content)
    _properties(document)["TaskDefinition"] = arn
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def _document(content: str) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except ValueError:
        raise AppSpecError(
            f"the AppSpec is not JSON, the only form read here; it begins {content[:60]!r}"
        ) from None
    if not isinstance(document, dict):
        raise AppSpecError(f"the AppSpec must be an object, it is {type(document).__name__}")
    return document


def _properties(document: dict[str, Any]) -> dict[str, Any]:
    # AWS's own examples write the keys of the top level in either case.
    resources = document.get("Resources", document.get("resources"))
    services = [
        resource
        for entry in (resources if isinstance(resources, list) else [])
        for resource in (entry.values() if isinstance(entry, dict) else [])
        if isinstance(resource, dict) and resource.get("Type") == _ECS_SERVICE
    ]
    if len(services) != 1:
        raise AppSpecError(
            f"the AppSpec must have one resource of type {_ECS_SERVICE}, it has {len(services)}"
        )
    properties = services[0].get("Properties")
    if not isinstance(properties, dict):
        raise AppSpecError(f"the AppSpec's {_ECS_SERVICE} has no Properties")
    return properties
