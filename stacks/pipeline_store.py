"""Where the pipeline keeps what its steps hand to each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.private_bucket import private_bucket


class ArtifactStore(Construct):
    """An encrypted, logged bucket whose objects expire. Attributes: ``bucket``, ``key``.

    ``bucket_name`` is needed where another Region's stack refers to the bucket.
    """

    def __init__(self, scope: Construct, id: str, *, bucket_name: str | None = None) -> None:
        super().__init__(scope, id)
        logs = private_bucket(
            self,
            "AccessLogs",
            lifecycle=s3.LifecycleRule(expiration=Duration.days(365)),
            removal_policy=RemovalPolicy.RETAIN,
        )
        self.key = kms.Key(
            self,
            "Key",
            description="Encrypts the pipeline's artifacts, which the environments read",
            enable_key_rotation=True,
        )
        self.bucket = private_bucket(
            self,
            "Bucket",
            bucket_name=bucket_name,
            key=self.key,
            access_logs=logs,
            lifecycle=s3.LifecycleRule(expiration=Duration.days(90)),
            removal_policy=RemovalPolicy.RETAIN,
        )


class RegionalArtifactStack(Stack):
    """The artifact store of a further Region, from which actions in that Region read.

    In place of the stack the CDK would make, whose key the pipeline's role could only be given as
    "every key of the account". ``readers`` are ARNs of the bootstrap's deploy roles in that Region.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        bucket_name: str,
        readers: Sequence[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id, **kwargs)
        self._bucket_name = bucket_name
        store = ArtifactStore(self, "Artifacts", bucket_name=bucket_name)
        for reader in readers:
            store.bucket.grant_read(iam.ArnPrincipal(reader))
        self._key_arn = store.key.key_arn

    def bucket(self, scope: Construct, id: str) -> s3.IBucket:
        """The bucket as the pipeline's stack refers to it: by name, with its one key."""
        return s3.Bucket.from_bucket_attributes(
            scope,
            id,
            bucket_name=self._bucket_name,
            region=self.region,
            account=self.account,
            encryption_key=kms.Key.from_key_arn(scope, f"{id}Key", self._key_arn),
        )
