"""What is planted: for each clause of each house rule one resource that breaks it and nothing else.

Beside them stand innocents, which look alike and must not be found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DIGEST = "111111111111.dkr.ecr.ap-southeast-1.amazonaws.com/shop@sha256:" + "5e" * 32
ARN = "arn:aws:iam::111111111111:role/reader"
_ACCOUNT = "ap-southeast-1:111111111111"
_BALANCER = f"arn:aws:elasticloadbalancing:{_ACCOUNT}:loadbalancer/app/shop/0123456789abcdef"
_CERTIFICATE = f"arn:aws:acm:{_ACCOUNT}:certificate/00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A resource; ``rules`` are the house rules that must find it, none for an innocent."""

    type: str
    properties: Mapping[str, Any]
    rules: tuple[str, ...]


def _planted(type_: str, rule: str | None, **properties: Any) -> Planted:
    return Planted(type=type_, properties=properties, rules=() if rule is None else (rule,))


def _allow(principal: Any) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"},
        ],
    }


def _policy(effect: str, principal: Any, action: str, resource: str = "*") -> dict[str, Any]:
    statement = {
        "Effect": effect,
        "Principal": principal,
        "Action": action,
        "Resource": resource,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _task(rule: str | None, **container: Any) -> Planted:
    whole = {
        "Name": "app",
        "Image": DIGEST,
        "User": "10001:10001",
        "ReadonlyRootFilesystem": True,
        **container,
    }
    return _planted(
        "AWS::ECS::TaskDefinition",
        rule,
        Family="shop",
        Cpu="256",
        Memory="512",
        NetworkMode="awsvpc",
        RequiresCompatibilities=["FARGATE"],
        ContainerDefinitions=[{key: value for key, value in whole.items() if value is not None}],
    )


def _listener(rule: str | None, **properties: Any) -> Planted:
    if properties["Protocol"] == "HTTPS":
        properties["Certificates"] = [{"CertificateArn": _CERTIFICATE}]
    return _planted(
        "AWS::ElasticLoadBalancingV2::Listener",
        rule,
        LoadBalancerArn=_BALANCER,
        Port=443,
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
        **properties,
    )


def _instance(rule: str | None, **properties: Any) -> Planted:
    return _planted(
        "AWS::RDS::DBInstance",
        rule,
        DBInstanceClass="db.serverless",
        Engine="aurora-postgresql",
        DBClusterIdentifier="shop",
        **properties,
    )


def _cluster(rule: str | None, **properties: Any) -> Planted:
    return _planted("AWS::RDS::DBCluster", rule, Engine="aurora-postgresql", **properties)


def _variable(name: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": "something"}]


_TLS = "LISTENER_TLS_12_OR_BETTER"
_ROLE = "ROLE_NO_WILDCARD_PRINCIPAL"
_RESOURCE = "RESOURCE_POLICY_NO_WILDCARD_PRINCIPAL"
_KEY = "KEY_NO_WILDCARD_PRINCIPAL"
_REPOSITORY = "REPOSITORY_NO_WILDCARD_PRINCIPAL"
_SECRET = "SECRET_NO_WILDCARD_PRINCIPAL"
_OWN_KEY = "SECRET_OWN_KEY"
_NOT_BY_DEPLOYMENT = "ROTATION_NOT_BY_DEPLOYMENT"
_GOOD_TLS = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
_TOPIC = "arn:aws:sns:ap-southeast-1:111111111111:shop"
_QUEUE = "https://sqs.ap-southeast-1.amazonaws.com/111111111111/shop"

GUARD: Mapping[str, Planted] = {
    # network.guard
    "ListenerPlain": _listener(_TLS, Protocol="HTTP"),
    "ListenerOldTls": _listener(_TLS, Protocol="HTTPS", SslPolicy="ELBSecurityPolicy-2016-08"),
    "ListenerTls11": _listener(
        _TLS, Protocol="HTTPS", SslPolicy="ELBSecurityPolicy-TLS13-1-1-2021-06"
    ),
    "ListenerDefaultTls": _listener(_TLS, Protocol="HTTPS"),
    "ListenerGood": _listener(None, Protocol="HTTPS", SslPolicy=_GOOD_TLS),
    "DatabasePublic": _instance("DATABASE_NOT_PUBLIC", PubliclyAccessible=True),
    "DatabaseMaybePublic": _instance("DATABASE_NOT_PUBLIC"),
    "DatabaseGood": _instance(None, PubliclyAccessible=False),
    "ClusterPlain": _cluster("DATABASE_ENCRYPTED", StorageEncrypted=False),
    "ClusterMaybePlain": _cluster("DATABASE_ENCRYPTED"),
    "ClusterGood": _cluster(None, StorageEncrypted=True),
    # principals.guard
    "RoleEveryone": _planted("AWS::IAM::Role", _ROLE, AssumeRolePolicyDocument=_allow("*")),
    "RoleEveryAccount": _planted(
        "AWS::IAM::Role", _ROLE, AssumeRolePolicyDocument=_allow({"AWS": "*"})
    ),
    "RoleEveryAccountInList": _planted(
        "AWS::IAM::Role", _ROLE, AssumeRolePolicyDocument=_allow({"AWS": ["*"]})
    ),
    "RoleGood": _planted(
        "AWS::IAM::Role",
        None,
        AssumeRolePolicyDocument=_allow({"Service": "ecs-tasks.amazonaws.com"}),
    ),
    "BucketPolicyEveryone": _planted(
        "AWS::S3::BucketPolicy",
        _RESOURCE,
        Bucket="shop-a",
        PolicyDocument=_policy("Allow", "*", "s3:GetObject", "arn:aws:s3:::shop/*"),
    ),
    "BucketPolicyEveryAccountInList": _planted(
        "AWS::S3::BucketPolicy",
        _RESOURCE,
        Bucket="shop-b",
        PolicyDocument=_policy("Allow", {"AWS": ["*"]}, "s3:GetObject", "arn:aws:s3:::shop/*"),
    ),
    "BucketPolicyDeny": _planted(
        "AWS::S3::BucketPolicy",
        None,
        Bucket="shop-c",
        PolicyDocument=_policy("Deny", {"AWS": "*"}, "s3:GetObject", "arn:aws:s3:::shop/*"),
    ),
    "TopicPolicyEveryAccount": _planted(
        "AWS::SNS::TopicPolicy",
        _RESOURCE,
        Topics=[_TOPIC],
        PolicyDocument=_policy("Allow", {"AWS": "*"}, "sns:Publish", _TOPIC),
    ),
    "QueuePolicyEveryone": _planted(
        "AWS::SQS::QueuePolicy",
        _RESOURCE,
        Queues=[_QUEUE],
        PolicyDocument=_policy("Allow", "*", "sqs:SendMessage"),
    ),
    "KeyEveryone": _planted(
        "AWS::KMS::Key", _KEY, EnableKeyRotation=True, KeyPolicy=_policy("Allow", "*", "kms:*")
    ),
    "KeyEveryAccount": _planted(
        "AWS::KMS::Key",
        _KEY,
        EnableKeyRotation=True,
        KeyPolicy=_policy("Allow", {"AWS": "*"}, "kms:Decrypt"),
    ),
    "KeyEveryAccountInList": _planted(
        "AWS::KMS::Key",
        _KEY,
        EnableKeyRotation=True,
        KeyPolicy=_policy("Allow", {"AWS": ["*"]}, "kms:Decrypt"),
    ),
    "KeyGood": _planted(
        "AWS::KMS::Key",
        None,
        EnableKeyRotation=True,
        KeyPolicy=_policy("Allow", {"AWS": "arn:aws:iam::111111111111:root"}, "kms:*"),
    ),
    "RepositoryEveryone": _planted(
        "AWS::ECR::Repository",
        _REPOSITORY,
        RepositoryPolicyText=_policy("Allow", "*", "ecr:BatchGetImage"),
    ),
    "RepositoryEveryAccount": _planted(
        "AWS::ECR::Repository",
        _REPOSITORY,
        RepositoryPolicyText=_policy("Allow", {"AWS": "*"}, "ecr:BatchGetImage"),
    ),
    "RepositoryEveryAccountInList": _planted(
        "AWS::ECR::Repository",
        _REPOSITORY,
        RepositoryPolicyText=_policy("Allow", {"AWS": ["*"]}, "ecr:BatchGetImage"),
    ),
    "RepositoryWithoutPolicy": _planted("AWS::ECR::Repository", None),
    "SecretEveryone": _planted(
        "AWS::SecretsManager::ResourcePolicy",
        _SECRET,
        SecretId="shop-a",
        ResourcePolicy=_policy("Allow", "*", "secretsmanager:GetSecretValue"),
    ),
    "SecretEveryAccount": _planted(
        "AWS::SecretsManager::ResourcePolicy",
        _SECRET,
        SecretId="shop-b",
        ResourcePolicy=_policy("Allow", {"AWS": "*"}, "secretsmanager:GetSecretValue"),
    ),
    "SecretEveryAccountInList": _planted(
        "AWS::SecretsManager::ResourcePolicy",
        _SECRET,
        SecretId="shop-c",
        ResourcePolicy=_policy("Allow", {"AWS": ["*"]}, "secretsmanager:GetSecretValue"),
    ),
    # secrets.guard
    "SecretOfAwsKey": _planted("AWS::SecretsManager::Secret", _OWN_KEY, Name="shop-a"),
    "SecretOfOwnKey": _planted(
        "AWS::SecretsManager::Secret", None, Name="shop-b", KmsKeyId="alias/shop"
    ),
    "ScheduleAtOnce": _planted(
        "AWS::SecretsManager::RotationSchedule",
        _NOT_BY_DEPLOYMENT,
        SecretId="shop-a",
        RotateImmediatelyOnUpdate=True,
    ),
    "ScheduleAtOnceByDefault": _planted(
        "AWS::SecretsManager::RotationSchedule", _NOT_BY_DEPLOYMENT, SecretId="shop-b"
    ),
    "ScheduleGood": _planted(
        "AWS::SecretsManager::RotationSchedule",
        None,
        SecretId="shop-c",
        RotateImmediatelyOnUpdate=False,
    ),
    # tasks.guard
    "TaskGood": _task(None),
    "TaskTagged": _task("TASK_IMAGE_BY_DIGEST", Image="shop:latest"),
    "TaskShortDigest": _task("TASK_IMAGE_BY_DIGEST", Image="shop@sha256:5e5e"),
    "TaskWithoutUser": _task("TASK_NOT_ROOT", User=None),
    "TaskRoot": _task("TASK_NOT_ROOT", User="0:10001"),
    "TaskRootByName": _task("TASK_NOT_ROOT", User="root"),
    "TaskPrivileged": _task("TASK_NOT_ROOT", Privileged=True),
    "TaskWritableRoot": _task("TASK_READ_ONLY_ROOT", ReadonlyRootFilesystem=False),
    "TaskMaybeWritableRoot": _task("TASK_READ_ONLY_ROOT", ReadonlyRootFilesystem=None),
    "TaskPlainPassword": _task("TASK_NO_PLAIN_SECRET", Environment=_variable("DATABASE_PASSWORD")),
    "TaskPlainApiKey": _task("TASK_NO_PLAIN_SECRET", Environment=_variable("partner_apikey")),
    "TaskPlainToken": _task("TASK_NO_PLAIN_SECRET", Environment=_variable("GITHUB_TOKEN")),
    "TaskSecretsName": _task(None, Environment=_variable("DATABASE_SECRET_ARN")),
}

AMONG_OTHERS: Mapping[str, Planted] = {
    # principals.guard again: everyone, named beside somebody.
    "RoleAmongOthers": _planted(
        "AWS::IAM::Role", _ROLE, AssumeRolePolicyDocument=_allow({"AWS": [ARN, "*"]})
    ),
    "TopicPolicyAmongOthers": _planted(
        "AWS::SNS::TopicPolicy",
        _RESOURCE,
        Topics=[_TOPIC],
        PolicyDocument=_policy("Allow", {"AWS": [ARN, "*"]}, "sns:Publish", _TOPIC),
    ),
    "KeyAmongOthers": _planted(
        "AWS::KMS::Key",
        _KEY,
        EnableKeyRotation=True,
        KeyPolicy=_policy("Allow", {"AWS": [ARN, "*"]}, "kms:Decrypt"),
    ),
    "RepositoryAmongOthers": _planted(
        "AWS::ECR::Repository",
        _REPOSITORY,
        RepositoryPolicyText=_policy("Allow", {"AWS": [ARN, "*"]}, "ecr:BatchGetImage"),
    ),
    "SecretAmongOthers": _planted(
        "AWS::SecretsManager::ResourcePolicy",
        _SECRET,
        SecretId="shop-d",
        ResourcePolicy=_policy("Allow", {"AWS": [ARN, "*"]}, "secretsmanager:GetSecretValue"),
    ),
}

SCHEMA: Mapping[str, Planted] = {
    # An error of the CDK's own validation: no such property.
    "SchemaQueue": _planted("AWS::SQS::Queue", "F3002", NoSuchProperty=True)
}

NAG: Mapping[str, tuple[str, ...]] = {
    # Level-1 buckets, because cdk-nag looks at the CDK's classes and not at raw resources.
    "NagBucket": ("AwsSolutions-S1", "AwsSolutions-S10")
}
