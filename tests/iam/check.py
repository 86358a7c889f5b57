"""What is wrong with a policy document by AWS's own reference, and by the house's rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tests.iam.documents import Document
from tests.iam.policies import conditions, listed, principals, statements, unknown_operator
from tests.iam.reference import could_be, expanded, has_key, key_exists, resource_kinds
from tests.support.templates import Json, strings

DATA_PLANES = frozenset(
    {
        *("dynamodb", "ecr", "kinesis", "kms", "rds-data", "rds-db", "s3", "secretsmanager"),
        *("sns", "sqs", "ssm"),
    }
)
"""Services whose actions reach what is stored or sent, beside what configures the service."""

GRANTED_BY_CDK: Mapping[str, str] = {
    "kms:Decrypt*": "the only action of that name",
    "kms:Describe*": "the key's description, and that of custom key stores, which name no key",
    "kms:Encrypt*": "the only action of that name",
    "kms:GenerateDataKey*": "a data key, a pair, and both without plaintext",
    "kms:ReEncrypt*": "from a key and to a key",
    "s3:Abort*": "ends an upload of the caller's",
    "s3:DeleteObject*": "objects, versions, tags: of the bucket that is written anyway",
    "s3:GetBucket*": "a bucket's settings",
    "s3:GetObject*": "objects, versions, tags, attributes",
    "s3:List*": "what is in the bucket",
}
"""Variants of one action that the CDK's grants name with a wildcard, and what they are.

They are let through on a resource that is named, and in a key's own policy, where "*" is the key.
"""


def findings(found: Document) -> list[str]:
    """One line each: where, which statement, what is wrong."""
    return [
        f"{found.place}, statement {statement.get('Sid', number)}: {finding}"
        for number, statement in enumerate(statements(found.document), start=1)
        for finding in (
            *_actions(statement),
            *_conditions(statement),
            *_variables(statement),
            *_resources(statement),
            *_wildcards(found, statement),
        )
    ]


def _patterns(statement: Json) -> list[str]:
    return [*listed(statement.get("Action", [])), *listed(statement.get("NotAction", []))]


def _actions(statement: Json) -> Iterator[str]:
    for action in _patterns(statement):
        if not expanded(action):
            what = "no action is" if "*" in action or "?" in action else "there is no action"
            yield f"{what} {action}"


def _concerned(statement: Json) -> frozenset[str] | None:
    """The actions that an Action names; none known if it is any, or any but those named."""
    if "Action" not in statement or "*" in listed(statement["Action"]):
        return None
    return frozenset().union(*(expanded(action) for action in listed(statement["Action"])))


def _conditions(statement: Json) -> Iterator[str]:
    concerned = _concerned(statement)
    for operator, key in conditions(statement):
        if unknown_operator(operator):
            yield f"there is no condition operator {operator}"
        if not key_exists(key):
            yield f"there is no condition key {key}"
        elif concerned and not any(has_key(action, key) for action in concerned):
            yield f"no action of the statement has the condition key {key}"


def _variables(statement: Json) -> Iterator[str]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html"""
    inside = (statement.get(part, []) for part in ("Resource", "NotResource", "Condition"))
    texts = [text for part in inside for text in strings(part)]
    for variable in re.findall(r"\$\{([^},]+)", " ".join(texts)):
        if variable not in ("*", "?", "$") and not key_exists(variable.strip()):
            yield f"there is no condition key {variable}, used as a variable"


def _resources(statement: Json) -> Iterator[str]:
    """What is named has to be something that the action is done to."""
    arns = listed(statement.get("Resource", "*"))
    if "*" in arns:
        return
    for pattern in listed(statement.get("Action", [])):
        known = expanded(pattern)
        kinds = frozenset().union(*(resource_kinds(action) for action in known))
        if not known or any(could_be(arn, kind) for arn in arns for kind in kinds):
            continue
        wanted = " or ".join(sorted(kinds)) or "none; it wants *"
        yield f"{pattern} knows no resource like {', '.join(arns)} (it knows {wanted})"


def _wildcards(found: Document, statement: Json) -> Iterator[str]:
    if statement["Effect"] != "Allow" or found.kind in ("boundary", "scp", "rcp"):
        return
    if "NotAction" in statement:
        yield "it allows whatever it does not name, data planes among it"
    for action in listed(statement.get("Action", [])):
        if _wild(action) and not _let_through(found, statement, action):
            yield f"{action} is a wildcard on a data plane"


def _wild(action: str) -> bool:
    """Whether it stands for several actions, and some of them are of a data plane."""
    service, _, name = action.partition(":")
    return re.search(r"[*?]", service) is not None or (
        service.lower() in DATA_PLANES and re.search(r"[*?]", name) is not None
    )


def _let_through(found: Document, statement: Json, action: str) -> bool:
    key_policy = found.type == "AWS::KMS::Key"
    if key_policy and action == "kms:*":
        # Without it no identity policy of the account could give rights on the key, and a key
        # whose administrators are gone could not be managed any more:
        # https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
        return principals(statement) == [f"arn:aws:iam::{found.account}:root"]
    named = key_policy or "*" not in listed(statement.get("Resource", "*"))
    return action in GRANTED_BY_CDK and named
