"""No template changes unseen: Prod and the pipeline in full, the others where they differ.

A snapshot says that something changed, the other tests what must not. To accept a change:
``make snapshots``, then read the diff.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.masking import masked, without_identity
from tests.support.rendering import differing_paths
from tests.support.templates import ORGANIZATION, ORGANIZATION_STACKS, STAGE_STACKS, Templates

SNAPSHOTS = Path(__file__).resolve().parent / "__snapshots__" / "test_templates"
MOST_LINES = 1500


def content(templates: Templates, stage: str, name: str) -> Any:
    """The whole masked template, or where it differs from Prod's.

    The road itself, one resource with every action of every environment, has a file of its own.
    """
    if not stage:
        template = masked(templates.pipeline)
        (road,) = templates.pipeline.of_type("AWS::CodePipeline::Pipeline")
        resource = template["Resources"].pop(road)
        return template if name == "Pipeline" else resource
    if stage in ("Prod", ORGANIZATION):
        return masked(templates[stage, name])
    return differing_paths(
        without_identity(templates[stage, name]),
        without_identity(templates["Prod", name]),
        name=stage,
        reference_name="Prod",
    )


def kebab(*names: str) -> str:
    """``Prod``, ``StorefrontService`` -> ``prod-storefront-service``."""
    return "-".join(re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower() for name in names if name)


STACKS = [
    ("", "Pipeline"),
    ("", "Road"),
    *((ORGANIZATION, name) for name in ORGANIZATION_STACKS),
    *((stage, name) for stage in ("Prod", "Dev", "Staging") for name in STAGE_STACKS),
]


@pytest.mark.parametrize(("stage", "name"), STACKS, ids=[kebab(*stack) for stack in STACKS])
def test_template_is_reviewed(
    templates: Templates, stack_snapshot: SnapshotAssertion, stage: str, name: str
) -> None:
    assert content(templates, stage, name) == stack_snapshot


def test_the_snapshots_can_be_read_by_a_person() -> None:
    lines = {
        path.name: len(path.read_text(encoding="utf-8").splitlines())
        for path in SNAPSHOTS.glob("*.json")
    }

    assert len(lines) == len(STACKS)
    assert {name: count for name, count in lines.items() if count >= MOST_LINES} == {}


def test_the_snapshots_hold_no_content_hash_and_no_place_on_a_machine() -> None:
    """A hash of contents would change with every edit of what it is made of."""
    for path in SNAPSHOTS.glob("*.json"):
        content = path.read_text(encoding="utf-8")

        assert not re.search(r"(?<!sha256:)\b[0-9a-f]{40,}\b", content), path.name
        assert not re.search(r"/(home|root|Users|tmp/[a-z])", content), path.name
        assert json.loads(content) is not None
