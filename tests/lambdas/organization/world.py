"""An organization of moto's, CloudFormation that waits for an answer, and the real handler."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.model import OperationModel
from moto.organizations.models import FakeDelegatedAdministrator

from lambdas.common.aws import aws_client
from lambdas.common.cloudformation import Outcome
from lambdas.organization.handler import handler, outcome_of
from rehearsal.wire import in_process
from tests.lambdas.organization.cloudtrail import CloudTrail
from tests.lambdas.release.answers import Bucket, bucket_server
from tests.support.mocked_aws import mocked_aws

REGION = "eu-west-1"
MANAGEMENT = "123456789012"
STACK = f"arn:aws:cloudformation:{REGION}:{MANAGEMENT}:stack/organization/1"
SECONDS = 60.0


class Context:
    """What Lambda tells the handler; ``account``: the function's."""

    def __init__(self, account: str, seconds: float = 180.0) -> None:
        self.invoked_function_arn = f"arn:aws:lambda:{REGION}:{account}:function:setup"
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds * 1000)


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


class Wire:
    """What the handler's client of Organizations asks, and answers that moto never sees."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._instead: dict[str, list[tuple[int, dict[str, Any]]]] = {}

    def fail(self, operation: str, *codes: str, **more: str) -> None:
        """The next calls of the operation fail with these codes, one after the other."""
        self._instead.setdefault(operation, []).extend(
            (400, {"Error": {"Code": code, "Message": f"{code} said AWS"}, **more})
            for code in codes
        )

    def answer(self, operation: str, *answers: dict[str, Any]) -> None:
        """The next calls of the operation get these answers, as stale ones are."""
        self._instead.setdefault(operation, []).extend((200, each) for each in answers)

    def take(self, model: OperationModel, **_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        """botocore's event before-call: an answer and what it says, or None for moto's."""
        self.asked.append(model.name)
        waiting = self._instead.get(model.name)
        if not waiting:
            return None
        status, content = waiting.pop(0)
        return AWSResponse("", status, HTTPHeaders(), None), content


class World:
    """An organization with two OUs and an account in its root."""

    def __init__(self, bucket: Bucket, wire: Wire) -> None:
        self.bucket = bucket
        self.wire = wire
        self.client: Any = boto3.client("organizations")
        self.id: str = self.client.create_organization(FeatureSet="ALL")["Organization"]["Id"]
        self.root: str = self.client.list_roots()["Roots"][0]["Id"]
        self.dev, self.prod = (self._new_ou(name) for name in ("Dev", "Prod"))
        self.account = self.new_account()

    def _new_ou(self, name: str) -> str:
        made = self.client.create_organizational_unit(ParentId=self.root, Name=name)
        return str(made["OrganizationalUnit"]["Id"])

    def new_account(self) -> str:
        """An account in the root."""
        made = self.client.create_account(AccountName="shop", Email="shop@example.com")
        return str(made["CreateAccountStatus"]["AccountId"])

    def parent_of(self, account: str) -> str:
        """Where moto has it."""
        return str(self.client.list_parents(ChildId=account)["Parents"][0]["Id"])

    def policy_types(self) -> list[str]:
        """Those that are enabled."""
        root = self.client.list_roots()["Roots"][0]
        return [each["Type"] for each in root["PolicyTypes"]]

    def trusted(self) -> list[str]:
        """Services with trusted access."""
        found = self.client.list_aws_service_access_for_organization()
        return [each["ServicePrincipal"] for each in found["EnabledServicePrincipals"]]

    def administrators(self, service: str) -> list[str]:
        """The service's delegated administrators."""
        found = self.client.list_delegated_administrators(ServicePrincipal=service)
        return [each["Id"] for each in found["DelegatedAdministrators"]]

    def placement(self, **changes: Any) -> dict[str, Any]:
        """The account into Dev, out of the root."""
        placed = {"AccountId": self.account, "Parent": self.dev, "MayComeFrom": [self.root]}
        return {**placed, **changes}

    def event(
        self, type_: str, properties: Any, *, request: str = "Create", **more: Any
    ) -> dict[str, Any]:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html"""
        return {
            "RequestType": request,
            "RequestId": "1",
            "ResponseURL": self.bucket.url,
            "ResourceType": f"Custom::{type_}",
            "LogicalResourceId": "Setup",
            "StackId": STACK,
            "ResourceProperties": properties,
            **more,
        }

    def deploy(
        self, type_: str, properties: Any, *, running_in: str = MANAGEMENT, **more: Any
    ) -> dict[str, Any]:
        """What the real handler has delivered to CloudFormation."""
        before = len(self.bucket.answers)
        handler(self.event(type_, properties, **more), Context(running_in))
        (answer,) = self.bucket.answers[before:]
        return answer

    def patiently(self, type_: str, properties: Any, clock: Clock) -> Outcome:
        """The outcome when time passes on that clock."""
        event = self.event(type_, properties)
        return outcome_of(event, own_account=MANAGEMENT, try_seconds=SECONDS, clock=clock)


@contextmanager
def new_world() -> Iterator[World]:
    """A world of its own; the handler's clients are made in it."""
    services = [*FakeDelegatedAdministrator.SUPPORTED_SERVICES]
    with (
        bucket_server() as bucket,
        mocked_aws(REGION),
        in_process("cloudtrail", CloudTrail()),
        pytest.MonkeyPatch.context() as patch,
    ):
        # moto's list is older than theirs:
        # https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services_list.html
        services += ["cloudtrail.amazonaws.com", "sso.amazonaws.com"]
        patch.setattr(FakeDelegatedAdministrator, "SUPPORTED_SERVICES", services)
        aws_client.cache_clear()
        wire = Wire()
        events = aws_client("organizations").meta.events
        events.register_first("before-call.organizations", wire.take)
        try:
            yield World(bucket, wire)
        finally:
            aws_client.cache_clear()
