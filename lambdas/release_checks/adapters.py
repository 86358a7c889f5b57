"""CodeDeploy and the Parameter Store through boto3, which Lambda's Python runtime brings along.

Imported only when CodeDeploy asks: the gates and the command line need nothing but Python.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ..common.aws import CLIENT_CONFIG, aws_client
from .hook import HookEvent, NotAnswered
from .readiness import TargetsUnknown

# Four tries of at most 3 + 5 s, and pauses of at most 1, 2 and 4 s: 39 s.
_ANSWER_CONFIG = CLIENT_CONFIG.merge(Config(retries={"mode": "standard", "total_max_attempts": 4}))
_REPORT_CONFIG = CLIENT_CONFIG.merge(
    Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 1})
)
_ALREADY_COMPLETED = "LifecycleEventAlreadyCompletedException"


class LifecycleHooks:
    """`hook.CodeDeploy` with the credentials of the function's role.

    Needs codedeploy:PutLifecycleEventHookExecutionStatus, an action that knows no resource
    (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodedeploy.html).
    """

    def answer(self, event: HookEvent, *, passed: bool) -> None:
        """See `hook.CodeDeploy.answer`."""
        status: Literal["Succeeded", "Failed"] = "Succeeded" if passed else "Failed"
        try:
            boto3.client(
                "codedeploy", config=_ANSWER_CONFIG
            ).put_lifecycle_event_hook_execution_status(
                deploymentId=event.deployment_id,
                lifecycleEventHookExecutionId=event.execution_id,
                status=status,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != _ALREADY_COMPLETED:
                raise _not_answered(event, status, error) from error
            print(f"{event.deployment_id}: CodeDeploy has had an answer to this event already")
        except BotoCoreError as error:
            raise _not_answered(event, status, error) from error


class TestTargets:
    """`readiness.Targets` of the target group that the test listener leads to.

    Needs elasticloadbalancing:DescribeListeners and DescribeTargetHealth, which know no resource
    (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html).
    """

    def __init__(self, listener: str) -> None:
        self._listener = listener

    def states(self) -> Sequence[str]:
        """See `readiness.Targets.states`."""
        elbv2 = aws_client("elbv2")
        try:
            listeners = elbv2.describe_listeners(ListenerArns=[self._listener])["Listeners"]
            (group,) = _groups(listeners[0]["DefaultActions"])
            found = elbv2.describe_target_health(TargetGroupArn=group)
        except (BotoCoreError, ClientError) as error:
            raise TargetsUnknown(str(error)) from error
        except ValueError:
            raise TargetsUnknown(f"{self._listener} leads to more than one group") from None
        return [one["TargetHealth"]["State"] for one in found["TargetHealthDescriptions"]]


def _groups(actions: Sequence[Mapping[str, Any]]) -> set[str]:
    """The target groups that get requests."""
    found = set()
    for action in actions:
        weighted = action.get("ForwardConfig", {}).get("TargetGroups", [])
        found |= {one["TargetGroupArn"] for one in weighted if one.get("Weight", 1)}
        if not weighted and "TargetGroupArn" in action:
            found.add(action["TargetGroupArn"])
    return found


class ReportParameter:
    """`hook.Reports` in one SSM parameter. Needs ssm:PutParameter on it.

    One try of 5 s at most: an old report is passed over by its deployment's id, while a late
    answer fails the release.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def keep(self, document: str) -> None:
        """See `hook.Reports.keep`."""
        client = boto3.client("ssm", config=_REPORT_CONFIG)
        client.put_parameter(Name=self._name, Value=document, Type="String", Overwrite=True)


def _not_answered(event: HookEvent, status: str, error: Exception) -> NotAnswered:
    return NotAnswered(
        f"CodeDeploy did not take {status} for {event.deployment_id} "
        f"(hook execution {event.execution_id}): {error}"
    )
