"""A secret, a provider over HTTPS, and the real handler, in time that is turned by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from lambdas.api_key_rotation.handler import take
from lambdas.api_key_rotation.label import Label
from lambdas.api_key_rotation.patience import Patience
from lambdas.rotation.events import Step
from lambdas.rotation.running import RotationFailed
from rehearsal.clock import ManualClock
from rehearsal.secrets_manager import SecretsManager
from rehearsal.secrets_manager.secret import Secret
from tests.lambdas.api_key_rotation.keys import Keys, Record
from tests.lambdas.api_key_rotation.provider import Provider
from tests.lambdas.secret_rotation.memory import Calls, Client

FUNCTION = "arn:aws:lambda:eu-west-1:111111111111:function:rotation"
CREDENTIAL = "the-management-credential-0"
OVERLAP = 24 * 3600
DAY = 86400.0


class World:
    """Everything a rotation meets. ``sleeps``: how long it waited, in all its invocations."""

    def __init__(self, ca: Path) -> None:
        self.clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
        self.model = SecretsManager(clock=self.clock, account="111111111111", region="eu-west-1")
        self.client: Any = Client(self.model, Calls())
        self.keys = Keys(now=self.clock.now, credential=CREDENTIAL)
        self.provider = Provider(self.keys)
        self.arn = self._new("pase/storefront/payments", {"endpoint": "https://pay.example"})
        self.credential_arn = self._new("pase/payments-management", {"token": CREDENTIAL})
        self.environ = {
            "SECRET_ARN": self.arn,
            "PROVIDER": "http",
            "PROVIDER_SECRET_ARN": self.credential_arn,
            "OVERLAP_SECONDS": str(OVERLAP),
            "PROVIDER_CA_BUNDLE": str(ca),
        }
        self.sleeps: list[float] = []
        self.time_left = 30.0
        self._tokens = 0

    @property
    def secret(self) -> Secret:
        """The model's own record of the secret."""
        return self.model.secret(self.arn)

    def start(self) -> str:
        """RotateSecret, and the version that is to be rotated to: AWS goes on with one begun."""
        self._tokens += 1
        try:
            self.ask(
                "RotateSecret",
                ClientRequestToken=f"token-{self._tokens:026d}",
                RotationLambdaARN=FUNCTION,
                RotationRules={"AutomaticallyAfterDays": 30},
            )
        except ClientError:
            assert self.secret.rotating
        return self.secret.rotating

    def take(self, step: Step, token: str) -> str:
        """A step; the error's kind, empty when it went well."""
        event = {"Step": str(step), "SecretId": self.arn, "ClientRequestToken": token}
        environ = {"PROVIDER_URL": self.provider.url, **self.environ}
        patience = Patience(lambda: self.time_left, sleep=self.sleeps.append)
        try:
            take(event, environ, patience=patience, client=self.client, now=self.clock.now)
        except RotationFailed as error:
            self.said = str(error)
            return self.said.partition(":")[0]
        return ""

    def rotate(self, token: str = "") -> str:
        """All four steps in turn until one fails; the error's kind. What worked goes on working."""
        token = token or self.start()
        worked = self.works()
        for step in Step:
            kind = self.take(step, token)
            assert self.works() or not worked, step
            if kind:
                return kind
        return ""

    def current(self) -> dict[str, Any]:
        """AWSCURRENT."""
        found: dict[str, Any] = json.loads(self.ask("GetSecretValue")["SecretString"])
        return found

    def works(self) -> bool:
        """Whether AWSCURRENT's key opens anything, now."""
        return any(
            one.active and one.key == self.current().get("api_key") for one in self.keys.alive()
        )

    def pass_days(self, days: float) -> None:
        """Let time pass."""
        self.clock.advance(days * DAY)

    def key_of(self, token: str) -> Record:
        """The key in the version."""
        content = self.secret.versions[token].content
        key_id = json.loads(content["SecretString"])["key_id"]
        return next(one for one in self.keys.records if one.id == key_id)

    def label(self, token: str) -> str:
        """The label of this secret's keys of that rotation."""
        return Label(secret_arn=self.arn, token=token).text()

    def discard_pending(self) -> None:
        """A person gives a rotation up."""
        if pending := self.secret.labels.get("AWSPENDING"):
            self.ask(
                "UpdateSecretVersionStage", VersionStage="AWSPENDING", RemoveFromVersionId=pending
            )

    def put_by_hand(self, value: Mapping[str, Any]) -> None:
        """A person puts a value that is current at once."""
        self.ask("PutSecretValue", SecretString=json.dumps(value))

    def ask(self, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """An operation on the secret."""
        found: Mapping[str, Any] = self.client.ask(operation, SecretId=self.arn, **parameters)
        return found

    def _new(self, name: str, value: Mapping[str, str]) -> str:
        made = self.client.ask("CreateSecret", Name=name, SecretString=json.dumps(value))
        return str(made["ARN"])
