"""What each kind of people may do in an environment's account: exact actions, named resources.

Everybody may look. What changes something is listed with what it is for. Nobody here reads a
secret's value but break-glass, and the secrets' own policies say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_iam as iam

from stacks.names import checks_function_name, rollback_name


@dataclass(frozen=True, kw_only=True)
class Place:
    """An environment's account, its Regions, and what everything in it is named by."""

    platform: str
    stage: str
    account: str
    regions: Sequence[str]

    def arns(self, service: str, *resources: str) -> list[str]:
        """The ARNs of these resources in each of the Regions."""
        return [
            f"arn:aws:{service}:{region}:{self.account}:{resource}"
            for region in self.regions
            for resource in resources
        ]


# Control planes only: nothing here is a customer's, but what the services write to their logs.
_LOOK = (
    "application-autoscaling:DescribeScalableTargets",
    "application-autoscaling:DescribeScalingActivities",
    "application-autoscaling:DescribeScalingPolicies",
    "application-autoscaling:DescribeScheduledActions",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStackResources",
    "cloudformation:DescribeStacks",
    "cloudformation:GetTemplate",
    "cloudformation:ListStackResources",
    "cloudformation:ListStacks",
    "cloudtrail:LookupEvents",
    "cloudwatch:DescribeAlarmHistory",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:DescribeAlarmsForMetric",
    "cloudwatch:GetDashboard",
    "cloudwatch:GetMetricData",
    "cloudwatch:GetMetricStatistics",
    "cloudwatch:GetMetricWidgetImage",
    "cloudwatch:ListDashboards",
    "cloudwatch:ListMetrics",
    "codedeploy:BatchGetDeployments",
    "codedeploy:BatchGetDeploymentTargets",
    "codedeploy:GetApplication",
    "codedeploy:GetApplicationRevision",
    "codedeploy:GetDeployment",
    "codedeploy:GetDeploymentConfig",
    "codedeploy:GetDeploymentGroup",
    "codedeploy:GetDeploymentTarget",
    "codedeploy:ListApplications",
    "codedeploy:ListDeploymentGroups",
    "codedeploy:ListDeployments",
    "codedeploy:ListDeploymentTargets",
    "ec2:DescribeNatGateways",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroupRules",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcs",
    "ecs:DescribeClusters",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:DescribeTasks",
    "ecs:DescribeTaskSets",
    "ecs:ListClusters",
    "ecs:ListServices",
    "ecs:ListTaskDefinitions",
    "ecs:ListTasks",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "events:DescribeRule",
    "events:ListRules",
    "events:ListTargetsByRule",
    "lambda:GetFunctionConfiguration",
    "lambda:ListFunctions",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:DescribeQueries",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:GetQueryResults",
    "logs:StartQuery",
    "logs:StopQuery",
    "rds:DescribeDBClusters",
    "rds:DescribeDBClusterSnapshots",
    "rds:DescribeDBInstances",
    "rds:DescribeEvents",
    "secretsmanager:DescribeSecret",
    "secretsmanager:ListSecrets",
    "secretsmanager:ListSecretVersionIds",
    "sns:ListSubscriptionsByTopic",
    "sns:ListTopics",
    "ssm:DescribeParameters",
    "states:DescribeExecution",
    "states:DescribeStateMachine",
    "states:ListExecutions",
    "states:ListStateMachines",
    "tag:GetResources",
)
_OWN = "Everything of its kind in this account is the environment's own; the account is its alone."

REASONS = {
    "Look": "Looking at the account, which is the environment's alone; most of these actions know "
    "no resource. No secret's value, no object and no row of a database is among them.",
    "LookAtParameters": "The platform's own parameters, which hold no secrets.",
    "Releases": "CodeDeploy in this account has this platform's releases only.",
    "ReleaseFunctions": "The checks of every service; a check only asks the service.",
    "ReleasesUnderWay": "They know no resource; CodeDeploy has this platform's releases only.",
    "RollbackDocument": "Any version of the one document that takes a release back.",
    "Rotations": "The platform's secrets; rotating one tells nobody its value.",
    "RotationFunctions": "RotateSecret asks for this right of its caller; each function takes a "
    "step of its own secret only, and only of a rotation that Secrets Manager has begun.",
    "SickTasks": "Tasks of the platform's cluster, of which ECS starts others.",
    "ShellInTask": "Tasks of the platform's cluster, in environments without customers' data.",
    "AlarmsForATest": "A state that is set lasts until the alarm's next evaluation.",
    "Secrets": "The platform's secrets; break-glass is there to repair them, and their policies "
    "name it.",
    "SecretsKey": "Through Secrets Manager only, whose secrets have policies of their own.",
    "Databases": _OWN,
    "Buckets": "Buckets of this account only; one that is deleted has to be empty, and no right "
    "to delete objects is here.",
    "Stacks": "Ends what hangs; neither brings a new template in.",
    "Traffic": _OWN,
    "Services": _OWN,
    "Rules": _OWN,
}
"""Why a statement's wildcards are safe, by its Sid."""


def look(place: Place) -> list[iam.PolicyStatement]:
    """See what there is and how it does: what `python -m ops status`, `watch`, `history` read."""
    return [
        iam.PolicyStatement(sid="Look", actions=list(_LOOK), resources=["*"]),
        iam.PolicyStatement(
            sid="LookAtParameters",
            actions=["ssm:GetParameter", "ssm:GetParameters"],
            resources=place.arns("ssm", f"parameter/{place.platform}/*"),
        ),
    ]


def operate(place: Place) -> list[iam.PolicyStatement]:
    """Releases and rotations, as `python -m ops` does them: docs/releases.md, docs/secrets.md."""
    platform = place.platform
    return [
        iam.PolicyStatement(
            sid="Releases",
            # CreateDeployment asks for the three of the revision, group and configuration:
            # https://docs.aws.amazon.com/codedeploy/latest/userguide/auth-and-access-control-permissions-reference.html
            actions=["codedeploy:CreateDeployment", "codedeploy:RegisterApplicationRevision"],
            # Not service by service: a role's policy has room for some thirty of them.
            resources=place.arns("codedeploy", "deploymentgroup:*", "application:*"),
        ),
        iam.PolicyStatement(
            sid="ReleasesUnderWay",
            # They know no resource.
            actions=["codedeploy:ContinueDeployment", "codedeploy:StopDeployment"],
            resources=["*"],
        ),
        iam.PolicyStatement(
            sid="ReleaseFunctions",
            actions=["lambda:InvokeFunction"],
            resources=place.arns(
                "lambda",
                f"function:{rollback_name(platform)}",
                f"function:{checks_function_name(platform, '*')}",
            ),
        ),
        iam.PolicyStatement(
            sid="RollbackDocument",
            actions=["ssm:StartAutomationExecution"],
            resources=place.arns(
                "ssm",
                f"document/{rollback_name(platform)}",
                f"automation-definition/{rollback_name(platform)}:*",
            ),
        ),
        iam.PolicyStatement(
            sid="Rotations",
            actions=["secretsmanager:RotateSecret"],
            resources=place.arns("secretsmanager", f"secret:{platform}/*"),
        ),
        iam.PolicyStatement(
            sid="RotationFunctions",
            # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
            actions=["lambda:InvokeFunction"],
            resources=place.arns("lambda", f"function:{place.stage}-Secrets-*"),
        ),
        iam.PolicyStatement(
            sid="SickTasks",
            # ECS starts another one.
            actions=["ecs:StopTask"],
            resources=place.arns("ecs", f"task/{platform}/*"),
        ),
    ]


def develop(place: Place) -> list[iam.PolicyStatement]:
    """What operators may, and a shell in a task, and alarms that ring for a test."""
    platform = place.platform
    return [
        *operate(place),
        iam.PolicyStatement(
            sid="ShellInTask",
            actions=["ecs:ExecuteCommand"],
            resources=place.arns("ecs", f"cluster/{platform}", f"task/{platform}/*"),
        ),
        iam.PolicyStatement(
            sid="AlarmsForATest",
            actions=["cloudwatch:SetAlarmState"],
            resources=place.arns("cloudwatch", "alarm:*"),
        ),
    ]


def repair(place: Place) -> list[iam.PolicyStatement]:
    """Break-glass: what nobody else may touch, and what the runbooks ask for."""
    platform = place.platform
    return [
        *operate(place),
        iam.PolicyStatement(
            sid="Secrets",
            actions=[
                "secretsmanager:CancelRotateSecret",
                "secretsmanager:DeleteResourcePolicy",
                "secretsmanager:DeleteSecret",
                "secretsmanager:GetResourcePolicy",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutResourcePolicy",
                "secretsmanager:PutSecretValue",
                "secretsmanager:RestoreSecret",
                "secretsmanager:UpdateSecret",
                "secretsmanager:UpdateSecretVersionStage",
            ],
            resources=place.arns("secretsmanager", f"secret:{platform}/*"),
        ),
        iam.PolicyStatement(
            sid="SecretsKey",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=place.arns("kms", "key/*"),
            conditions={
                "StringEquals": {
                    "kms:ViaService": [
                        f"secretsmanager.{region}.amazonaws.com" for region in place.regions
                    ]
                }
            },
        ),
        iam.PolicyStatement(
            sid="Databases",
            actions=[
                "rds:DeleteDBCluster",
                "rds:DeleteDBClusterSnapshot",
                "rds:DeleteDBInstance",
                "rds:FailoverDBCluster",
                "rds:ModifyDBCluster",
                "rds:ModifyDBInstance",
                "rds:RebootDBInstance",
                "rds:RestoreDBClusterFromSnapshot",
                "rds:RestoreDBClusterToPointInTime",
            ],
            resources=place.arns(
                "rds", "cluster:*", "db:*", "cluster-snapshot:*", "cluster-pg:*", "subgrp:*"
            ),
        ),
        iam.PolicyStatement(
            sid="Buckets",
            actions=["s3:DeleteBucket", "s3:ListBucket"],
            resources=["arn:aws:s3:::*"],
            conditions={"StringEquals": {"aws:ResourceAccount": place.account}},
        ),
        iam.PolicyStatement(
            sid="Stacks",
            actions=[
                "cloudformation:CancelUpdateStack",
                "cloudformation:ContinueUpdateRollback",
                "cloudformation:RollbackStack",
            ],
            resources=place.arns("cloudformation", f"stack/{place.stage}-*"),
        ),
        iam.PolicyStatement(
            sid="Traffic",
            # Users back to a group by hand, when CodeDeploy itself is out of order.
            actions=["elasticloadbalancing:ModifyListener"],
            resources=place.arns("elasticloadbalancing", "listener/app/*"),
        ),
        iam.PolicyStatement(
            sid="Services",
            actions=["ecs:UpdateService"],
            resources=place.arns("ecs", f"service/{platform}/*"),
        ),
        iam.PolicyStatement(
            sid="Rules",
            actions=["events:DisableRule", "events:EnableRule"],
            resources=place.arns("events", f"rule/{place.stage}-*"),
        ),
    ]
