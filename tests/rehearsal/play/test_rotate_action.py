"""The action `rotate`: once, or again and again until the release has ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from rehearsal.errors import RehearsalError
from rehearsal.play.actions import Actions
from rehearsal.play.world import World
from rehearsal.scenario.model import Action
from rehearsal.wire import left_alone
from tests.support.mocked_aws import mocked_aws

from ..secrets_manager.vault import NAME, Vault


@pytest.fixture
def vault() -> Iterator[Vault]:
    """A secret that is configured to rotate, and has done so once."""
    with mocked_aws(), left_alone("secretsmanager"):
        made = Vault()
        made.rotate(1)
        made.run()
        yield made


def actions(vault: Vault, **given: Any) -> Actions:
    """Of one step in Prod that rotates the secret from its start on."""
    prod = SimpleNamespace(
        name="prod",
        record=SimpleNamespace(deployments=[]),
        parts=SimpleNamespace(account=SimpleNamespace(client=lambda _: vault.client)),
        database_secret=lambda: vault.arn,
    )
    world = SimpleNamespace(
        environments=[prod],
        environment=lambda _: prod,
        clock=SimpleNamespace(factor=20),
        zero=SimpleNamespace(at=0.0),
        turn=threading.Lock(),
    )
    action = Action.model_validate({"when": "Start", "in": "prod", "do": "rotate", **given})
    return Actions(cast(World, world), [action])


def rotations(vault: Vault) -> int:
    """How many have begun after the first one."""
    return vault.told().count("RotationStarted") - 1


def look(found: Actions, vault: Vault, *, seconds: float) -> None:
    """Look at what is due for a while, as the player does; every rotation goes through."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found.run_due()
        vault.run()
        time.sleep(0.02)


def test_a_secret_is_rotated_once(vault: Vault) -> None:
    found = actions(vault)
    assert not found.done
    look(found, vault, seconds=0.3)
    assert found.done
    assert rotations(vault) == 1


def test_a_secret_is_rotated_again_until_the_release_has_ended(vault: Vault) -> None:
    found = actions(vault, every_seconds=1)
    look(found, vault, seconds=2.5)
    assert rotations(vault) == 3
    assert found.done, "what is only done again keeps nobody waiting"
    found.end()
    look(found, vault, seconds=1.2)
    assert rotations(vault) == 3


def test_a_rotation_waits_for_one_that_has_not_ended(vault: Vault) -> None:
    vault.broken = "testSecret"
    vault.client.rotate_secret(SecretId=NAME)
    vault.run()
    vault.broken = ""
    found = actions(vault)
    found.run_due()
    assert not found.done
    look(found, vault, seconds=0.3)
    assert found.done
    assert rotations(vault) == 2
    assert vault.told()[-1] == "RotationSucceeded"


def test_a_secret_that_cannot_be_rotated_ends_the_scenario(vault: Vault) -> None:
    vault.client.delete_secret(SecretId=NAME)
    found = actions(vault)
    found.run_due()
    with pytest.raises(RehearsalError, match="marked for deletion"):
        found.run_due()
