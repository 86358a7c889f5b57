"""Writes small assemblies: stacks from dictionaries, in the files that synth would write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from assembly.read import AssembledStack, Assembly

Resources = dict[str, dict[str, Any]]
ACCOUNT = "123456789012"


def resource(type_: str, **properties: Any) -> dict[str, Any]:
    """A resource of a template."""
    return {"Type": f"AWS::{type_}", "Properties": properties}


def stack(
    folder: Path,
    name: str,
    resources: Resources,
    *,
    stage: str = "Live",
    outputs: dict[str, Any] | None = None,
    region: str = "eu-west-1",
) -> AssembledStack:
    """A stack with a template on disk."""
    path = folder / f"{stage}{name}.template.json"
    exported = {key: {"Value": value} for key, value in (outputs or {}).items()}
    path.write_text(json.dumps({"Resources": resources, "Outputs": exported}), "utf-8")
    return AssembledStack(
        stage=stage,
        name=name,
        construct_path=f"Pipeline/{stage}/{name}" if stage else name,
        stack_name=f"{stage}-{name}" if stage else name,
        account=ACCOUNT,
        region=region,
        path=path,
    )


def action(
    name: str, category: str, provider: str, order: int = 1, **configuration: Any
) -> dict[str, Any]:
    """An action of a pipeline stage."""
    return {
        "Name": name,
        "ActionTypeId": {"Category": category, "Provider": provider},
        "RunOrder": order,
        "Configuration": configuration,
    }


def deployment(each: AssembledStack, order: int) -> list[dict[str, Any]]:
    """The two actions that deploy a stack: the second one in the next run order."""
    template = f"Synth_Output::assembly/{each.path.name}"
    return [
        action(
            f"{each.name}.Prepare",
            "Deploy",
            "CloudFormation",
            order,
            StackName=each.stack_name,
            TemplatePath=template,
        ),
        action(
            f"{each.name}.Deploy",
            "Deploy",
            "CloudFormation",
            order + 1,
            StackName=each.stack_name,
        ),
    ]


def assembly(folder: Path, pipeline: AssembledStack, *stacks: AssembledStack) -> Assembly:
    """An assembly of the pipeline's stack and the stacks of the stages."""
    stages: dict[str, tuple[AssembledStack, ...]] = {}
    for each in stacks:
        stages[each.stage] = (*stages.get(each.stage, ()), each)
    return Assembly(root=folder, stacks=(pipeline,), stages=stages)


def from_output(stack_name: str, output: str) -> dict[str, Any]:
    """A value that another stack publishes."""
    return {
        "Fn::GetStackOutput": {
            "StackName": stack_name,
            "Region": "eu-west-1",
            "OutputName": output,
        }
    }
