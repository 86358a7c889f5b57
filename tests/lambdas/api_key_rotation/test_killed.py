"""The function's process is killed at every call that leaves it, and the next run completes it.

A real provider behind TLS, the function's own code in a process that dies as Lambda's does;
somebody uses AWSCURRENT's key all the while.
"""

from __future__ import annotations

import http.client
import json
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from lambdas.api_key_rotation.label import Label
from lambdas.rotation.events import Step
from rehearsal.clock import ScaledClock
from rehearsal.secrets_manager import SecretsManager
from tests.lambdas.api_key_rotation.keys import Keys
from tests.lambdas.api_key_rotation.provider import Provider, serving
from tests.lambdas.secret_rotation.real import ACCOUNT, REGION, ROOT, served
from tests.support.certificates import Certificate

CREDENTIAL = "the-management-credential"
PLACES_AT_LEAST = {Step.CREATE: 16, Step.SET: 20, Step.TEST: 8, Step.FINISH: 20}


class Real:
    """The secret, the provider, and the function's process."""

    def __init__(self, ca: Path, log: Path, *, can_expire: bool, replays: bool) -> None:
        self.model = SecretsManager(
            clock=ScaledClock(datetime.now(UTC), factor=1), account=ACCOUNT, region=REGION
        )
        self.keys = Keys(
            now=lambda: datetime.now(UTC),
            credential=CREDENTIAL,
            can_expire=can_expire,
            replays=replays,
            activates=True,
        )
        self.log = log
        self.arn = self._new("pase/shop/payments", {"endpoint": "https://pay.example"})
        self.credential_arn = self._new("pase/management", {"token": CREDENTIAL})
        self.provider = Provider(self.keys)
        self.url = ""
        self._ca = ca
        self._tokens = 0
        self._victim = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.lambdas.secret_rotation.victim"),
                "tests.lambdas.api_key_rotation.function",
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self) -> str:
        """RotateSecret; the version to be rotated to."""
        self._tokens += 1
        token = f"rotation-{self._tokens}".ljust(36, "-")
        self.model.call(
            "RotateSecret",
            {
                "SecretId": self.arn,
                "ClientRequestToken": token,
                "RotationLambdaARN": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:rotation",
                "RotationRules": {"AutomaticallyAfterDays": 30},
            },
        )
        return token

    def take(self, step: Step, token: str, *, die_at: int = -1) -> dict[str, Any]:
        """A step, killed at a place or not. What came of it."""
        environ = {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "SECRET_ARN": self.arn,
            "PROVIDER": "http",
            "PROVIDER_SECRET_ARN": self.credential_arn,
            "PROVIDER_URL": self.provider.url,
            "PROVIDER_CA_BUNDLE": str(self._ca),
            "OVERLAP_SECONDS": "3600",
        }
        event = {"Step": step, "SecretId": self.arn, "ClientRequestToken": token}
        request = {"event": event, "environ": environ, "die_at": die_at, "log": str(self.log)}
        assert self._victim.stdin is not None
        assert self._victim.stdout is not None
        self._victim.stdin.write(json.dumps(request) + "\n")
        self._victim.stdin.flush()
        answered: dict[str, Any] = json.loads(self._victim.stdout.readline())
        return answered

    def rotate(self) -> str:
        """A whole rotation."""
        token = self.start()
        for step in Step:
            done = self.take(step, token)
            assert done["error"] is None, done
        return token

    def current(self) -> dict[str, Any]:
        """AWSCURRENT."""
        text = self.model.call("GetSecretValue", {"SecretId": self.arn})["SecretString"]
        found: dict[str, Any] = json.loads(text)
        return found

    def close(self) -> None:
        """End the function's process."""
        assert self._victim.stdin is not None
        self._victim.stdin.close()
        self._victim.wait(10)

    def _new(self, name: str, value: dict[str, str]) -> str:
        given = {"Name": name, "SecretString": json.dumps(value)}
        return str(self.model.call("CreateSecret", given)["ARN"])


class Prober:
    """Uses what AWSCURRENT says, all the time."""

    def __init__(self, world: Real, ca: Path) -> None:
        self.uses = 0
        self.refused: list[str] = []
        self._world = world
        self._trust = ssl.create_default_context(cafile=ca)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Prober:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def wait_for_one(self) -> None:
        """Until a use that begins now is through."""
        goal = self.uses + 2
        while self.uses < goal and self._thread.is_alive():
            time.sleep(0.001)

    def _run(self) -> None:
        url = urlsplit(self._world.provider.url)
        connection = http.client.HTTPSConnection("localhost", url.port, context=self._trust)
        while not self._over.is_set():
            current = self._world.current()
            headers = {"Authorization": f"Bearer {current['api_key']}"}
            connection.request("GET", f"{url.path}/whoami", headers=headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                self.refused.append(f"{current['key_id']}: {answer.status}")
            self.uses += 1
            time.sleep(0.002)
        connection.close()


@contextmanager
def real(
    localhost: Certificate, folder: Path, *, can_expire: bool, replays: bool
) -> Iterator[Real]:
    """All of it."""
    world = Real(localhost.ca, folder / "log", can_expire=can_expire, replays=replays)
    try:
        with serving(world.keys, localhost) as provider, served(world.model) as url:
            world.provider, world.url = provider, url
            yield world
    finally:
        world.close()


@pytest.mark.parametrize(
    ("step", "able"),
    [*((step, True) for step in Step), (Step.CREATE, False), (Step.FINISH, False)],
)
def test_a_step_killed_at_any_place_is_completed_and_awscurrent_s_key_always_works(
    localhost: Certificate, tmp_path: Path, step: Step, able: bool
) -> None:
    """``able``: the provider ends keys by itself, and gives the same key for the same rotation."""
    steps = list(Step)
    with real(localhost, tmp_path, can_expire=able, replays=able) as world:
        labels = ("", "by hand", Label(secret_arn=world.credential_arn, token="t").text())
        others = [world.keys.make(one) for one in labels]
        world.rotate()
        with Prober(world, localhost.ca) as prober:
            place = 0
            while True:
                token, former = world.start(), world.current()
                for before in steps[: steps.index(step)]:
                    assert world.take(before, token)["error"] is None
                done = world.take(step, token, die_at=place)
                if not done["killed"]:
                    assert done["error"] is None
                    break
                prober.wait_for_one()
                # From any step: another one each time, but none that a dead one should have made.
                for one in (*steps[place % len(steps) :], Step.FINISH):
                    answered = world.take(one, token)
                    assert answered["error"] is None, (place, one, answered)
                current = world.current()
                assert world.model.secret(world.arn).labels["AWSCURRENT"] == token
                ours = [one.key for one in world.keys.labelled(f"{world.arn}#{token}")]
                assert ours == [current["api_key"]], place
                assert world.keys.accepts(former["api_key"])
                place += 1
            for one in steps[steps.index(step) :]:
                assert world.take(one, token)["error"] is None
            assert prober.uses > place
            assert prober.refused == []
        assert place >= PLACES_AT_LEAST[step]
        assert [one for one in others if one.revoked or one.expires] == []
        kept = {one.key for one in world.keys.labelled(world.arn) if one.expires is None}
        if able:
            assert kept == {world.current()["api_key"]}
        else:
            # All were made within the overlap: none has ended but those whose values were lost.
            assert len(kept) == place + 2
        log = world.log.read_text()
        assert [one.id for one in world.keys.records if one.key in log] == []
        assert CREDENTIAL not in log
