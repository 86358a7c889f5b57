"""A secret, its database server and invocations of the function that move call by call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError

from lambdas.databases.login import Login, parse_login
from lambdas.rotation.errors import StaleValue
from lambdas.rotation.events import RotationEvent, Step
from lambdas.rotation.log import Log
from lambdas.rotation.protocol import Rotation
from lambdas.rotation.secrets_manager import SecretsManagerStore
from lambdas.secret_rotation.database_login import DatabaseLogin
from rehearsal.clock import ManualClock
from rehearsal.secrets_manager import SecretsManager
from rehearsal.secrets_manager.secret import Secret
from tests.lambdas.secret_rotation.memory import Calls, Client, Role, Server, secret_text
from tests.support.interleaving import Invocation, hold

OWNER, LOGINS = "shop_owner", ("shop_a", "shop_b")
FUNCTION = "arn:aws:lambda:eu-west-1:111111111111:function:rotation"


class World:
    """Everything a rotation meets. With one login it is a single user's."""

    def __init__(
        self, logins: Sequence[str] = LOGINS, *, minimum_age: timedelta = timedelta()
    ) -> None:
        self._minimum_age = minimum_age
        calls = Calls(before_call=hold)
        self.logins = tuple(logins)
        self.clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
        self.model = SecretsManager(clock=self.clock, account="111111111111", region="eu-west-1")
        self.client = Client(self.model, calls)
        self.server = Server(calls, admin="admin-password-0")
        self.arn = self._new("shop/database", secret_text("shop_a", "first-password"))
        self.admin_arn = self._new("shop/admin", secret_text("admin", self.server.admin))
        self.server.roles["shop_a"] = Role(password="first-password", member_of=OWNER)
        self.tokens: list[str] = []
        self._admins = 0

    @property
    def secret(self) -> Secret:
        """The model's own record of the secret."""
        return self.model.secret(self.arn)

    @property
    def single(self) -> bool:
        """Whether one login is displaced, rather than two taking turns."""
        return len(self.logins) == 1

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

    def rotate(self, *, token: str | None = None) -> list[BaseException]:
        """All four steps in turn, until one fails; what failed.

        With two logins nothing that worked before ceases to work in between.
        """
        token = token or self.start()
        worked = self.works() and not self.single
        for step in Step:
            done = self.invoke(step, token)
            while not done.over:
                done.step()
                assert self.works() or not worked, f"{step} after {done.calls}"
            if done.error is not None:
                return [done.error]
        return []

    def discard_pending(self) -> None:
        """What an operator does after a cancelled rotation."""
        if pending := self.secret.rotating:
            self.client.ask(
                "UpdateSecretVersionStage",
                SecretId=self.arn,
                VersionStage="AWSPENDING",
                RemoveFromVersionId=pending,
            )

    def cancel(self) -> None:
        """CancelRotateSecret: labels stay where they are."""
        self.client.ask("CancelRotateSecret", SecretId=self.arn)

    def change_admin(self) -> None:
        """The admin password is changed, in the server and in its secret."""
        self._admins += 1
        self.server.admin = f"admin-password-{self._admins}"
        text = secret_text("admin", self.server.admin)
        self.client.ask("PutSecretValue", SecretId=self.admin_arn, SecretString=text)

    def put_by_hand(self, username: str) -> None:
        """A person changes a login's password in the server and puts it as the secret's value."""
        password = f"by-hand-{len(self.secret.versions)}"
        self.server.roles[username] = Role(password=password, member_of=OWNER)
        self.client.ask(
            "PutSecretValue", SecretId=self.arn, SecretString=secret_text(username, password)
        )

    def current(self) -> Login:
        """What AWSCURRENT says."""
        text = self.client.ask("GetSecretValue", SecretId=self.arn)["SecretString"]
        return parse_login(text, named="AWSCURRENT")

    def works(self) -> bool:
        """Whether what AWSCURRENT says logs in, now."""
        return self.server.accepts(self.current())

    def end_rotated(self) -> None:
        """Whatever was left behind: a rotation now ends rotated, and AWSCURRENT logs in.

        A pending value that has become useless is given up first, at the price of one failure.
        """
        if not self.secret.rotation_enabled:
            self.discard_pending()
        token = self.start()
        errors = self.rotate(token=token)
        if errors and isinstance(errors[0], StaleValue):
            token = self.start()
            errors = self.rotate(token=token)
        if errors:
            raise errors[0]
        assert self.secret.labels["AWSCURRENT"] == token
        assert self.works()

    def _new(self, name: str, text: str) -> str:
        return str(self.client.ask("CreateSecret", Name=name, SecretString=text)["ARN"])

    def _take(self, step: Step, token: str) -> None:
        log = Log(secret="shop/database")

        def store(arn: str) -> SecretsManagerStore:
            return SecretsManagerStore(arn, client=self.client, conceal=log.conceal)

        Rotation(
            store=store(self.arn),
            credential=DatabaseLogin(
                engine=lambda _name: self.server,
                admin=store(self.admin_arn).current,
                owner=OWNER,
                logins=self.logins,
            ),
            minimum_age=self._minimum_age,
            now=self.clock.now,
        ).take(RotationEvent(step=step, secret_arn=self.arn, token=token))
