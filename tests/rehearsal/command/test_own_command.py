"""A service whose own command does not start.

The exit status is 2: nothing was rehearsed, because the input, container.local_command, cannot be
used. 1 is for what was rehearsed and was not as expected.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.example import STOREFRONT, copy_example
from tests.support.templates import Templates

from .command import HOLDS, play, started

LOCAL_COMMAND = 'local_command = ["python", "-m", "storefront"]'


@pytest.mark.parametrize(
    ("own", "words"),
    [
        (
            "local_command = ['python', '-c', 'print(\"reading settings\"); raise SystemExit(\"no"
            " settings\")']",
            ("ended with status 1", "reading settings", "no settings"),
        ),
        ("local_command = ['no-such-program']", ("could not be started", "no-such-program")),
    ],
    ids=["ends at once", "is not there"],
)
def test_a_task_that_does_not_start_is_told_with_its_own_last_words(
    home: Path, templates: Templates, own: str, words: tuple[str, ...]
) -> None:
    example = copy_example(home / "project")
    example.edit(STOREFRONT, LOCAL_COMMAND, own)
    arguments = play(home, HOLDS, templates.root, "--root", str(example.root))
    with started(home, *arguments) as command:
        assert command.end() == 2, command.everything()
    said = command.said()
    assert said.startswith("rehearsal: ")
    assert "staging" in said.splitlines()[0]
    assert "Traceback" not in said
    for one in words:
        assert one in said
    assert not command.report.exists()
