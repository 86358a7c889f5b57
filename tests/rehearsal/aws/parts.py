"""Accounts with models that say who they are, and clients that are not in this process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config

from rehearsal.aws.account import Account
from rehearsal.errors import ApiError

BLUE, GREEN = "222222222222", "333333333333"
REGION = "eu-central-1"
MODELS = ("codedeploy", "stepfunctions")


class Model:
    """Answers with the account that it belongs to, and remembers what it was asked."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.asked: list[str] = []

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Applications and executions that have the account's name; everything else is refused."""
        self.asked.append(operation)
        match operation:
            case "ListApplications":
                return {"applications": [self.account]}
            case "DescribeExecution":
                return {"executionArn": parameters["executionArn"], "name": self.account}
            case "GetApplication":
                raise ApiError("ApplicationDoesNotExistException", f"none in {self.account}")
            case _:
                raise LookupError(f"{operation} is not modelled")


def account(id: str, region: str = REGION) -> Account:
    """An account whose two models say its id."""
    return Account(id=id, region=region, models={name: Model(id) for name in MODELS})


def over_http(service: str, url: str, account: Account, *, read_timeout: float = 5) -> Any:
    """A client as another process has it: with the credentials of one of the account's roles."""
    keys = account.credentials("task")
    session = boto3.Session(
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=keys["AWS_SESSION_TOKEN"],
        region_name=account.region,
    )
    make: Any = session.client
    return make(
        service,
        endpoint_url=url,
        config=Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout),
    )
