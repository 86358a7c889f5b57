"""Templates with a planted policy, and the documents that are found in them."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from tests.iam.documents import Document, documents
from tests.support.templates import Json, Stack, Templates

ACCOUNT = "222222222222"


def planted(stack: Stack, resources: Json) -> list[Document]:
    """The policies of a template with these resources."""
    template = {"Resources": resources}
    stack.template_path.write_text(json.dumps(template), encoding="utf-8")
    unread = dataclasses.replace(stack)
    return documents(Templates(root=unread.template_path.parent, stacks={("Dev", "It"): unread}))


def document(**statement: Any) -> Json:
    """A document of one statement, which allows."""
    whole = {"Sid": "Planted", "Effect": "Allow", "Resource": "*", **statement}
    return {"Version": "2012-10-17", "Statement": [whole]}


def identity(**statement: Any) -> Json:
    """A role's policy, as the only resource."""
    return {
        "Planted": {
            "Type": "AWS::IAM::Policy",
            "Properties": {"PolicyDocument": document(**statement)},
        }
    }


def key_policy(**statement: Any) -> Json:
    """A key with that policy, as the only resource."""
    properties = {"KeyPolicy": document(**statement)}
    return {"Key": {"Type": "AWS::KMS::Key", "Properties": properties}}
