"""Amazon RDS, Parameter Store and Amazon SNS through boto3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..common.aws import aws_client
from .acts import Act
from .databases import Answer, Cluster, Instance
from .message import Message
from .ports import CallFailed, Memory
from .reverts import InvalidRecord, Revert, act_from, act_text, revert_from, revert_text

# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
_ANSWERS = {
    "InvalidDBInstanceState": Answer.NOT_NOW,
    "InvalidDBClusterStateFault": Answer.NOT_NOW,
    "DBInstanceNotFound": Answer.GONE,
}
_ACTS, _REVERTS = "acts", "reverts"
_KEPT = 2


@contextmanager
def _calling(doing: str) -> Iterator[None]:
    """Raise `CallFailed` for what boto3 raises inside; its own text names the operation."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise CallFailed(f"{doing} failed: {error}") from error


class RdsDatabases:
    """`ports.Databases`.

    Needs rds:DescribeDBInstances, rds:DescribeDBClusters and rds:ModifyDBInstance. Amazon Neptune's
    and Amazon DocumentDB's instances are among RDS's, and are treated as those.
    """

    def instances(self) -> Sequence[Instance]:
        """See `ports.Databases.instances`."""
        return [
            Instance(
                identifier=one["DBInstanceIdentifier"],
                arn=one["DBInstanceArn"],
                status=one.get("DBInstanceStatus", "in an unknown state"),
                cluster=one.get("DBClusterIdentifier") or "",
                public=one.get("PubliclyAccessible") is True,
            )
            for one in _listed("describe_db_instances", "DBInstances")
        ]

    def clusters(self) -> Sequence[Cluster]:
        """See `ports.Databases.clusters`."""
        return [
            Cluster(
                identifier=one["DBClusterIdentifier"],
                arn=one["DBClusterArn"],
                public=one.get("PubliclyAccessible") is True,
            )
            for one in _listed("describe_db_clusters", "DBClusters")
        ]

    def make_private(self, identifier: str) -> Answer:
        """See `ports.Databases.make_private`.

        Not with ApplyImmediately: this change is immediate in any case, and with it all others
        that wait for the maintenance window, such as to another instance class, would be made now
        (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html).
        """
        try:
            aws_client("rds").modify_db_instance(
                DBInstanceIdentifier=identifier, PubliclyAccessible=False
            )
        except ClientError as error:
            answer = _ANSWERS.get(error.response["Error"]["Code"])
            if answer is None:
                raise CallFailed(f"making {identifier} private failed: {error}") from error
            return answer
        except BotoCoreError as error:
            raise CallFailed(f"making {identifier} private failed: {error}") from error
        return Answer.ACCEPTED


class ParameterRecords:
    """`ports.Records` as parameters: `<path>/acts/<identifier>`, `<path>/reverts/<identifier>/<n>`.

    Needs ssm:GetParametersByPath on the path, and ssm:PutParameter and DeleteParameter below it. Of
    each identifier of a database that was ever public an act and two reverts remain: the last, and
    the one before, after which a look that began earlier may still try to write.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def read(self) -> Memory:
        """See `ports.Records.read`."""
        acts: dict[str, Act] = {}
        reverts: dict[str, Revert] = {}
        numbers: dict[str, int] = {}
        unreadable: list[str] = []
        for one in self._all():
            try:
                match one["Name"].removeprefix(self._path).split("/")[1:]:
                    case [kind, identifier] if kind == _ACTS:
                        acts[identifier] = act_from(one["Value"])
                    case [kind, identifier, number] if kind == _REVERTS and number.isdecimal():
                        if int(number) > numbers.get(identifier, 0):
                            numbers[identifier] = int(number)
                            reverts[identifier] = revert_from(one["Value"])
                    case _:
                        raise InvalidRecord("something else")
            except InvalidRecord as error:
                unreadable.append(f"the parameter {one['Name']} holds {error}; delete it")
        return Memory(acts=acts, reverts=reverts, numbers=numbers, unreadable=unreadable)

    def remember(self, identifier: str, act: Act) -> None:
        """See `ports.Records.remember`."""
        self._put(f"{_ACTS}/{identifier}", act_text(act), overwrite=True)

    def claim(self, identifier: str, revert: Revert, *, number: int) -> bool:
        """See `ports.Records.claim`.

        https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
        """
        name = f"{_REVERTS}/{identifier}/{number}"
        return self._put(name, revert_text(revert), overwrite=False)

    def close(self, identifier: str, revert: Revert, *, number: int) -> None:
        """See `ports.Records.close`. Deletes what is older than the record before."""
        name = f"{_REVERTS}/{identifier}"
        self._put(f"{name}/{number}", revert_text(replace(revert, told=True)), overwrite=True)
        if number <= _KEPT:
            return
        client = aws_client("ssm")
        before = f"{self._path}/{name}/{number - _KEPT}"
        with (
            _calling(f"deleting the parameter {before}"),
            suppress(client.exceptions.ParameterNotFound),
        ):
            client.delete_parameter(Name=before)

    def _put(self, name: str, value: str, *, overwrite: bool) -> bool:
        name = f"{self._path}/{name}"
        client = aws_client("ssm")
        with _calling(f"writing the parameter {name}"):
            try:
                client.put_parameter(Name=name, Value=value, Type="String", Overwrite=overwrite)
            except client.exceptions.ParameterAlreadyExists:
                return False
        return True

    def _all(self) -> list[Mapping[str, Any]]:
        with _calling(f"reading the parameters below {self._path}"):
            pages = aws_client("ssm").get_paginator("get_parameters_by_path")
            found = pages.paginate(Path=self._path, Recursive=True)
            return [one for page in found for one in page["Parameters"]]


class SnsTopic:
    """`ports.Topic` over one SNS topic.

    Needs sns:Publish on it; and on the key of an encrypted topic kms:GenerateDataKey and
    kms:Decrypt (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html).
    """

    def __init__(self, arn: str) -> None:
        self._arn = arn

    def publish(self, message: Message) -> None:
        """See `ports.Topic.publish`."""
        with _calling(f"telling {self._arn}"):
            aws_client("sns").publish(
                TopicArn=self._arn, Subject=message.subject, Message=message.text
            )


def _listed(operation: str, key: str) -> list[Mapping[str, Any]]:
    with _calling(f"listing the {key}"):
        pages = aws_client("rds").get_paginator(operation).paginate()
        return [one for page in pages for one in page[key]]
