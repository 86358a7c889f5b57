"""Snapshots as readable JSON files, one for each stack."""

from __future__ import annotations

from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from tests.support.rendering import render


class StackSnapshot(SingleFileSnapshotExtension):
    """A JSON file, whatever is short on one line."""

    _write_mode = WriteMode.TEXT
    file_extension = "json"

    def serialize(self, data: Any, **_: Any) -> str:
        """The value as text that a person can review."""
        return render(data)


@pytest.fixture
def stack_snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """What a stack is compared with."""
    return snapshot.use_extension(StackSnapshot)
