"""What no account of the platform may do, whatever its own policies say."""

from __future__ import annotations

from tests.iam.cases.case import Case, root_user, somebody
from tests.iam.world import (
    DEV,
    LOGS,
    MANAGEMENT,
    OUTSIDE,
    PROD,
    STAGING,
    TOOLS,
    Principal,
    World,
)

_BOUND = (DEV, STAGING, PROD, TOOLS, LOGS)
_BUCKET = f"arn:aws:s3:::pase-organization-trail-{LOGS}"
_KEY = f"arn:aws:kms:ap-southeast-1:{LOGS}:key/11111111-1111-1111-1111-111111111111"
_TRAIL_KEY = {"kms:ResourceAliases": ["alias/pase-organization-trail"]}
_ADMINISTRATOR = "OrganizationAccountAccessRole"
_DEPLOYER = f"cdk-hnb659fds-cfn-exec-role-{PROD}-ap-southeast-1"


def _role(account: str, name: str) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def _cloudformation(_: World) -> Principal:
    return Principal(arn="cloudformation.amazonaws.com", identity=(), bound=False)


CASES = [
    # Leaving
    *(
        Case(
            name=f"an administrator of {account} takes it out of the organization",
            who=somebody(account, _ADMINISTRATOR),
            action="organizations:LeaveOrganization",
            denied_by=["Leaving"],
        )
        for account in _BOUND
    ),
    Case(
        name="an account closes itself",
        who=somebody(PROD),
        action="account:CloseAccount",
        resource=f"arn:aws:account::{PROD}:account",
        denied_by=["Leaving"],
    ),
    Case(
        name="an administrator sees which organization it is",
        who=somebody(PROD),
        action="organizations:DescribeOrganization",
    ),
    # The root user
    *(
        Case(
            name=f"the root user of {account} looks at its buckets",
            who=root_user(account),
            action="s3:ListAllMyBuckets",
            denied_by=["RootUser"],
        )
        for account in _BOUND
    ),
    Case(
        name="the root user makes an access key",
        who=root_user(PROD),
        action="iam:CreateAccessKey",
        resource=f"arn:aws:iam::{PROD}:user/root",
        denied_by=["IamUsers", "RootUser"],
    ),
    Case(
        name="a session for one root task, begun in the management account, does it",
        who=root_user(PROD),
        action="s3:DeleteBucketPolicy",
        resource="arn:aws:s3:::locked-out",
        owner=PROD,
        given={"aws:AssumedRoot": "true"},
    ),
    Case(
        name="the root user of the management account is not bound",
        who=root_user(MANAGEMENT),
        action="organizations:DescribeOrganization",
    ),
    # IAM users
    *(
        Case(
            name=f"an administrator makes something that outlives a session: {action}",
            who=somebody(account, _ADMINISTRATOR),
            action=f"iam:{action}",
            resource=f"arn:aws:iam::{account}:user/robot",
            denied_by=["IamUsers"],
        )
        for account, action in (
            (DEV, "CreateUser"),
            (STAGING, "CreateAccessKey"),
            (PROD, "CreateLoginProfile"),
            (TOOLS, "CreateServiceSpecificCredential"),
            (LOGS, "UpdateLoginProfile"),
        )
    ),
    Case(
        name="an IAM user that is there is taken away",
        who=somebody(PROD),
        action="iam:DeleteUser",
        resource=f"arn:aws:iam::{PROD}:user/robot",
    ),
    # The log archive
    Case(
        name="an administrator of the log account deletes a log",
        who=somebody(LOGS, _ADMINISTRATOR),
        action="s3:DeleteObjectVersion",
        resource=f"{_BUCKET}/AWSLogs/1.json.gz",
        owner=LOGS,
        denied_by=["LogObjects"],
    ),
    Case(
        name="an administrator of the log account shortens a log's lock",
        who=somebody(LOGS, _ADMINISTRATOR),
        action="s3:PutObjectRetention",
        resource=f"{_BUCKET}/AWSLogs/1.json.gz",
        owner=LOGS,
        denied_by=["LogObjects"],
    ),
    *(
        Case(
            name=f"somebody of the log account weakens the bucket: {action}",
            who=somebody(LOGS),
            action=f"s3:{action}",
            resource=_BUCKET,
            owner=LOGS,
            denied_by=["LogBucket"],
        )
        for action in (
            "DeleteBucket",
            "DeleteBucketPolicy",
            "PutBucketPolicy",
            "PutBucketObjectLockConfiguration",
            "PutBucketVersioning",
            "PutLifecycleConfiguration",
            "PutReplicationConfiguration",
        )
    ),
    Case(
        name="an administrator who is named so in another path weakens the bucket",
        who=somebody(LOGS, f"mine/{_ADMINISTRATOR}"),
        action="s3:PutBucketPolicy",
        resource=_BUCKET,
        owner=LOGS,
        denied_by=["LogBucket"],
    ),
    Case(
        name="an administrator who is named so in an account outside weakens the bucket",
        who=somebody(PROD, "mine/pase-break-glass"),
        action="s3:PutBucketPolicy",
        resource=_BUCKET,
        owner=LOGS,
        denied_by=["LogBucket"],
    ),
    Case(
        name="the administrator deploys the bucket's stack",
        who=somebody(LOGS, _ADMINISTRATOR),
        action="s3:PutBucketPolicy",
        resource=_BUCKET,
        owner=LOGS,
    ),
    Case(
        name="somebody of the log account reads a log",
        who=somebody(LOGS),
        action="s3:GetObject",
        resource=f"{_BUCKET}/AWSLogs/1.json.gz",
        owner=LOGS,
    ),
    *(
        Case(
            name=f"somebody of the log account makes the logs unreadable: {action}",
            who=somebody(LOGS),
            action=f"kms:{action}",
            resource=_KEY,
            given=_TRAIL_KEY,
            denied_by=["LogKey"],
        )
        for action in ("DisableKey", "PutKeyPolicy", "ScheduleKeyDeletion")
    ),
    Case(
        name="somebody of the log account disables another key",
        who=somebody(LOGS),
        action="kms:DisableKey",
        resource=_KEY,
        given={"kms:ResourceAliases": ["alias/another"]},
    ),
    Case(
        name="somebody takes the alias off the logs' key, by which the key is known",
        who=somebody(LOGS),
        action="kms:DeleteAlias",
        resource=f"arn:aws:kms:ap-southeast-1:{LOGS}:alias/pase-organization-trail",
        denied_by=["LogKeyAlias"],
    ),
    # The bootstrap's roles
    *(
        Case(
            name=f"somebody of {account} changes a role of the bootstrap: {action}",
            who=somebody(account),
            action=f"iam:{action}",
            resource=_role(account, f"cdk-hnb659fds-deploy-role-{account}-ap-southeast-1"),
            denied_by=["BootstrapRoles"],
        )
        for account, action in (
            (DEV, "UpdateAssumeRolePolicy"),
            (STAGING, "AttachRolePolicy"),
            (PROD, "PutRolePolicy"),
            (TOOLS, "DeleteRolePermissionsBoundary"),
            (LOGS, "CreateRole"),
        )
    ),
    Case(
        name="the pipeline's deployer widens its own role",
        who=somebody(PROD, _DEPLOYER),
        action="iam:AttachRolePolicy",
        resource=_role(PROD, _DEPLOYER),
        denied_by=["BootstrapRoles"],
    ),
    Case(
        name="an administrator bootstraps anew",
        who=somebody(PROD, _ADMINISTRATOR),
        action="iam:UpdateAssumeRolePolicy",
        resource=_role(PROD, f"cdk-hnb659fds-deploy-role-{PROD}-ap-southeast-1"),
    ),
    *(
        Case(
            name=f"somebody changes the bootstrap's stack: {action}",
            who=somebody(PROD),
            action=f"cloudformation:{action}",
            resource=f"arn:aws:cloudformation:ap-southeast-1:{PROD}:stack/CDKToolkit/1",
            denied_by=["BootstrapStack"],
        )
        for action in ("UpdateStack", "DeleteStack", "CreateChangeSet")
    ),
    # Roles and policies of the platform
    *(
        Case(
            name=f"somebody gives oneself a role that guardrails leave out: {name}",
            who=somebody(PROD),
            action="iam:CreateRole",
            resource=_role(PROD, name),
            denied_by=["PeoplesRoles", "PlatformRoles"],
        )
        for name in ("pase-break-glass", "pase-operator", "pase-github-prod")
    ),
    *(
        Case(
            name=f"a deployment changes who comes in: {action} of {name}",
            who=somebody(account, f"cdk-hnb659fds-cfn-exec-role-{account}-ap-southeast-1"),
            action=f"iam:{action}",
            resource=_role(account, name),
            denied_by=["PeoplesRoles"],
        )
        for account, action, name in (
            (PROD, "UpdateAssumeRolePolicy", "pase-break-glass"),
            (PROD, "PutRolePolicy", "pase-operator"),
            (STAGING, "AttachRolePolicy", "pase-qa"),
            (DEV, "CreateRole", "pase-developer"),
            (TOOLS, "UpdateAssumeRolePolicy", "pase-github-prod"),
        )
    ),
    *(
        Case(
            name=f"somebody changes a role of the platform by hand: {name}",
            who=somebody(account),
            action="iam:PutRolePolicy",
            resource=_role(account, name),
            denied_by=["PlatformRoles"],
        )
        for account, name in (
            (PROD, "pase-storefront-task-ap-southeast-1"),
            (TOOLS, "Pipeline-PipelineRoleB27FAA37-1"),
            (TOOLS, "Pipeline-evil"),
        )
    ),
    Case(
        name="a deployment changes a task's role",
        who=somebody(PROD, _DEPLOYER),
        action="iam:PutRolePolicy",
        resource=_role(PROD, "pase-storefront-task-ap-southeast-1"),
    ),
    Case(
        name="an administrator deploys the roles of people",
        who=somebody(PROD, _ADMINISTRATOR),
        action="iam:CreateRole",
        resource=_role(PROD, "pase-break-glass"),
    ),
    *(
        Case(
            name=f"a deployment loosens the boundary of people's roles: {action}",
            who=somebody(PROD, _DEPLOYER),
            action=f"iam:{action}",
            resource=f"arn:aws:iam::{PROD}:policy/pase-people",
            denied_by=["PeoplesBoundary"],
        )
        for action in ("CreatePolicyVersion", "DeletePolicy", "SetDefaultPolicyVersion")
    ),
    # Who enters the bootstrap's roles
    *(
        Case(
            name=f"somebody of the tools account deploys to {account}",
            who=somebody(TOOLS),
            action="sts:AssumeRole",
            resource=_role(account, f"cdk-hnb659fds-deploy-role-{account}-ap-southeast-1"),
            denied_by=["BootstrapRoleEntry"],
        )
        for account in (DEV, STAGING, PROD, TOOLS)
    ),
    Case(
        name="somebody outside of the organization deploys to Prod",
        who=somebody(OUTSIDE),
        action="sts:AssumeRole",
        resource=_role(PROD, f"cdk-hnb659fds-deploy-role-{PROD}-ap-southeast-1"),
        denied_by=["BootstrapRoleEntry"],
    ),
    Case(
        name="a role of Prod that is named as the pipeline's deploys",
        who=somebody(PROD, "Pipeline-PipelineRoleB27FAA37-1"),
        action="sts:AssumeRole",
        resource=_role(PROD, f"cdk-hnb659fds-deploy-role-{PROD}-ap-southeast-1"),
        denied_by=["BootstrapRoleEntry"],
    ),
    Case(
        name="the pipeline's role in another path deploys",
        who=somebody(TOOLS, "mine/Pipeline-PipelineRole"),
        action="sts:AssumeRole",
        resource=_role(PROD, f"cdk-hnb659fds-deploy-role-{PROD}-ap-southeast-1"),
        denied_by=["BootstrapRoleEntry"],
    ),
    *(
        Case(
            name=f"{who} enters the bootstrap's deploy role of {account}",
            who=somebody(caller, who),
            action="sts:AssumeRole",
            resource=_role(account, f"cdk-hnb659fds-deploy-role-{account}-ap-southeast-1"),
            trusted={"AWS": f"arn:aws:iam::{caller}:root"},
        )
        for caller, who, account in (
            (TOOLS, "Pipeline-PipelineRoleB27FAA37-1", DEV),
            (TOOLS, "Pipeline-PipelineRoleB27FAA37-1", PROD),
            (PROD, _ADMINISTRATOR, PROD),
            (PROD, "pase-break-glass", PROD),
        )
    ),
    Case(
        name="CloudFormation deploys under its role",
        who=_cloudformation,
        action="sts:AssumeRole",
        resource=_role(PROD, _DEPLOYER),
        trusted={"Service": "cloudformation.amazonaws.com"},
    ),
]
