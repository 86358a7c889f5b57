"""Every service in every environment, for the tests that hold for all of them."""

from __future__ import annotations

import pytest

from tests.support.templates import SERVICES, STAGES, Stack, Templates


@pytest.fixture(params=[f"{stage}-{service}" for stage in STAGES for service in SERVICES])
def service(request: pytest.FixtureRequest, templates: Templates) -> Stack:
    """The stack of each service in each environment in turn."""
    stage, name = request.param.split("-")
    return templates.service(stage, name)
