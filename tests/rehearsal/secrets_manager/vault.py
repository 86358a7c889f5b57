"""One account's Secrets Manager with a secret, and a rotation function that is played."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from rehearsal.clock import ManualClock, play
from rehearsal.errors import FunctionError
from rehearsal.secrets_manager import SecretsManager
from rehearsal.wire import attach

NAME = "shop/database"
FUNCTION = "arn:aws:lambda:eu-west-1:111111111111:function:rotation"
START = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
DAILY = {"ScheduleExpression": "rate(1 day)"}


def token(number: int) -> str:
    """A ClientRequestToken."""
    return f"{number:032d}"


class Vault:
    """``steps``: those the function was asked for; it fails at ``broken``, and does ``meanwhile``
    before each.
    """

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.events: list[Mapping[str, Any]] = []
        self.steps: list[Mapping[str, str]] = []
        self.broken = ""
        self.idle = False
        self.meanwhile: Callable[[str], object] = lambda _step: None
        self.model = SecretsManager(
            clock=self.clock,
            account="111111111111",
            region="eu-west-1",
            invoke=self._run,
            publish=self.events.append,
        )
        make: Any = boto3.client
        self.client = make("secretsmanager", region_name="eu-west-1")
        attach(self.client, self.model)
        self.arn: str = self.client.create_secret(
            Name=NAME, SecretString="value 0", ClientRequestToken=token(0)
        )["ARN"]
        self.events.clear()

    def put(self, number: int, *labels: str, value: str = "") -> dict[str, Any]:
        """A version of that number, with these labels; AWSCURRENT without any."""
        stages = {"VersionStages": list(labels)} if labels else {}
        found: dict[str, Any] = self.client.put_secret_value(
            SecretId=NAME,
            SecretString=value or f"value {number}",
            ClientRequestToken=token(number),
            **stages,
        )
        return found

    def value(self, **asked: str) -> str:
        """GetSecretValue."""
        return str(self.client.get_secret_value(SecretId=NAME, **asked)["SecretString"])

    def labels(self) -> dict[str, int]:
        """Label -> the number of its version."""
        found = self.client.describe_secret(SecretId=NAME)["VersionIdsToStages"]
        return {label: int(version) for version, has in found.items() for label in has}

    def describe(self) -> dict[str, Any]:
        """DescribeSecret."""
        found: dict[str, Any] = self.client.describe_secret(SecretId=NAME)
        return found

    def rotate(self, number: int, **given: Any) -> None:
        """RotateSecret, with a daily schedule; its steps are taken by `run`."""
        self.client.rotate_secret(
            SecretId=NAME,
            ClientRequestToken=token(number),
            RotationLambdaARN=FUNCTION,
            **{"RotationRules": DAILY, **given},
        )

    def move(self, label: str, **given: str) -> None:
        """UpdateSecretVersionStage."""
        self.client.update_secret_version_stage(SecretId=NAME, VersionStage=label, **given)

    def run(self, *, hours: float = 0) -> None:
        """Let time pass, and everything happen that is due."""
        play(self.clock, [self.model.rotations], seconds=hours * 3600)

    def told(self) -> list[str]:
        """The names of the events so far: of CloudTrail's, or which label moved."""
        return [
            str(one["detail"].get("eventName") or one["detail"]["labelUpdated"])
            for one in self.events
        ]

    def asked(self) -> list[str]:
        """The steps that the function was asked for."""
        return [one["Step"] for one in self.steps]

    def _run(self, function: str, event: Mapping[str, str]) -> None:
        assert function == FUNCTION
        self.steps.append(event)
        step, version = event["Step"], event["ClientRequestToken"]
        self.meanwhile(step)
        if step == self.broken:
            raise FunctionError("Broken", "as the test wants it")
        if step == "createSecret":
            self.client.put_secret_value(
                SecretId=event["SecretId"],
                SecretString=f"value of {version}",
                ClientRequestToken=version,
                VersionStages=["AWSPENDING"],
            )
        if step == "finishSecret" and not self.idle:
            current = self.client.get_secret_value(SecretId=NAME)["VersionId"]
            self.move("AWSCURRENT", MoveToVersionId=version, RemoveFromVersionId=current)


def refused(code: str, call: Callable[[], object]) -> str:
    """The message of a call that is refused with that code."""
    with pytest.raises(ClientError) as caught:
        call()
    assert caught.value.response["Error"]["Code"] == code
    return str(caught.value.response["Error"]["Message"])
