"""One execution environment whose process is gone when it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.errors import FunctionError
from rehearsal.functions.sandbox import Sandbox

from .packages import HANDLER, Started, write_package


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """One that has answered once."""
    started = Started(tmp_path / "log")
    found = Sandbox(
        start=started,
        name="small",
        handler=HANDLER,
        folder=write_package(tmp_path / "asset"),
        environment={},
    )
    assert found.run({"do": "tell"}, seconds=30)["calls"] == 1
    yield found
    found.close()
    assert started.alive == []


@pytest.mark.parametrize("size", [1, 100_000])
def test_an_event_that_cannot_be_handed_over_is_an_error_of_the_function(
    sandbox: Sandbox, size: int
) -> None:
    sandbox.kill()
    assert not sandbox.alive
    with pytest.raises(FunctionError, match=r"^Runtime\.ExitError: "):
        sandbox.run({"do": "tell", "much": "x" * size}, seconds=30)
    sandbox.close()


def test_it_is_closed_as_often_as_one_likes(sandbox: Sandbox) -> None:
    sandbox.close()
    sandbox.close()
    assert not sandbox.alive
