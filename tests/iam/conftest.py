"""What the tests of policies plant theirs in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.iam.planted import ACCOUNT
from tests.support.templates import Stack


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    """A stack whose template a test writes."""
    return Stack(
        stage="Dev",
        name="Planted",
        stack_name="Dev-Planted",
        account=ACCOUNT,
        region="eu-west-1",
        template_path=tmp_path / "template.json",
        metadata_path=tmp_path / "metadata.json",
    )
