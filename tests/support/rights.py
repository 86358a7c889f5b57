"""What a function calls, and what the policies of its role allow: the two are to be the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.client import BaseClient

from tests.support.templates import Templates, actions

LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}
"""Lambda's service writes them, with the function's role."""

NETWORK = {
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
}
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions"""

ENCRYPTION = {"kms:Decrypt", "kms:GenerateDataKey"}
"""A secret's value is decrypted and encrypted by Secrets Manager with its caller's rights:
https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
"""


def of_secrets_manager(operations: set[str]) -> set[str]:
    """The operations by their names in policies."""
    return {f"secretsmanager:{one}" for one in operations}


@contextmanager
def called(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The actions that are called through boto3 meanwhile, by their names in policies."""
    found: set[str] = set()
    make = BaseClient._make_api_call  # type: ignore[attr-defined] # the stubs leave it out

    def watched(client: Any, operation: str, parameters: Any) -> Any:
        found.add(f"{client.meta.service_model.service_name}:{operation}")
        return make(client, operation, parameters)

    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", watched)
        yield found


def granted(templates: Templates, package: str) -> set[str]:
    """What the roles of Prod's functions of that package allow, which all allow the same."""
    stack = templates["Prod", "Secrets"]
    found = {
        frozenset(
            action
            for statement in stack.statements(each["Role"]["Fn::GetAtt"][0])
            for action in actions(statement)
        )
        for each in stack.of_type("AWS::Lambda::Function").values()
        if each["Handler"] == f"lambdas.{package}.handler.handler"
    }
    (one,) = found
    return set(one)
