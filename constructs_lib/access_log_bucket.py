"""The bucket to which the load balancers of one environment write their access logs."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.private_bucket import private_bucket


class AccessLogBucket(Construct):
    """A private bucket with the bucket policy that Elastic Load Balancing needs.

    Encrypted with S3-managed keys: the only kind that access logs support
    (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html).
    Objects expire after ``retention``. Attribute: ``bucket``.
    """

    def __init__(
        self, scope: Construct, id: str, *, retention: Duration, removal_policy: RemovalPolicy
    ) -> None:
        super().__init__(scope, id)
        self.bucket = private_bucket(
            self,
            "Bucket",
            lifecycle=s3.LifecycleRule(
                expiration=retention,
                noncurrent_version_expiration=Duration.days(7),
                abort_incomplete_multipart_upload_after=Duration.days(1),
            ),
            removal_policy=removal_policy,
            versioned=True,
        )
        account = Stack.of(self).account
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="LoadBalancerAccessLogs",
                principals=[iam.ServicePrincipal("logdelivery.elasticloadbalancing.amazonaws.com")],
                actions=["s3:PutObject"],
                resources=[self.bucket.arn_for_objects(f"*/AWSLogs/{account}/*")],
                conditions={
                    "ArnLike": {
                        "aws:SourceArn": Stack.of(self).format_arn(
                            service="elasticloadbalancing",
                            resource="loadbalancer",
                            resource_name="*",
                        )
                    }
                },
            )
        )
