"""CloudTrail's bucket, in an account in which nobody works: what is written there stays.

Object lock in compliance mode: until an object's time is over nobody deletes or overwrites it, not
even the account's root user
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html#object-lock-retention-modes).
"""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from config.model.organization import Trail
from constructs_lib.private_bucket import private_bucket

CLOUDTRAIL = "cloudtrail.amazonaws.com"


class LogArchiveStack(Stack):
    """The bucket, its key, and the bucket of its own accesses. Attributes: ``bucket``, ``key``.

    ``trail_arn`` is the organization's trail, the only one that may write; ``management_account``
    and the organization's accounts (``organization_id``) are what it writes about.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        bucket_name: str,
        key_alias: str,
        trail: Trail,
        trail_arn: str,
        management_account: str,
        organization_id: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id, **kwargs)
        from_the_trail = {"StringEquals": {"aws:SourceArn": trail_arn}}
        self.key = self._key(key_alias, from_the_trail, management_account)
        accesses = private_bucket(
            self,
            "Accesses",
            lifecycle=s3.LifecycleRule(expiration=Duration.days(365)),
            removal_policy=RemovalPolicy.RETAIN,
        )
        self.bucket = private_bucket(
            self,
            "Trail",
            bucket_name=bucket_name,
            key=self.key,
            access_logs=accesses,
            versioned=True,
            locked=s3.ObjectLockRetention.compliance(Duration.days(trail.locked_days)),
            lifecycle=s3.LifecycleRule(
                expiration=Duration.days(trail.kept_days),
                noncurrent_version_expiration=Duration.days(1),
                abort_incomplete_multipart_upload_after=Duration.days(7),
            ),
            removal_policy=RemovalPolicy.RETAIN,
        )
        # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="TrailLooks",
                principals=[iam.ServicePrincipal(CLOUDTRAIL)],
                actions=["s3:GetBucketAcl"],
                resources=[self.bucket.bucket_arn],
                conditions=from_the_trail,
            )
        )
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="TrailWrites",
                principals=[iam.ServicePrincipal(CLOUDTRAIL)],
                actions=["s3:PutObject"],
                resources=[
                    self.bucket.arn_for_objects(f"AWSLogs/{owner}/*")
                    for owner in (management_account, organization_id)
                ],
                conditions=from_the_trail,
            )
        )

    def _key(
        self, alias: str, from_the_trail: dict[str, dict[str, str]], management_account: str
    ) -> kms.Key:
        """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html"""
        key = kms.Key(
            self,
            "Key",
            alias=f"alias/{alias}",
            description="Encrypts the organization's CloudTrail",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        trails = f"arn:{self.partition}:cloudtrail:*:{management_account}:trail/*"
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="TrailEncrypts",
                principals=[iam.ServicePrincipal(CLOUDTRAIL)],
                actions=["kms:GenerateDataKey*"],
                resources=["*"],
                conditions={
                    **from_the_trail,
                    "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": trails},
                },
            )
        )
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="TrailLooks",
                principals=[iam.ServicePrincipal(CLOUDTRAIL)],
                actions=["kms:DescribeKey"],
                resources=["*"],
                conditions=from_the_trail,
            )
        )
        return key
