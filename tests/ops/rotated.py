"""Secrets that rotate in the world of the tests: the strict model, and a function that is played.

moto notes the real time when a task set is made; here it is the models' clock's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rehearsal.clock import ManualClock
from rehearsal.ecs_records import services
from rehearsal.errors import FunctionError
from rehearsal.secrets_manager import SecretsManager
from rehearsal.secrets_manager.rotation import Publish

FUNCTION = "pase-storefront-database-rotation"


class Secrets:
    """The model. ``broken``: the step at which the rotation function fails; empty: none."""

    def __init__(self, *, clock: ManualClock, account: str, region: str, publish: Publish) -> None:
        self.broken = ""
        self.function = f"arn:aws:lambda:{region}:{account}:function:{FUNCTION}"
        self.model = SecretsManager(
            clock=clock, account=account, region=region, invoke=self._step, publish=publish
        )
        self._values = 0

    def make(self, name: str, *, every_days: int | None = 30) -> str:
        """A secret with a value; its ARN. ``every_days`` None: rotation is not configured."""
        arn: str = self.call("CreateSecret", Name=name, SecretString="value 0")["ARN"]
        if every_days is not None:
            secret = self.model.secret(arn)
            secret.function = self.function
            secret.rules = {"ScheduleExpression": f"rate({every_days} days)"}
            secret.rotation_enabled = True
        return arn

    def rotate(self, arn: str) -> str:
        """RotateSecret; the version that it leads to. Its steps are taken as time passes."""
        version: str = self.call("RotateSecret", SecretId=arn)["VersionId"]
        return version

    def put(self, arn: str) -> None:
        """Put a value by hand."""
        self._values += 1
        self.call("PutSecretValue", SecretId=arn, SecretString=f"value {self._values}")

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self.model.call(operation, parameters)

    def _step(self, function: str, event: Mapping[str, str]) -> None:
        assert function == self.function
        step, arn, token = event["Step"], event["SecretId"], event["ClientRequestToken"]
        if step == self.broken:
            raise FunctionError("AdminLoginRefused", "the admin secret's login is refused")
        if step == "createSecret":
            self.call(
                "PutSecretValue",
                SecretId=arn,
                ClientRequestToken=token,
                SecretString=f"value of {token}",
                VersionStages=["AWSPENDING"],
            )
        if step == "finishSecret":
            labels = self.call("DescribeSecret", SecretId=arn)["VersionIdsToStages"]
            (current,) = [version for version, has in labels.items() if "AWSCURRENT" in has]
            self.call(
                "UpdateSecretVersionStage",
                SecretId=arn,
                VersionStage="AWSCURRENT",
                MoveToVersionId=token,
                RemoveFromVersionId=current,
            )


class TaskSetTimes:
    """Notes when task sets were made, as an actor of the clock."""

    def __init__(self, *, clock: ManualClock, account: str, region: str) -> None:
        self._clock = clock
        self._place = (account, region)
        self._seen: set[str] = set()

    def run_due(self) -> None:
        for service in services(*self._place):
            for task_set in service.task_sets:
                if task_set.task_set_arn not in self._seen:
                    self._seen.add(task_set.task_set_arn)
                    task_set.createdAt = self._clock.now()

    def next_due(self) -> datetime | None:
        """It acts when anybody else does."""
        return None
