"""A small application with the repository's feature flags."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Environment, Stack, Validations
from aws_cdk.assertions import Template
from cdk_nag import AwsSolutionsChecks

from app import context
from tests.support.report import Finding, findings
from tests.support.synthesis import ROOT

BuildStack = Callable[[Callable[[Stack], object]], Template]
FindingsOf = Callable[[Callable[[Stack], object]], list[Finding]]


@pytest.fixture(scope="session")
def flags() -> dict[str, Any]:
    """The context of cdk.json, without the template validation.

    The validator starts for every application; the real templates are validated in the session's
    synth.
    """
    return {**context(ROOT), "@aws-cdk/core:validateAgainstDefaultRules": False}


@pytest.fixture(scope="session")
def built(flags: dict[str, Any]) -> BuildStack:
    """``built(make)``: the template of a stack that ``make`` has filled."""

    def build(make: Callable[[Stack], object]) -> Template:
        app = App(context=flags)
        stack = Stack(app, "Test", env=Environment(account="123456789012", region="ap-southeast-1"))
        make(stack)
        return Template.from_stack(stack)

    return build


@pytest.fixture
def findings_of(flags: dict[str, Any], tmp_path: Path) -> FindingsOf:
    """``findings_of(make)``: what cdk-nag finds in a stack that ``make`` has filled."""

    def find(make: Callable[[Stack], object]) -> list[Finding]:
        app = App(context=flags, outdir=str(tmp_path))
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
        make(Stack(app, "Test", env=Environment(account="123456789012", region="ap-southeast-1")))
        with suppress(RuntimeError):
            app.synth()
        return findings(tmp_path)

    return find
