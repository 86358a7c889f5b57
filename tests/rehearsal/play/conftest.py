"""The session's assembly as the rehearsal reads it."""

from __future__ import annotations

import pytest

from assembly.read import Assembly, read_assembly
from rehearsal.play.plan import Plan
from tests.support.templates import Templates

from .parts import plans_of


@pytest.fixture(scope="session")
def assembly(templates: Templates) -> Assembly:
    """What the pipeline would deploy."""
    return read_assembly(templates.root)


@pytest.fixture(scope="session")
def plans(assembly: Assembly) -> dict[str, Plan]:
    """The whole road's, by environment."""
    return {one.name: one for one in plans_of(assembly)}


@pytest.fixture(scope="session")
def prod(plans: dict[str, Plan]) -> Plan:
    """Prod's."""
    return plans["prod"]
