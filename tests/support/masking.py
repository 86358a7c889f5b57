"""The one place where noise is taken out of templates before they are compared with snapshots."""

from __future__ import annotations

import re
from typing import Any

from tests.support.templates import Json, Stack

# Hashes of contents: of Lambda sources, of buildspecs, of a CodeBuild project's settings. They
# change with every edit, and what they stand for is tested by itself. An image's digest is no
# noise: it is what a release is.
_CONTENT_HASH = re.compile(r"(?<!sha256:)\b[0-9a-f]{40,64}\b")
MASK = "<hash>"


def mask(value: Any) -> Any:
    """The value with every content hash replaced, in keys' values at any depth."""
    return _each_string(value, lambda text: _CONTENT_HASH.sub(MASK, text))


def without_identity(stack: Stack) -> Json:
    """The masked template with the stage's own name, account and tags replaced by placeholders.

    For comparing two environments: what makes them different accounts is in every ARN, and
    ``tests/stacks/test_accounts.py`` says what it has to be.
    """
    lower = stack.stage.lower()
    replaced = (
        (stack.account, "<account>"),
        (f"Pipeline/{stack.stage}/", "Pipeline/<Stage>/"),
        (f"Z0000000{stack.stage.upper()}EXAMPLE", "<hosted zone>"),
        (f"pase-pipeline-gate-{lower}", "pase-pipeline-gate-<stage>"),
    )

    def neutral(text: str) -> str:
        for own, placeholder in replaced:
            text = text.replace(own, placeholder)
        return re.sub(rf"^{stack.stage}-(?=[A-Z])", "<Stage>-", text)

    template: Json = _each_string(mask(stack.template), neutral)
    return _without_identity_tags(template)


def _without_identity_tags(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"Key", "Value"} and value["Key"] in {"Environment", "DataClass"}:
            return {**value, "Value": f"<{value['Key']}>"}
        return {key: _without_identity_tags(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_identity_tags(item) for item in value]
    return value


def _each_string(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _each_string(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_each_string(item, change) for item in value]
    return value
