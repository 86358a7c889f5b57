"""Every action, condition key and resource in every policy of the application is one that AWS has.

IAM takes a policy with a misspelt action or a key that the action does not have, and the statement
then never applies: a grant is missing, or a guardrail holds nothing.
"""

from __future__ import annotations

from collections import Counter

from tests.iam.check import findings
from tests.iam.documents import documents
from tests.support.templates import Json, Stack, Templates

# What is known to be found, by (where, what), and why it stands.
KNOWN = {
    (
        "-/Pipeline ",
        "codestar-connections:UseConnection knows no resource like arn:aws:codeconnections:",
    ): (
        "Written by the CDK, under the service's old name. It grants nothing: the prefix has to be "
        "the resource's (dtconsole/latest/userguide/rename.html). stacks/pipeline_connection.py "
        "adds the action under the new name."
    ),
}


def test_every_policy_of_the_application_is_real(templates: Templates) -> None:
    found = [finding for document in documents(templates) for finding in findings(document)]
    unknown = [
        finding
        for finding in found
        if not any(where in finding and what in finding for where, what in KNOWN)
    ]
    assert unknown == []


def test_what_is_known_to_be_found_is_still_there(templates: Templates) -> None:
    found = [finding for document in documents(templates) for finding in findings(document)]
    gone = [
        known for known in KNOWN if not any(known[0] in one and known[1] in one for one in found)
    ]
    assert gone == []


def test_no_policy_of_the_application_is_left_out(templates: Templates) -> None:
    """Every resource whose type is made for a policy has one that was found."""
    of_type = Counter(resource["Type"] for stack in templates for resource in policies(stack))
    found = Counter(document.type for document in documents(templates))
    assert {type_: found[type_] for type_ in of_type if found[type_] < of_type[type_]} == {}
    assert {"AWS::IAM::Policy", "AWS::IAM::Role", "AWS::KMS::Key"} <= of_type.keys()
    assert {document.kind for document in documents(templates)} >= {
        *("identity", "trust", "resource")
    }


def policies(stack: Stack) -> list[Json]:
    """The resources whose types always have a policy."""
    return [
        resource
        for resource in stack.resources.values()
        if resource["Type"].endswith(("Policy", "::Role", "::KMS::Key"))
        and "ScalingPolicy" not in resource["Type"]
    ]
