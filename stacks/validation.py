"""The checks that every synth runs; a finding of any of them is an error.

cdk-nag's AwsSolutions pack, the CDK's own validation of the templates with the house rules of
``guard/`` added, and the likeness of the environments' templates.
"""

from __future__ import annotations

from pathlib import Path

from aws_cdk import App, CloudFormationValidatePlugin, ValidationRuleSource, Validations
from cdk_nag import AwsSolutionsChecks

from config.model.platform import Platform
from stacks.template_parity import TemplateParity

GUARD = Path(__file__).resolve().parent.parent / "guard"


def add_validation(app: App, *, platform: Platform) -> None:
    """Register the checks on ``app``; they run inside ``app.synth()``."""
    Validations.of(app).add_plugins(
        AwsSolutionsChecks(app),
        CloudFormationValidatePlugin(
            guard_rules=[
                ValidationRuleSource(name=path.stem, content=path.read_text("utf-8"))
                for path in sorted(GUARD.glob("*.guard"))
            ]
        ),
        TemplateParity(platform.parity.templates_may_differ),
    )
