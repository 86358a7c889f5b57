"""Which check functions a gate asks: read from the cloud assembly that was deployed.

The assembly is what the pipeline deployed, so a gate can neither miss a service nor ask for one
that is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from assembly.read import AssembledStack, AssemblyNotFound, read_assembly

from .gate_report import GateTarget


class NoTargets(ValueError):
    """The assembly does not tell whom to ask; the message is meant for the command's caller."""


def targets_of(assembly: Path, *, stages: Sequence[str]) -> list[GateTarget]:
    """The check functions of every service in ``stages``, stage by stage in deploy order.

    Raises ``NoTargets`` for an assembly that is not there or cannot be read, for a stage it does
    not have, and for a stage without check functions: a gate that asks nobody would always pass.
    """
    try:
        found = read_assembly(assembly)
    except AssemblyNotFound as missing:
        raise NoTargets(str(missing)) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoTargets(
            f"{assembly} cannot be read as a cloud assembly "
            f"({error.__class__.__name__}: {error}); give the output folder of cdk synth"
        ) from None
    targets: list[GateTarget] = []
    for stage in stages:
        if stage not in found.stages:
            there = ", ".join(found.stages) or "none"
            raise NoTargets(f"{assembly} has no stage {stage!r}; there are: {there}")
        stacks = found.stages[stage]
        of_stage = [
            target for stack in stacks for target in _targets(stack, role=_gate_role(stacks, stage))
        ]
        if not of_stage:
            raise NoTargets(f"stage {stage} in {assembly} has no service with a check function")
        targets += of_stage
    return targets


def _targets(stack: AssembledStack, *, role: str) -> Iterator[GateTarget]:
    for function in stack.properties("AWS::Lambda::Function"):
        variables = function.get("Environment", {}).get("Variables", {})
        if "CHECKS" in variables:
            yield GateTarget(
                account=stack.account,
                region=stack.region,
                role_arn=f"arn:aws:iam::{stack.account}:role/{role}",
                service=variables["SERVICE"],
                function_name=function["FunctionName"],
            )


def _gate_role(stacks: Sequence[AssembledStack], stage: str) -> str:
    names = [
        role["RoleName"]
        for stack in stacks
        for role in stack.properties("AWS::IAM::Role")
        if str(role.get("RoleName", "")).endswith(f"-gate-{stack.region}")
    ]
    if len(names) != 1:
        raise NoTargets(
            f"stage {stage} should have one role named <platform>-gate-<region>, "
            f"it has: {', '.join(names) or 'none'}"
        )
    return str(names[0])
