"""What watches over secrets: how old they are, and whether services run with what they say."""

from __future__ import annotations

import json
from collections.abc import Mapping

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from config.rotation_time import RESTART_LOOKS_MINUTES
from constructs_lib.acknowledge import acknowledge_all
from constructs_lib.function_rule import FunctionRule
from constructs_lib.private_function import PrivateFunction, PrivateFunctionProps
from constructs_lib.readable_secret import ReadableSecret
from constructs_lib.secret_alarms import function_failure_alarm
from stacks.secrets_common import SecretsContext

Injected = Mapping[str, Mapping[str, ReadableSecret]]
"""Service -> name -> a secret that ECS injects into its tasks."""


def watch_age(
    scope: Construct, *, context: SecretsContext, secrets: Mapping[str, ReadableSecret]
) -> None:
    """Publish the days since the last rotation of each of ``secrets`` (by name), every hour.

    The function is told names: ARNs of many would not fit into an environment's 4 KB
    (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
    """
    function = PrivateFunction(
        scope,
        "Age",
        props=PrivateFunctionProps(
            package="secret_age",
            description="Publishes how long ago each secret was rotated",
            timeout=Duration.minutes(2),
            environment={"SECRETS": json.dumps(list(secrets))},
            statements=[
                iam.PolicyStatement(
                    actions=["secretsmanager:DescribeSecret"],
                    resources=[secret.arn for secret in secrets.values()],
                )
            ],
            log_retention=context.log_retention,
            log_removal_policy=context.removal_policy,
        ),
    )
    FunctionRule(
        scope,
        "AgeHourly",
        description="How old are the secrets?",
        schedule="rate(1 hour)",
        functions={"Age": function.function},
    )
    function_failure_alarm(
        scope,
        "AgeFails",
        function_name=function.function.function_name,
        description="The age of some secrets cannot be told; the function's log says of which",
        topic_arn=context.topic_arn,
    )


def watch_services(scope: Construct, *, context: SecretsContext, injected: Injected) -> None:
    """Restart the services of ``injected`` when their secrets have changed.

    By events where they arrive, and by looking every few minutes where they do not. The events
    are those of any secret and any release: the function looks at what is, and a pattern that
    named many secrets would be longer than EventBridge takes.
    """
    restart = _restart(scope, context=context, injected=injected)
    functions = {"Restart": restart.function}
    FunctionRule(
        scope,
        "SecretChanged",
        description="A secret that ECS injects has another current value",
        # https://docs.aws.amazon.com/secretsmanager/latest/userguide/event-detail-secret-label-updated-secretsmanager.html
        event_pattern={
            "source": ["aws.secretsmanager"],
            "detail-type": ["Secret Label Updated"],
            "detail": {"labelUpdated": ["AWSCURRENT"]},
        },
        functions=functions,
    )
    FunctionRule(
        scope,
        "RotationSucceeded",
        description="A rotation has ended, by CloudTrail",
        # https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieve-ct-entries.html
        event_pattern={
            "source": ["aws.secretsmanager"],
            "detail-type": ["AWS Service Event via CloudTrail"],
            "detail": {"eventName": ["RotationSucceeded"]},
        },
        functions=functions,
    )
    FunctionRule(
        scope,
        "ReleaseChanged",
        description="A release waits, or has ended, which a restart may have waited for",
        # https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-cloudwatch-events.html
        event_pattern={
            "source": ["aws.codedeploy"],
            "detail-type": ["CodeDeploy Deployment State-change Notification"],
            "detail": {"state": ["READY", "SUCCESS", "FAILURE", "STOP"]},
        },
        functions=functions,
    )
    FunctionRule(
        scope,
        "RestartWatchdog",
        description="Finds the restart that a lost event left undone",
        schedule=f"rate({RESTART_LOOKS_MINUTES} minutes)",
        functions=functions,
    )
    function_failure_alarm(
        scope,
        "RestartFails",
        function_name=restart.function.function_name,
        description="A service could not be restarted for its rotated secret; the function's log "
        "says why (docs/secrets.md)",
        topic_arn=context.topic_arn,
    )


def _restart(scope: Construct, *, context: SecretsContext, injected: Injected) -> PrivateFunction:
    stack, platform = Stack.of(scope), context.platform_name
    colon, whole = ArnFormat.COLON_RESOURCE_NAME, ArnFormat.NO_RESOURCE_NAME

    def codedeploy(kind: str, name: str) -> str:
        return stack.format_arn(
            service="codedeploy", resource=kind, resource_name=name, arn_format=colon
        )

    groups = [codedeploy("deploymentgroup", f"{service}/*") for service in injected]
    applications = [codedeploy("application", service) for service in injected]
    configs = codedeploy("deploymentconfig", "*")
    services = [
        stack.format_arn(service="ecs", resource=f"service/{platform}/{service}", arn_format=whole)
        for service in injected
    ]
    alarms = stack.format_arn(
        service="cloudwatch", resource="alarm", resource_name="*", arn_format=colon
    )
    function = PrivateFunction(
        scope,
        "Restart",
        props=PrivateFunctionProps(
            package="secret_redeployment",
            libraries=("rollback",),
            description="Restarts services whose injected secrets have changed",
            timeout=Duration.minutes(2),
            environment={
                "CLUSTER": platform,
                "SERVICES": json.dumps({name: list(some) for name, some in injected.items()}),
            },
            statements=[
                iam.PolicyStatement(
                    actions=[
                        "secretsmanager:DescribeSecret",
                        "secretsmanager:ListSecretVersionIds",
                    ],
                    resources=[one.arn for some in injected.values() for one in some.values()],
                ),
                iam.PolicyStatement(
                    actions=[
                        "codedeploy:BatchGetDeployments",
                        "codedeploy:CreateDeployment",
                        "codedeploy:GetDeploymentGroup",
                        "codedeploy:ListDeployments",
                    ],
                    resources=groups,
                ),
                iam.PolicyStatement(
                    actions=[
                        "codedeploy:GetApplicationRevision",
                        "codedeploy:RegisterApplicationRevision",
                    ],
                    resources=applications,
                ),
                iam.PolicyStatement(
                    actions=["codedeploy:GetDeploymentConfig"], resources=[configs]
                ),
                iam.PolicyStatement(actions=["ecs:DescribeServices"], resources=services),
                iam.PolicyStatement(
                    actions=["codedeploy:ContinueDeployment", "ecs:DescribeTaskDefinition"],
                    resources=["*"],
                ),
                iam.PolicyStatement(actions=["cloudwatch:DescribeAlarms"], resources=[alarms]),
            ],
            any_resource="Reading a task definition and letting a deployment go on know no "
            "resource (Service Authorization Reference). The function lets only deployments go on "
            "that it has started itself, of a version that serves already.",
            log_retention=context.log_retention,
            log_removal_policy=context.removal_policy,
        ),
    )
    why = (
        "The releases of the services that have injected secrets, which stacks after this one "
        "make; restarting them is what the function is for."
    )
    acknowledge_all(
        function.role,
        {
            f"AwsSolutions-IAM5[Resource::{resource}]": why
            for resource in (*groups, configs, alarms)
        },
    )
    return function
