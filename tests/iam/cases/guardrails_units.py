"""What the environments' accounts may not do: databases, trail, Regions; and in Prod, deleting."""

from __future__ import annotations

from tests.iam.cases.case import Case, somebody
from tests.iam.world import DEV, LOGS, MANAGEMENT, PROD, STAGING, TOOLS

_ENVIRONMENTS = (DEV, STAGING, PROD)
_HERE = "ap-southeast-1"


def _database(account: str, region: str = _HERE) -> str:
    return f"arn:aws:rds:{region}:{account}:db:orders"


def _trail(account: str) -> str:
    return f"arn:aws:cloudtrail:{_HERE}:{account}:trail/mine"


_PUBLIC = {"rds:PubliclyAccessible": "true"}
_PRIVATE = {"rds:PubliclyAccessible": "false"}

_DATABASES = [
    *(
        Case(
            name=f"a public database is made in {account}",
            who=somebody(account),
            action="rds:CreateDBInstance",
            resource=_database(account),
            given=_PUBLIC,
            denied_by=["PublicDatabases"],
        )
        for account in _ENVIRONMENTS
    ),
    *(
        Case(
            name=f"a database is made public by {action}",
            who=somebody(DEV),
            action=f"rds:{action}",
            resource=_database(DEV),
            given=_PUBLIC,
            denied_by=["PublicDatabases"],
        )
        for action in (
            "CreateDBInstanceReadReplica",
            "RestoreDBInstanceFromDBSnapshot",
            "RestoreDBInstanceFromS3",
            "RestoreDBInstanceToPointInTime",
        )
    ),
    Case(
        name="a database is made, and nothing said about whether it is public",
        who=somebody(DEV),
        action="rds:CreateDBInstance",
        resource=_database(DEV),
        denied_by=["PublicDatabases"],
    ),
    Case(
        name="a private database is made",
        who=somebody(DEV),
        action="rds:CreateDBInstance",
        resource=_database(DEV),
        given=_PRIVATE,
    ),
    Case(
        name="an administrator makes a public database",
        who=somebody(PROD, "OrganizationAccountAccessRole"),
        action="rds:CreateDBInstance",
        resource=_database(PROD),
        given=_PUBLIC,
        denied_by=["PublicDatabases"],
    ),
    Case(
        # The hole: ModifyDBInstance does not know the key. lambdas/public_databases turns it back.
        name="a database that is there is made public, which no policy can tell",
        who=somebody(DEV),
        action="rds:ModifyDBInstance",
        resource=_database(DEV),
    ),
    *(
        Case(
            name=f"a snapshot is shared in {account}: {action}",
            who=somebody(account),
            action=f"rds:{action}",
            resource=f"arn:aws:rds:{_HERE}:{account}:{kind}:orders",
            denied_by=["DatabasesForEverybody"],
        )
        for account, action, kind in (
            (DEV, "ModifyDBSnapshotAttribute", "snapshot"),
            (PROD, "ModifyDBClusterSnapshotAttribute", "cluster-snapshot"),
        )
    ),
]

_TRAILS = [
    *(
        Case(
            name=f"an administrator of {account} switches CloudTrail off: {action}",
            who=somebody(account, "OrganizationAccountAccessRole"),
            action=f"cloudtrail:{action}",
            resource=_trail(account),
            denied_by=["TrailStaysOn"],
        )
        for account, action in (
            (DEV, "StopLogging"),
            (DEV, "DeleteTrail"),
            (STAGING, "PutEventSelectors"),
            (PROD, "UpdateTrail"),
        )
    ),
    Case(
        name="the log account, which administers CloudTrail, stops the organization's trail",
        who=somebody(LOGS, "OrganizationAccountAccessRole"),
        action="cloudtrail:StopLogging",
        resource=f"arn:aws:cloudtrail:{_HERE}:{MANAGEMENT}:trail/pase-organization",
        denied_by=["TrailStaysOn"],
    ),
    Case(
        name="an event data store is deleted",
        who=somebody(PROD),
        action="cloudtrail:DeleteEventDataStore",
        resource=f"arn:aws:cloudtrail:{_HERE}:{PROD}:eventdatastore/1",
        denied_by=["TrailStaysOn"],
    ),
    Case(
        name="a trail is looked at",
        who=somebody(DEV),
        action="cloudtrail:GetTrailStatus",
        resource=_trail(DEV),
    ),
]


def _elsewhere(region: str) -> dict[str, str | list[str]]:
    return {"aws:RequestedRegion": region}


_REGIONS = [
    *(
        Case(
            name=f"{account} makes a queue in Ireland",
            who=somebody(account),
            action="sqs:CreateQueue",
            resource=f"arn:aws:sqs:eu-west-1:{account}:mine",
            given=_elsewhere("eu-west-1"),
            denied_by=["AllowedRegions"],
        )
        for account in _ENVIRONMENTS
    ),
    *(
        Case(
            name=f"{account} makes a queue in {region}, which is allowed",
            who=somebody(account),
            action="sqs:CreateQueue",
            resource=f"arn:aws:sqs:{region}:{account}:mine",
            given=_elsewhere(region),
        )
        for account, region in ((DEV, "ap-southeast-1"), (PROD, "ap-northeast-1"))
    ),
    Case(
        name="a request without a Region",
        who=somebody(DEV),
        action="sqs:CreateQueue",
        resource=f"arn:aws:sqs:eu-west-1:{DEV}:mine",
        without=["aws:RequestedRegion"],
        denied_by=["AllowedRegions"],
    ),
    Case(
        name="the deployer, with which a stack could be made anywhere, in Ireland",
        who=somebody(PROD, f"cdk-hnb659fds-cfn-exec-role-{PROD}-eu-west-1"),
        action="lambda:CreateFunction",
        resource=f"arn:aws:lambda:eu-west-1:{PROD}:function:mine",
        given=_elsewhere("eu-west-1"),
        denied_by=["AllowedRegions"],
    ),
    Case(
        name="an administrator in Virginia",
        who=somebody(PROD, "OrganizationAccountAccessRole"),
        action="ec2:CreateVpc",
        resource=f"arn:aws:ec2:us-east-1:{PROD}:vpc/vpc-1",
        given=_elsewhere("us-east-1"),
        denied_by=["AllowedRegions"],
    ),
    *(
        Case(
            name=f"a global service is asked in Virginia, where it is: {action}",
            who=somebody(DEV),
            action=action,
            resource=resource,
            owner=DEV,
            given=_elsewhere("us-east-1"),
        )
        for action, resource in (
            ("iam:GetRole", f"arn:aws:iam::{DEV}:role/mine"),
            ("route53:GetHostedZone", "arn:aws:route53:::hostedzone/Z1"),
            ("cloudfront:GetDistribution", f"arn:aws:cloudfront::{DEV}:distribution/E1"),
            ("sts:GetCallerIdentity", "*"),
            ("support:DescribeCases", "*"),
            ("s3:ListAllMyBuckets", "*"),
        )
    ),
    Case(
        name="a certificate for CloudFront in Virginia",
        who=somebody(PROD),
        action="acm:DescribeCertificate",
        resource=f"arn:aws:acm:us-east-1:{PROD}:certificate/1",
        given=_elsewhere("us-east-1"),
    ),
    Case(
        name="a certificate in Ireland",
        who=somebody(PROD),
        action="acm:DescribeCertificate",
        resource=f"arn:aws:acm:eu-west-1:{PROD}:certificate/1",
        given=_elsewhere("eu-west-1"),
        denied_by=["AllowedRegionsForCloudFront"],
    ),
    Case(
        name="the tools account in Ireland, which has no environments' guardrails",
        who=somebody(TOOLS),
        action="sqs:CreateQueue",
        resource=f"arn:aws:sqs:eu-west-1:{TOOLS}:mine",
        given=_elsewhere("eu-west-1"),
    ),
]

_RDS, _BACKUP, _KMS = (
    f"arn:aws:{service}:{_HERE}:{{account}}" for service in ("rds", "backup", "kms")
)
_NAMED = ("pase-break-glass", "OrganizationAccountAccessRole")

_DELETION = [
    *(
        Case(
            name=f"somebody deletes data of {account}: {action}",
            who=somebody(account),
            action=action,
            resource=resource.format(account=account),
            owner=account,
            denied_by=[sid],
        )
        for account in (STAGING, PROD)
        for action, resource, sid in (
            ("rds:DeleteDBCluster", f"{_RDS}:cluster:orders", "DatabaseDeletion"),
            ("rds:DeleteDBInstance", f"{_RDS}:db:orders", "DatabaseDeletion"),
            ("rds:DeleteDBClusterSnapshot", f"{_RDS}:cluster-snapshot:1", "DatabaseDeletion"),
            ("backup:DeleteRecoveryPoint", f"{_BACKUP}:recovery-point:1", "DatabaseDeletion"),
            ("s3:DeleteBucket", "arn:aws:s3:::orders", "BucketDeletion"),
            ("kms:ScheduleKeyDeletion", f"{_KMS}:key/1", "KeyDeletion"),
        )
    ),
    *(
        Case(
            name=f"{name} deletes a database of Prod",
            who=somebody(PROD, name),
            action="rds:DeleteDBCluster",
            resource=f"arn:aws:rds:{_HERE}:{PROD}:cluster:orders",
        )
        for name in _NAMED
    ),
    Case(
        name="break-glass deletes a bucket of Prod",
        who=somebody(PROD, "pase-break-glass"),
        action="s3:DeleteBucket",
        resource="arn:aws:s3:::orders",
        owner=PROD,
    ),
    Case(
        name="an administrator schedules a key of Prod for deletion",
        who=somebody(PROD, "OrganizationAccountAccessRole"),
        action="kms:ScheduleKeyDeletion",
        resource=f"arn:aws:kms:{_HERE}:{PROD}:key/1",
        given={"kms:ResourceAliases": ["alias/orders"]},
    ),
    *(
        Case(
            name=f"a role that is only named like an administrator deletes a database: {name}",
            who=somebody(PROD, name),
            action="rds:DeleteDBCluster",
            resource=f"arn:aws:rds:{_HERE}:{PROD}:cluster:orders",
            denied_by=["DatabaseDeletion"],
        )
        for name in (
            "mine/pase-break-glass",
            "pase-break-glass-2",
            "aws-reserved/pase-break-glass",
            "OrganizationAccountAccessRole-2",
            "pase-operator",
        )
    ),
    Case(
        name="a stack is deleted by the deployer, and its database with it",
        who=somebody(PROD, f"cdk-hnb659fds-cfn-exec-role-{PROD}-ap-southeast-1"),
        action="rds:DeleteDBCluster",
        resource=f"arn:aws:rds:{_HERE}:{PROD}:cluster:orders",
        denied_by=["DatabaseDeletion"],
    ),
    Case(
        name="somebody deletes a stack with their own rights, and its database with it",
        who=somebody(PROD),
        action="rds:DeleteDBInstance",
        resource=_database(PROD),
        given={"aws:ViaAWSService": "true", "aws:CalledVia": ["cloudformation.amazonaws.com"]},
        denied_by=["DatabaseDeletion"],
    ),
    Case(
        name="a bucket's policy is deleted, which deletes no data",
        who=somebody(PROD),
        action="s3:DeleteBucketPolicy",
        resource="arn:aws:s3:::orders",
        owner=PROD,
    ),
    *(
        Case(
            name=f"in Dev data may be deleted: {action}",
            who=somebody(DEV),
            action=action,
            resource=resource,
            owner=DEV,
        )
        for action, resource in (
            ("rds:DeleteDBCluster", f"arn:aws:rds:{_HERE}:{DEV}:cluster:orders"),
            ("s3:DeleteBucket", "arn:aws:s3:::orders"),
        )
    ),
    Case(
        name="in the log account a bucket that is not the archive may be deleted",
        who=somebody(LOGS),
        action="s3:DeleteBucket",
        resource="arn:aws:s3:::scratch",
        owner=LOGS,
    ),
]

CASES = [*_DATABASES, *_TRAILS, *_REGIONS, *_DELETION]
