"""Step Functions through boto3, which Lambda's Python runtime brings along."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from ..common.aws import aws_client
from .aws_errors import AWS_ERRORS, code_of
from .ports import AwsError, Refused


class StepFunctions:
    """`ports.Machine` over the Step Functions API. Needs states:StartExecution on the machine."""

    def __init__(self, *, arn: str, client: Any = None) -> None:
        self._arn = arn
        self._client = client or aws_client("stepfunctions")

    def start(self, *, name: str, input: str) -> None:
        """See `ports.Machine.start`.

        The same name with the same input is the same execution while that runs, else
        ExecutionAlreadyExists
        (https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html).
        """
        try:
            self._client.start_execution(stateMachineArn=self._arn, name=name, input=input)
        except AWS_ERRORS as error:
            if code_of(error) == "ExecutionAlreadyExists":
                return
            kind = Refused if isinstance(error, ClientError) and _final(error) else AwsError
            raise kind(f"StartExecution of {self._arn} failed: {error}") from error


def _final(error: ClientError) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return status < 500 and "Throttl" not in code_of(error)
