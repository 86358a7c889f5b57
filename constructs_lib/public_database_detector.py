"""Turns databases that are made publicly accessible back: what no service control policy can do.

Why, and what is left out: ``lambdas/public_databases``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.acknowledge import acknowledge_all
from constructs_lib.function_rule import FunctionRule
from constructs_lib.private_function import PrivateFunction, PrivateFunctionProps
from constructs_lib.secret_alarms import function_failure_alarm

NAMESPACE = "Pase/Governance"
METRIC = "PublicDatabases"
"""How many databases a look found public (``lambdas/public_databases``)."""

LOOK_MINUTES = 5
LONGEST_LOOK_MINUTES = 60
LOOKS_UNTIL_ALARM = 6
"""So many in a row, all of which found a public database: something keeps it public."""

_CALLS = (
    "CreateDBCluster",
    "CreateDBInstance",
    "CreateDBInstanceReadReplica",
    "ModifyDBInstance",
    "RestoreDBClusterFromSnapshot",
    "RestoreDBClusterToPointInTime",
    "RestoreDBInstanceFromDBSnapshot",
    "RestoreDBInstanceFromS3",
    "RestoreDBInstanceToPointInTime",
)
"""Those that have PubliclyAccessible: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/"""


@dataclass(frozen=True, kw_only=True)
class PublicDatabaseDetectorProps:
    """Where reverts are reported and remembered.

    ``publish`` are the statements that a role needs to publish to the topic
    (``NotificationTopic.publish_statements``). ``parameters`` is the path, with a leading slash and
    none at its end, below which the function keeps SSM parameters, and nobody else does.
    ``look_minutes``: between two looks that no event asks for, from ``LOOK_MINUTES`` to
    ``LONGEST_LOOK_MINUTES``.
    """

    topic_arn: str
    publish: Sequence[iam.PolicyStatement]
    parameters: str
    log_retention: logs.RetentionDays
    log_removal_policy: RemovalPolicy
    look_minutes: int = LOOK_MINUTES


class PublicDatabaseDetector(Construct):
    """The function, what invokes it, and its alarms. Attribute: ``function``.

    One in each Region of an account that may have databases. Raises ``ValueError`` for
    ``parameters`` and ``look_minutes`` that are not as said.
    """

    def __init__(self, scope: Construct, id: str, *, props: PublicDatabaseDetectorProps) -> None:
        super().__init__(scope, id)
        _check(props)
        self.function: lambda_.Function = self._function(props)
        self._rules(props)
        self._alarms(props)

    def _function(self, props: PublicDatabaseDetectorProps) -> lambda_.Function:
        stack = Stack.of(self)
        instances, clusters = (
            stack.format_arn(
                service="rds",
                resource=kind,
                resource_name="*",
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
            for kind in ("db", "cluster")
        )
        path = stack.format_arn(
            service="ssm",
            resource=f"parameter{props.parameters}",
            arn_format=ArnFormat.NO_RESOURCE_NAME,
        )
        function = PrivateFunction(
            self,
            "Detector",
            props=PrivateFunctionProps(
                package="public_databases",
                description="Turns publicly accessible databases back, and reports it",
                timeout=Duration.minutes(5),
                environment={"TOPIC_ARN": props.topic_arn, "PARAMETERS": props.parameters},
                statements=[
                    *_on_databases(instances, clusters),
                    iam.PolicyStatement(actions=["ssm:GetParametersByPath"], resources=[path]),
                    iam.PolicyStatement(
                        actions=["ssm:DeleteParameter", "ssm:PutParameter"],
                        resources=[f"{path}/*"],
                    ),
                    *props.publish,
                ],
                log_retention=props.log_retention,
                log_removal_policy=props.log_removal_policy,
            ),
        )
        acknowledge_all(
            function.role,
            {
                f"AwsSolutions-IAM5[Resource::{instances}]": "Any database of this account and "
                "Region may be made public, under any name; turning it back is what the function "
                "is for. ModifyDBInstance has no condition key for what is modified; without a "
                "right to parameter, option and subnet groups it cannot attach any.",
                f"AwsSolutions-IAM5[Resource::{clusters}]": "Lists the clusters, to tell of those "
                "that are public; the action only reads.",
                f"AwsSolutions-IAM5[Resource::{path}/*]": "A few parameters for each database that "
                "was ever public, under a path that nothing else has.",
            },
        )
        return function.function

    def _rules(self, props: PublicDatabaseDetectorProps) -> None:
        functions = {"Detector": self.function}
        FunctionRule(
            self,
            "Called",
            description="A call may have made a database public, by CloudTrail",
            # https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-rds.html
            event_pattern={
                "source": ["aws.rds"],
                "detail-type": ["AWS API Call via CloudTrail"],
                "detail": {"eventSource": ["rds.amazonaws.com"], "eventName": list(_CALLS)},
            },
            functions=functions,
        )
        FunctionRule(
            self,
            "Changed",
            description="A database was created, restored, started or changed",
            # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
            event_pattern={
                "source": ["aws.rds"],
                "detail-type": ["RDS DB Instance Event"],
                "detail": {
                    "EventCategories": [
                        "availability",
                        "configuration change",
                        "creation",
                        "notification",
                        "read replica",
                        "restoration",
                    ]
                },
            },
            functions=functions,
        )
        FunctionRule(
            self,
            "Watchdog",
            description="Finds the public database of which no event told, or that had to wait",
            schedule=f"rate({props.look_minutes} minutes)",
            functions=functions,
        )

    def _alarms(self, props: PublicDatabaseDetectorProps) -> None:
        function_failure_alarm(
            self,
            "Fails",
            function_name=self.function.function_name,
            description="A publicly accessible database could not be made private, or that was "
            "not reported; the detector's log says which and why",
            topic_arn=props.topic_arn,
        )
        minutes = LOOKS_UNTIL_ALARM * props.look_minutes
        cloudwatch.CfnAlarm(
            self,
            "StaysPublic",
            alarm_description=f"For {minutes} minutes every look has found a publicly accessible "
            "database; the detector's log says which, and what keeps it so",
            namespace=NAMESPACE,
            metric_name=METRIC,
            statistic="Sum",
            period=props.look_minutes * 60,
            evaluation_periods=LOOKS_UNTIL_ALARM,
            datapoints_to_alarm=LOOKS_UNTIL_ALARM,
            threshold=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            # No line of the log: no database is public.
            treat_missing_data="notBreaching",
            alarm_actions=[props.topic_arn],
        )


def _on_databases(instances: str, clusters: str) -> list[iam.PolicyStatement]:
    """No condition key lets a role only make private: rds:PubliclyAccessible is none of
    rds:ModifyDBInstance's
    (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html).

    rds:ModifyDBCluster is not needed: it cannot change whether a cluster is public.
    """
    return [
        iam.PolicyStatement(
            actions=["rds:DescribeDBInstances", "rds:ModifyDBInstance"], resources=[instances]
        ),
        iam.PolicyStatement(actions=["rds:DescribeDBClusters"], resources=[clusters]),
    ]


def _check(props: PublicDatabaseDetectorProps) -> None:
    if not props.parameters.startswith("/") or props.parameters.endswith("/"):
        raise ValueError(
            "parameters must be the path of SSM parameters with a leading slash and none at its "
            f"end, as /pase/public-databases; it is {props.parameters!r}"
        )
    if not LOOK_MINUTES <= props.look_minutes <= LONGEST_LOOK_MINUTES:
        raise ValueError(
            f"look_minutes must be from {LOOK_MINUTES} to {LONGEST_LOOK_MINUTES}, it is "
            f"{props.look_minutes}"
        )
