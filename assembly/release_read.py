"""Reads from a service's template how long each part of its release may take."""

from __future__ import annotations

from dataclasses import dataclass

from assembly.read import AssembledStack, Assembly
from assembly.road import Road
from assembly.summary import strategy


@dataclass(frozen=True, kw_only=True)
class ReleasePlan:
    """A release of one service. All times are minutes; ``approval`` zero: nobody is asked."""

    stage: str
    service: str
    install: int
    checks: int
    approval: int
    shift: str
    bake: int
    standby: int


def read_release(stack: AssembledStack) -> ReleasePlan:
    """The plan of the service that ``stack`` releases."""
    (release,) = stack.properties("Custom::Release")
    (group,) = stack.properties("AWS::CodeDeploy::DeploymentGroup")
    configuration = group["BlueGreenDeploymentConfiguration"]
    checks = next(
        function
        for function in stack.properties("AWS::Lambda::Function")
        if "CHECKS" in function.get("Environment", {}).get("Variables", {})
    )
    return ReleasePlan(
        stage=stack.stage,
        service=release["Service"],
        install=int(release["InstallMinutes"]),
        # One minute of the function's time is kept for its answer.
        checks=checks["Timeout"] // 60 - 1,
        approval=configuration["DeploymentReadyOption"]["WaitTimeInMinutes"],
        shift=strategy(stack),
        bake=int(release["BakeMinutes"]),
        standby=configuration["TerminateBlueInstancesOnDeploymentSuccess"][
            "TerminationWaitTimeInMinutes"
        ],
    )


def longest_release(assembly: Assembly, road: Road) -> ReleasePlan:
    """Of the services at the end of the road, the one whose release has the most to wait for."""
    stacks = assembly.stages[road.lanes[-1].tracks[0].name]
    plans = [
        read_release(stack)
        for stack in stacks
        if stack.resources("AWS::CodeDeploy::DeploymentGroup")
    ]
    return max(plans, key=lambda plan: (plan.approval, plan.bake, plan.service))
