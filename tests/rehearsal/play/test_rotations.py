"""Rotations as they are written down, from the events of the model itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

import pytest

from rehearsal.clock import ScaledClock
from rehearsal.errors import FunctionError
from rehearsal.play.recorder import Recorder, Zero
from rehearsal.play.rotations import RotationLog
from rehearsal.recording import EnvironmentRecord
from rehearsal.secrets_manager import SecretsManager

from ..secrets_manager.vault import NAME, START, token


class Written:
    """A model whose rotations are written down; its function does what the test says."""

    def __init__(self) -> None:
        self.broken = ""
        self.record = EnvironmentRecord(
            name="prod", account="1", region="r", service="shop", strategy="canary"
        )
        self.recorder = Recorder(
            record=self.record, zero=Zero(moment=time.monotonic()), lock=threading.Lock()
        )
        log = RotationLog(
            record=self.record,
            recorder=self.recorder,
            why=lambda: self.model.rotations.failures[-1],
        )
        self.model = SecretsManager(
            clock=ScaledClock(START, factor=1),
            account="111111111111",
            region="eu-west-1",
            invoke=self._run,
            publish=log.published,
        )
        self.call("CreateSecret", Name=NAME, SecretString="value", ClientRequestToken=token(0))

    def call(self, operation: str, **given: object) -> None:
        self.model.call(operation, given)

    def rotate(self, number: int = 1, **given: object) -> None:
        self.call(
            "RotateSecret",
            SecretId=NAME,
            ClientRequestToken=token(number),
            RotationLambdaARN="arn",
            RotationRules={"AutomaticallyAfterDays": 30},
            **given,
        )

    def marks(self) -> list[str]:
        return [one.text for one in self.record.marks]

    def _run(self, _function: str, event: Mapping[str, str]) -> None:
        if event["Step"] == self.broken:
            raise FunctionError("Refused", "the login is refused")
        version = event["ClientRequestToken"]
        if event["Step"] == "createSecret":
            self.call(
                "PutSecretValue",
                SecretId=NAME,
                SecretString=version,
                ClientRequestToken=version,
                VersionStages=["AWSPENDING"],
            )
        if event["Step"] == "finishSecret":
            self.call(
                "UpdateSecretVersionStage",
                SecretId=NAME,
                VersionStage="AWSCURRENT",
                MoveToVersionId=version,
                RemoveFromVersionId=token(0),
            )


@pytest.fixture
def written() -> Written:
    return Written()


def test_a_rotation_is_written_down_from_its_beginning_to_its_end(written: Written) -> None:
    written.rotate()
    (record,) = written.record.rotations
    assert (record.secret, record.result, record.end) == (NAME, "running", None)
    written.model.rotations.run_due()
    assert record.result == "succeeded"
    assert record.end is not None
    assert record.end >= record.start
    assert {one.kind for one in written.record.marks} == {"rotation"}
    assert written.marks() == [
        f"{NAME} begins to rotate",
        f"{NAME} has rotated after 0.0 s",
    ]


def test_a_failed_rotation_says_why_and_is_the_same_one_when_it_is_tried_again(
    written: Written,
) -> None:
    written.broken = "setSecret"
    written.rotate()
    written.model.rotations.run_due()
    (record,) = written.record.rotations
    assert record.result == "failed"
    assert record.reason == f"{NAME}: setSecret: Refused: the login is refused"
    assert written.marks()[-1].endswith(record.reason)
    written.broken = ""
    with pytest.raises(Exception, match="will be reattempted"):
        written.rotate(2)
    written.model.rotations.run_due()
    assert written.record.rotations == [record]
    assert (record.result, record.reason) == ("succeeded", "")


def test_a_value_put_by_hand_abandons_it(written: Written) -> None:
    written.rotate()
    written.call("PutSecretValue", SecretId=NAME, SecretString="mine")
    (record,) = written.record.rotations
    assert record.result == "abandoned"


def test_a_test_of_the_configuration_is_no_rotation(written: Written) -> None:
    written.rotate(RotateImmediately=False)
    written.model.rotations.run_due()
    assert written.record.rotations == []
    assert written.marks() == []
