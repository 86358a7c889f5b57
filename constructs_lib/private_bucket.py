"""A bucket that nobody outside reaches: the one place where that is spelled out."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct


def private_bucket(
    scope: Construct,
    id: str,
    *,
    lifecycle: s3.LifecycleRule,
    removal_policy: RemovalPolicy,
    bucket_name: str | None = None,
    key: kms.IKey | None = None,
    access_logs: s3.IBucket | None = None,
    versioned: bool = False,
    locked: s3.ObjectLockRetention | None = None,
) -> s3.Bucket:
    """A bucket without public access or ACLs, reached over TLS 1.2 or better only.

    Encrypted with ``key``, or with S3-managed keys where there is none. ``access_logs`` is the
    bucket its own accesses are logged to. ``locked``: how long an object cannot be deleted.
    """
    return s3.Bucket(
        scope,
        id,
        bucket_name=bucket_name,
        encryption=s3.BucketEncryption.S3_MANAGED if key is None else s3.BucketEncryption.KMS,
        encryption_key=key,
        bucket_key_enabled=None if key is None else True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        versioned=versioned or None,
        object_lock_enabled=None if locked is None else True,
        object_lock_default_retention=locked,
        server_access_logs_bucket=access_logs,
        lifecycle_rules=[lifecycle],
        removal_policy=removal_policy,
    )
