"""The session's assembly as the rehearsal reads it, and Prod's stacks as they are deployed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assembly.read import Assembly, read_assembly
from rehearsal.play.plan import Plan
from rehearsal.stack import Stack
from tests.support.templates import Templates

from .deployed import deployed
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


@pytest.fixture(scope="module")
def stack(templates: Templates) -> Iterator[Stack]:
    """The storefront's stack of Prod, deployed to the model in moto; a module's tests share it."""
    with deployed(templates, stage="Prod", service="Storefront") as found:
        yield found
