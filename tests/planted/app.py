"""An application with violations planted in it, under the real checks: for ``cdk synth --app``.

Everything is nested in stages under a stack, as the environments are under the pipeline's: the
stack itself is clean. What is planted is given as arguments.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from aws_cdk import App, CfnResource, Stack, Stage
from aws_cdk import aws_s3 as s3

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from app import context
from config.load import load
from config.model.platform import Platform, TemplateDifference
from stacks.validation import add_validation
from tests.planted.violations import AMONG_OTHERS, GUARD, NAG, SCHEMA, Planted

UNUSED = TemplateDifference(
    stack="Network",
    resource_type="AWS::EC2::NatGateway",
    reason="Planted: there is no such resource in either stage, so nothing differs.",
)

# The CDK's own validation of templates, which runs without any plugin.
_UNCHECKED = {"@aws-cdk/core:validateAgainstDefaultRules": False}


def main() -> None:
    """``--plant`` says what is planted; ``--unchecked`` leaves the checks out."""
    parser = argparse.ArgumentParser()
    kinds = ("guard", "nag", "schema", "difference", "declaration")
    parser.add_argument("--plant", nargs="*", choices=kinds, default=[])
    parser.add_argument("--unchecked", action="store_true")
    given = parser.parse_args()

    app = App(context={**context(ROOT), **(_UNCHECKED if given.unchecked else {})})
    if not given.unchecked:
        add_validation(app, platform=_platform(unused="declaration" in given.plant))
    top = Stack(app, "Pipeline")
    # A template without resources would be a finding of its own.
    CfnResource(top, "Nothing", type="AWS::CloudFormation::WaitConditionHandle")
    stacks = [Stack(Stage(top, name), "Network") for name in ("Dev", "Prod")]
    for stack in stacks:
        CfnResource(stack, "Nothing", type="AWS::CloudFormation::WaitConditionHandle")
        if "guard" in given.plant:
            _plant(stack, {**GUARD, **AMONG_OTHERS})
        if "schema" in given.plant:
            _plant(stack, SCHEMA)
        if "nag" in given.plant:
            for logical_id in NAG:
                s3.CfnBucket(stack, logical_id)
    if "difference" in given.plant:
        CfnResource(stacks[-1], "OnlyInProd", type="AWS::SNS::Topic")
    app.synth()


def _platform(*, unused: bool) -> Platform:
    platform = load(ROOT).platform
    declared = (UNUSED,) if unused else ()
    parity = platform.parity.model_copy(update={"templates_may_differ": declared})
    return platform.model_copy(update={"parity": parity})


def _plant(stack: Stack, resources: Mapping[str, Planted]) -> None:
    for logical_id, planted in resources.items():
        CfnResource(stack, logical_id, type=planted.type, properties=dict(planted.properties))


if __name__ == "__main__":
    main()
