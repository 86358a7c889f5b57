"""CodeDeploy and the Parameter Store through boto3, which Lambda's Python runtime brings along.

Imported only when CodeDeploy asks: the gates and the command line need nothing but Python.
"""

from __future__ import annotations

from typing import Literal

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ..common.aws import CLIENT_CONFIG
from .hook import HookEvent, NotAnswered

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
