"""What people may do once they are in: every statement of every role, and what none of them may."""

from __future__ import annotations

from collections.abc import Sequence

from tests.iam.cases.case import Case, role
from tests.iam.world import DEV, PROD, REGION, STAGING, TOOLS

DEVELOPER, QA, OPERATOR, BREAK_GLASS = (
    "pase-developer",
    "pase-qa",
    "pase-operator",
    "pase-break-glass",
)
STAGES = {DEV: "Dev", STAGING: "Staging", PROD: "Prod"}
BREAK_GLASSES = [(account, BREAK_GLASS) for account in STAGES]
OPERATING = [(DEV, DEVELOPER), (PROD, OPERATOR), *BREAK_GLASSES]
LOOKING = [*OPERATING, (STAGING, QA)]
EVERYBODY = [*LOOKING, (TOOLS, OPERATOR)]
_VIA_SECRETS = {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}

Uses = Sequence[tuple[str, str]]
_ROAD = f"arn:aws:codepipeline:{REGION}:{TOOLS}:pase"


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{{account}}:{resource}"


_SECRET = _arn("secretsmanager", "secret:pase/storefront/database-AbCdEf")
_CLUSTER, _INSTANCE = _arn("rds", "cluster:orders"), _arn("rds", "db:orders")
_TASK = _arn("ecs", "task/pase/1")
_LISTENER = _arn("elasticloadbalancing", "listener/app/a/1/2")
_SERVICE = _arn("ecs", "service/pase/storefront")
_GROUP = _arn("codedeploy", "deploymentgroup:storefront/storefront")

_LOOKS: Uses = [
    ("ecs:DescribeServices", _SERVICE),
    ("logs:FilterLogEvents", _arn("logs", "log-group:mine")),
    ("secretsmanager:DescribeSecret", _SECRET),
    ("ssm:GetParameter", _arn("ssm", "parameter/pase/storefront/task-definition")),
]
_OPERATES: Uses = [
    ("codedeploy:CreateDeployment", _GROUP),
    ("codedeploy:StopDeployment", "*"),
    ("lambda:InvokeFunction", _arn("lambda", "function:pase-rollback")),
    ("ssm:StartAutomationExecution", _arn("ssm", "automation-definition/pase-rollback:1")),
    ("secretsmanager:RotateSecret", _SECRET),
    ("lambda:InvokeFunction", _arn("lambda", "function:{stage}-Secrets-Rotation-1")),
    ("ecs:StopTask", _TASK),
]
_DEVELOPS: Uses = [
    ("ecs:ExecuteCommand", _TASK),
    ("cloudwatch:SetAlarmState", _arn("cloudwatch", "alarm:storefront-GreenErrorRate")),
]
_REPAIRS: Uses = [
    ("secretsmanager:GetSecretValue", _SECRET),
    ("secretsmanager:PutResourcePolicy", _SECRET),
    ("rds:ModifyDBInstance", _INSTANCE),
    ("elasticloadbalancing:ModifyListener", _LISTENER),
    ("ecs:UpdateService", _SERVICE),
    ("events:DisableRule", _arn("events", "rule/{stage}-Releases-1")),
    ("cloudformation:ContinueUpdateRollback", _arn("cloudformation", "stack/{stage}-Data/1")),
]
_CHANGES: Uses = [
    ("codedeploy:CreateDeployment", _GROUP),
    ("codedeploy:StopDeployment", "*"),
    ("ecs:UpdateService", _SERVICE),
    ("ecs:StopTask", _TASK),
    ("ecs:ExecuteCommand", _TASK),
    ("secretsmanager:RotateSecret", _SECRET),
    ("secretsmanager:PutSecretValue", _SECRET),
    ("lambda:InvokeFunction", _arn("lambda", "function:pase-rollback")),
    ("rds:ModifyDBInstance", _INSTANCE),
    ("logs:DeleteLogGroup", _arn("logs", "log-group:mine")),
    ("cloudwatch:SetAlarmState", _arn("cloudwatch", "alarm:storefront-GreenErrorRate")),
    ("ssm:PutParameter", _arn("ssm", "parameter/pase/storefront/task-definition")),
    ("ec2:AuthorizeSecurityGroupIngress", _arn("ec2", "security-group/sg-1")),
    ("s3:PutObject", "arn:aws:s3:::orders/1"),
]
_BEYOND: Uses = [
    ("iam:CreateRole", "arn:aws:iam::{account}:role/mine"),
    ("iam:PassRole", "arn:aws:iam::{account}:role/pase-break-glass"),
    ("iam:UpdateAssumeRolePolicy", "arn:aws:iam::{account}:role/Dev-Anything"),
]


def _case(who: tuple[str, str], use: tuple[str, str], **more: object) -> Case:
    account, name = who
    action, resource = use
    resource = resource.format(account=account, stage=STAGES.get(account, ""))
    return Case(
        name=f"{name} in {STAGES.get(account, 'Tools')}: {action} on {resource}",
        who=role(account, name),
        action=action,
        resource=resource,
        owner=account,
        **more,  # type: ignore[arg-type] # of Case's own fields
    )


_IDENTITY = ["identity policies", "resource policy"]

CASES = [
    *(_case(who, use) for who in LOOKING for use in _LOOKS),
    *(_case(who, use) for who in OPERATING for use in _OPERATES),
    *(_case((DEV, DEVELOPER), use) for use in _DEVELOPS),
    *(_case(who, use) for who in BREAK_GLASSES for use in _REPAIRS),
    *(
        _case(
            who,
            ("kms:Decrypt", _arn("kms", "key/1")),
            given=_VIA_SECRETS,
        )
        for who in BREAK_GLASSES
    ),
    *(_case(who, ("s3:DeleteBucket", "arn:aws:s3:::orders")) for who in BREAK_GLASSES),
    # Testers look and change nothing.
    *(_case((STAGING, QA), use, unheard=_IDENTITY) for use in _CHANGES),
    # Nobody but break-glass knows a secret or touches a database, and operators have no shell.
    *(
        _case(who, use, unheard=_IDENTITY)
        for who in ((DEV, DEVELOPER), (PROD, OPERATOR))
        for use in (
            ("secretsmanager:GetSecretValue", _SECRET),
            ("secretsmanager:PutSecretValue", _SECRET),
            ("rds:ModifyDBInstance", _INSTANCE),
            ("ecs:UpdateService", _SERVICE),
            (
                "elasticloadbalancing:ModifyListener",
                _LISTENER,
            ),
            ("s3:GetObject", "arn:aws:s3:::orders/1"),
            ("ssm:GetParameter", _arn("ssm", "parameter/another/secret")),
            ("lambda:InvokeFunction", _arn("lambda", "function:another")),
            ("secretsmanager:RotateSecret", _arn("secretsmanager", "secret:another-AbCdEf")),
        )
    ),
    *(
        _case((PROD, OPERATOR), use, unheard=_IDENTITY)
        for use in (
            ("ecs:ExecuteCommand", _TASK),
            ("cloudwatch:SetAlarmState", _arn("cloudwatch", "alarm:storefront-GreenErrorRate")),
        )
    ),
    _case(
        (PROD, OPERATOR),
        ("rds:DeleteDBCluster", _CLUSTER),
        denied_by=["DatabaseDeletion"],
    ),
    Case(
        name="break-glass decrypts with the key, past Secrets Manager",
        who=role(PROD, BREAK_GLASS),
        action="kms:Decrypt",
        resource=f"arn:aws:kms:{REGION}:{PROD}:key/1",
        unheard=["identity policies"],
    ),
    Case(
        name="break-glass deletes a bucket of another account",
        who=role(PROD, BREAK_GLASS),
        action="s3:DeleteBucket",
        resource="arn:aws:s3:::orders",
        owner=STAGING,
        unheard=_IDENTITY,
    ),
    Case(
        name="break-glass of Prod reads a secret of Staging",
        who=role(PROD, BREAK_GLASS),
        action="secretsmanager:GetSecretValue",
        resource=_SECRET.format(account=STAGING),
        unheard=_IDENTITY,
    ),
    # The boundary: what no role of people ever does, whatever is added to its policies.
    *(
        _case(who, use, denied_by=["IdentitiesStay"])
        for who in EVERYBODY
        for use in _BEYOND
        if use[0] != "iam:CreateRole" or who[0] != TOOLS
    ),
    *(
        Case(
            name=f"{name} of {account} {does}",
            who=role(account, name),
            action=action,
            resource=resource.format(account=account),
            given=given,
            denied_by=denied_by,
        )
        for account, name in ((DEV, DEVELOPER), (STAGING, QA), (PROD, OPERATOR), (TOOLS, OPERATOR))
        for does, action, resource, given, denied_by in (
            (
                "puts a new version in the boundary's place",
                "iam:CreatePolicyVersion",
                "arn:aws:iam::{account}:policy/pase-people",
                {},
                ["BoundaryStays", "IdentitiesStay", "PeoplesBoundary"],
            ),
            (
                "takes the boundary off a role",
                "iam:DeleteRolePermissionsBoundary",
                "arn:aws:iam::{account}:role/mine",
                {},
                ["BoundaryStaysOn", "IdentitiesStay"],
            ),
            (
                "looks at the organization",
                "organizations:DescribeOrganization",
                "*",
                {},
                ["OrganizationStays"],
            ),
            (
                "enters the bootstrap's deploy role",
                "sts:AssumeRole",
                "arn:aws:iam::{account}:role/cdk-hnb659fds-deploy-role-{account}-ap-southeast-1",
                {},
                ["BootstrapRoleEntry", "BootstrapRolesStayThePipelines"],
            ),
            (
                "updates a stack with the role that it was deployed with",
                "cloudformation:UpdateStack",
                "arn:aws:cloudformation:ap-southeast-1:{account}:stack/Prod-Data/1",
                {},
                ["StacksStayThePipelines"],
            ),
            (
                "gives a trail's data away",
                "cloudtrail:PutResourcePolicy",
                "arn:aws:cloudtrail:ap-southeast-1:{account}:eventdatastore/1",
                {},
                ["TrailsStay"],
            ),
            (
                "makes data unreadable",
                "kms:DisableKey",
                "arn:aws:kms:ap-southeast-1:{account}:key/1",
                {"kms:ResourceAliases": ["alias/orders"]},
                ["KeysStay"],
            ),
        )
    ),
    # Beside the pipeline
    *(
        Case(
            name=f"an operator at the road: {action} on {resource}",
            who=role(TOOLS, OPERATOR),
            action=action,
            resource=resource,
        )
        for action, resource in (
            ("codepipeline:GetPipelineState", _ROAD),
            ("codepipeline:ListPipelines", "*"),
            ("codebuild:BatchGetBuilds", f"arn:aws:codebuild:{REGION}:{TOOLS}:project/1"),
            (
                "codepipeline:RetryStageExecution",
                f"{_ROAD}/Prod",
            ),
            (
                "codepipeline:PutApprovalResult",
                f"{_ROAD}/Prod/ApproveProd",
            ),
        )
    ),
    *(
        Case(
            name=f"an operator changes the road: {action}",
            who=role(TOOLS, OPERATOR),
            action=action,
            resource=resource,
            unheard=_IDENTITY,
        )
        for action, resource in (
            ("codepipeline:UpdatePipeline", _ROAD),
            (
                "codepipeline:DisableStageTransition",
                f"{_ROAD}/Prod",
            ),
            ("codebuild:StartBuild", f"arn:aws:codebuild:{REGION}:{TOOLS}:project/1"),
            ("ecr:PutImage", f"arn:aws:ecr:{REGION}:{TOOLS}:repository/pase/storefront"),
        )
    ),
]
