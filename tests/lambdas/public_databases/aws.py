"""moto's RDS, Parameter Store and SNS for the handler, and EventBridge's events as documented."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.rds.models import rds_backends
from moto.sns.models import sns_backends

from lambdas.common.aws import aws_client
from lambdas.public_databases import reverts
from lambdas.public_databases.handler import handler
from tests.support.mocked_aws import REGION

PATH = "/pase/public-databases"
JANE = f"arn:aws:sts::{DEFAULT_ACCOUNT_ID}:assumed-role/Developer/jane"


class Aws:
    """An account with a topic, and the function deployed in it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        make: Any = boto3.client
        self.rds = make("rds")
        self.ssm = make("ssm")
        self.topic: str = make("sns").create_topic(Name="governance")["TopicArn"]
        self._monkeypatch = monkeypatch
        monkeypatch.setenv("TOPIC_ARN", self.topic)
        monkeypatch.setenv("PARAMETERS", PATH)

    def instance(self, name: str, *, public: bool = True, **more: Any) -> None:
        """A DB instance."""
        given = {
            "DBInstanceClass": "db.t4g.micro",
            "Engine": "postgres",
            "AllocatedStorage": 20,
            "MasterUsername": "root",
            "MasterUserPassword": "hunter2hunter2",
            **more,
        }
        if "DBClusterIdentifier" in more:
            del given["MasterUsername"], given["MasterUserPassword"], given["AllocatedStorage"]
        self.rds.create_db_instance(DBInstanceIdentifier=name, PubliclyAccessible=public, **given)

    def cluster(self, name: str, *, public: bool) -> None:
        """A Multi-AZ DB cluster with an instance."""
        self.rds.create_db_cluster(
            DBClusterIdentifier=name,
            Engine="postgres",
            MasterUsername="root",
            MasterUserPassword="hunter2hunter2",
            DBClusterInstanceClass="db.m5d.large",
            AllocatedStorage=100,
            StorageType="io1",
            Iops=1000,
            PubliclyAccessible=public,
        )
        self.instance(f"{name}-1", public=public, DBClusterIdentifier=name)

    def make_public(self, name: str) -> None:
        """Somebody modifies it."""
        self.rds.modify_db_instance(DBInstanceIdentifier=name, PubliclyAccessible=True)

    def public(self) -> set[str]:
        """The instances that are."""
        pages = self.rds.get_paginator("describe_db_instances").paginate()
        return {
            one["DBInstanceIdentifier"]
            for page in pages
            for one in page["DBInstances"]
            if one["PubliclyAccessible"]
        }

    def status(self, name: str, status: str) -> None:
        """Put the instance into a state."""
        rds_backends[DEFAULT_ACCOUNT_ID][REGION].databases[name].status = status

    def told(self) -> list[tuple[str, str]]:
        """Subject and text of what the topic was given."""
        topic = sns_backends[DEFAULT_ACCOUNT_ID][REGION].topics[self.topic]
        return [(subject or "", text) for _, text, subject, *_ in topic.sent_notifications]

    def look(self, event: dict[str, Any] | None = None) -> None:
        """Invoke the function."""
        handler({"detail-type": "Scheduled Event", "detail": {}} if event is None else event, None)

    def pass_time(self, past: timedelta = reverts.SETTLES) -> None:
        """As if all that was remembered had been so much earlier."""
        for page in self.ssm.get_paginator("get_parameters_by_path").paginate(
            Path=PATH, Recursive=True
        ):
            for one in page["Parameters"]:
                self.ssm.put_parameter(
                    Name=one["Name"], Value=_earlier(one["Value"], past), Overwrite=True
                )

    @contextmanager
    def refused(self, service: str, operation: str, code: str) -> Iterator[list[Any]]:
        """The function's calls of that operation are answered with that error; their parameters."""
        calls: list[Any] = []

        def refuse(params: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
            calls.append(params["body"])
            error = {"Error": {"Code": code, "Message": f"{operation} is refused"}}
            return AWSResponse("", 400, HTTPHeaders(), None), error

        events = aws_client(service).meta.events
        name = f"before-call.{service}.{operation}"
        events.register(name, refuse)
        yield calls
        events.unregister(name, refuse)


def _earlier(text: str, past: timedelta) -> str:
    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: moved(part) for key, part in value.items()}
        if not isinstance(value, str):
            return value
        try:
            return (datetime.fromisoformat(value) - past).isoformat()
        except ValueError:
            return value

    return json.dumps(moved(json.loads(text)))


def called(name: str, asked: dict[str, Any], *, at: datetime | None = None, **more: Any) -> Any:
    """CloudTrail's event of a call to RDS, by EventBridge.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/logging-using-cloudtrail.html
    """
    moment = (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "version": "0",
        "source": "aws.rds",
        "detail-type": "AWS API Call via CloudTrail",
        "time": moment,
        "detail": {
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "AssumedRole",
                "principalId": "AROAEXAMPLE:jane",
                "arn": JANE,
                "accountId": DEFAULT_ACCOUNT_ID,
            },
            "eventTime": moment,
            "eventSource": "rds.amazonaws.com",
            "eventName": name,
            "requestParameters": asked,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            **more,
        },
    }
