"""A secret, a provider in memory, and invocations of the function that move call by call."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError

from lambdas.api_key_rotation.api_key import ApiKey
from lambdas.api_key_rotation.errors import KeyRejected
from lambdas.api_key_rotation.patience import Patience
from lambdas.api_key_rotation.ports import Key, NewKey
from lambdas.api_key_rotation.secret_value import key_id
from lambdas.rotation.errors import RotationError, StaleValue
from lambdas.rotation.events import RotationEvent, Step
from lambdas.rotation.log import Log
from lambdas.rotation.protocol import Rotation
from lambdas.rotation.secrets_manager import SecretsManagerStore
from rehearsal.clock import ManualClock
from rehearsal.secrets_manager import SecretsManager
from rehearsal.secrets_manager.secret import Secret
from tests.lambdas.api_key_rotation.keys import Keys, Record
from tests.lambdas.secret_rotation.memory import Calls, Client
from tests.support.interleaving import Invocation, hold

FUNCTION = "arn:aws:lambda:eu-west-1:111111111111:function:rotation"
OVERLAP = timedelta(hours=24)


class MemoryProvider:
    """`ports.Provider` without a network; each call may be held up, before and after it is made."""

    def __init__(self, keys: Keys, calls: Calls) -> None:
        self._keys = keys
        self._calls = calls

    def create(self, *, label: str, token: str) -> NewKey:
        """See `ports.Provider`."""
        self._calls.before_call("create")
        made = self._keys.make(label, once=token)
        self._calls.before_call("created")
        return NewKey(id=made.id, key=made.key)

    def list(self) -> Sequence[Key]:
        """See `ports.Provider`."""
        self._calls.before_call("list")
        return [
            Key(
                id=one.id,
                label=one.label,
                created=one.created,
                expires=one.expires,
                active=one.active,
            )
            for one in self._keys.listed()
        ]

    def publish(self, key_id: str) -> None:
        """See `ports.Provider`."""
        self._calls.before_call("publish")
        found = self._keys.find(key_id)
        if found is not None:
            found.active = True

    def verify(self, key: str) -> None:
        """See `ports.Provider`."""
        self._calls.before_call("verify")
        if not self._keys.accepts(key):
            raise KeyRejected("refused")

    def expire(self, key_id: str, at: datetime) -> bool:
        """See `ports.Provider`."""
        self._calls.before_call("expire")
        found = self._keys.find(key_id)
        if found is not None and self._keys.can_expire:
            found.expires = at
        return self._keys.can_expire

    def revoke(self, key_id: str) -> None:
        """See `ports.Provider`."""
        self._calls.before_call("revoke")
        found = self._keys.find(key_id)
        if found is not None:
            found.revoked = True


class HeldWorld:
    """Everything a rotation meets. It begins rotated once.

    ``owed``: until when a key that was current goes on working, at least.
    """

    def __init__(self, *, can_expire: bool, replays: bool, activates: bool) -> None:
        self.clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
        self.model = SecretsManager(clock=self.clock, account="111111111111", region="eu-west-1")
        calls = Calls(before_call=self._held)
        self.client = Client(self.model, calls)
        self.keys = Keys(
            now=self.clock.now,
            credential="",
            can_expire=can_expire,
            replays=replays,
            activates=activates,
        )
        self.provider = MemoryProvider(self.keys, calls)
        self.tokens: list[str] = []
        self.owed: dict[str, datetime] = {}
        self._last = ""
        self._by_hand = 0
        text = json.dumps({"endpoint": "https://pay.example"})
        made = self.client.ask("CreateSecret", Name="pase/shop/payments", SecretString=text)
        self.arn = str(made["ARN"])
        for one in self.rotate():
            raise one

    @property
    def secret(self) -> Secret:
        """The model's own record of the secret."""
        return self.model.secret(self.arn)

    def start(self) -> str:
        """RotateSecret, and the version that is to be rotated to: AWS goes on with one begun."""
        token = f"token-{len(self.tokens):026d}"
        try:
            self.client.ask(
                "RotateSecret",
                SecretId=self.arn,
                ClientRequestToken=token,
                RotationLambdaARN=FUNCTION,
                RotationRules={"AutomaticallyAfterDays": 30},
            )
        except ClientError:
            assert self.secret.rotating
        else:
            self.tokens.append(token)
        return self.secret.rotating

    def invoke(self, step: Step, token: str) -> Invocation:
        """Begin a step, up to its first call."""
        return Invocation(lambda: self._take(step, token))

    def rotate(self, *, token: str = "") -> list[RotationError]:
        """All four steps in turn, until one fails; what failed."""
        token = token or self.start()
        for step in Step:
            done = self.invoke(step, token)
            done.finish()
            if done.error is not None:
                if not isinstance(done.error, RotationError):
                    raise done.error
                return [done.error]
        return []

    def cancel(self) -> None:
        """CancelRotateSecret: labels stay where they are."""
        self.client.ask("CancelRotateSecret", SecretId=self.arn)

    def discard_pending(self) -> None:
        """A person gives a rotation up."""
        if pending := self.secret.labels.get("AWSPENDING"):
            self.client.ask(
                "UpdateSecretVersionStage",
                SecretId=self.arn,
                VersionStage="AWSPENDING",
                RemoveFromVersionId=pending,
            )

    def put_by_hand(self) -> None:
        """A person makes a key at the provider and puts it as the secret's value."""
        made = self.keys.make("by hand")
        made.active = True
        text = json.dumps({"key_id": made.id, "api_key": made.key})
        self.client.ask("PutSecretValue", SecretId=self.arn, SecretString=text)

    def current(self) -> Record:
        """AWSCURRENT's key, alive or not."""
        found = key_id(self.client.ask("GetSecretValue", SecretId=self.arn)["SecretString"])
        return next(one for one in self.keys.records if one.id == found)

    def check(self) -> None:
        """AWSCURRENT's key works, for good, and what was current goes on for as long as it should.

        Where keys cannot expire this is counted from when the next value was made.
        """
        current, now = self.current(), self.clock.now()
        if self._last and current.id != self._last:
            version = self.secret.versions[self.secret.labels["AWSCURRENT"]]
            since = now if self.keys.can_expire else version.created
            self.owed[self._last] = since + OVERLAP
        self._last = current.id
        alive = {one.id for one in self.keys.alive() if one.active}
        assert current.id in alive, "AWSCURRENT's key does not work"
        assert current.expires is None, "AWSCURRENT's key will end"
        early = [one for one, until in self.owed.items() if until > now and one not in alive]
        assert early == [], "a former key ended before the overlap"

    def end_rotated(self) -> None:
        """Whatever was left behind: a rotation now ends rotated.

        A pending value that has become useless is given up first, at the price of one failure.
        """
        if not self.secret.rotation_enabled:
            self.discard_pending()
        errors = self.rotate()
        if errors and isinstance(errors[0], StaleValue):
            errors = self.rotate()
        if errors:
            raise errors[0]
        self.check()

    def _held(self, name: str) -> None:
        hold(name)
        if self.tokens and self._last:
            self.check()

    def _take(self, step: Step, token: str) -> None:
        log = Log(secret="shop/payments")
        store = SecretsManagerStore(self.arn, client=self.client, conceal=log.conceal)
        Rotation(
            store=store,
            credential=ApiKey(
                provider=self.provider,
                name="memory",
                store=store,
                secret_arn=self.arn,
                overlap=OVERLAP,
                patience=Patience(lambda: 30, sleep=lambda _seconds: None),
                note=lambda _text: None,
                now=self.clock.now,
            ),
            now=self.clock.now,
        ).take(RotationEvent(step=step, secret_arn=self.arn, token=token))
