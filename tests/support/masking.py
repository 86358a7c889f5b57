"""The one place where noise is taken out of templates before they are compared with snapshots."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.support.templates import Json, Stack

# Hashes of contents: of Lambda sources, of buildspecs, of a CodeBuild project's settings. They
# change with every edit, and what they stand for is tested by itself. An image's digest is no
# noise: it is what a release is.
_CONTENT_HASH = re.compile(r"(?<!sha256:)\b[0-9a-f]{40,64}\b")
MASK = "<hash>"


# On everything, and asserted on everything (tests/stacks/test_isolation.py).
_STANDARD_TAGS = frozenset({"DataClass", "Environment", "ManagedBy", "Organization", "Repository"})


def masked(stack: Stack) -> Json:
    """The template without content hashes and without the tags that everything has.

    A ``Fn::Join`` of strings and references is written as one string, which a person can read.
    """
    template: Json = _joined(_without_tags(_each_string(stack.template, _mask_hash)))
    return template


def without_identity(stack: Stack) -> Json:
    """The masked template with the stage's own name and account replaced by placeholders.

    For comparing two environments: what makes them different accounts is in every ARN, and
    ``tests/stacks/test_accounts.py`` says what it has to be.
    """
    replaced = (
        (stack.account, "<account>"),
        (f"Pipeline/{stack.stage}/", "Pipeline/<Stage>/"),
        (f"Z0000000{stack.stage.upper()}EXAMPLE", "<hosted zone>"),
        (f"pase-pipeline-gate-{stack.stage.lower()}", "pase-pipeline-gate-<stage>"),
    )

    def neutral(text: str) -> str:
        for own, placeholder in replaced:
            text = text.replace(own, placeholder)
        return re.sub(rf"^{stack.stage}-(?=[A-Z])", "<Stage>-", text)

    template: Json = _each_string(masked(stack), neutral)
    return template


def _mask_hash(text: str) -> str:
    return _CONTENT_HASH.sub(MASK, text)


def _without_tags(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _without_tags(item) for key, item in value.items()}
        if isinstance(kept.get("Tags"), list):
            kept["Tags"] = [tag for tag in kept["Tags"] if tag.get("Key") not in _STANDARD_TAGS]
        return {key: item for key, item in kept.items() if key != "Tags" or item}
    if isinstance(value, list):
        return [_without_tags(item) for item in value]
    return value


def _joined(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"Fn::Join"} and value["Fn::Join"][0] == "":
            parts = [_text(part) for part in value["Fn::Join"][1]]
            if None not in parts:
                return {"Fn::Join": "".join(part for part in parts if part is not None)}
        return {key: _joined(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_joined(item) for item in value]
    return value


def _text(part: Any) -> str | None:
    match part:
        case str():
            return part
        case {"Ref": str(logical_id)}:
            return f"${{{logical_id}}}"
        case {"Fn::GetAtt": [str(logical_id), str(attribute)]}:
            return f"${{{logical_id}.{attribute}}}"
        case {"Fn::GetStackOutput": {"StackName": stack, "OutputName": output}}:
            return f"${{{stack}.{output}}}"
    return None


def _each_string(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _each_string(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_each_string(item, change) for item in value]
    return value
