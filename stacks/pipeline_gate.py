"""The gate after an environment: its services' checks, run in its VPC, decide whether to go on."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration, pipelines
from aws_cdk import aws_iam as iam
from constructs import Construct

from config.model.configuration import EnvironmentConfiguration
from config.model.platform import Platform
from constructs_lib.three_tier_network import pascal_case
from stacks.names import gate_role_name, pipeline_gate_role_name, role_arn


def gate_step(
    scope: Construct,
    *,
    platform: Platform,
    environment: EnvironmentConfiguration,
    stages: Sequence[str],
    source: pipelines.IFileSetProducer,
    assembly: pipelines.IFileSetProducer,
    clone: iam.PolicyStatement,
) -> tuple[pipelines.CodeBuildStep, iam.Role]:
    """A step that runs the gate over all services and Regions of the environment, and its role.

    The step enters the environment through a role that may only invoke the services' check
    functions, and that trusts this step's role alone. Which functions there are it reads from the
    assembly that was deployed.
    """
    name = pascal_case(environment.name)
    role = iam.Role(
        scope,
        f"{name}GateStepRole",
        role_name=pipeline_gate_role_name(platform.name, environment.name),
        description=f"Runs the checks of {environment.name} and nothing else",
        assumed_by=iam.ServicePrincipal("codebuild.amazonaws.com"),
    )
    role.add_to_policy(clone)
    role.add_to_policy(
        iam.PolicyStatement(
            actions=["sts:AssumeRole"],
            resources=[
                role_arn(environment.environment.account, gate_role_name(platform.name, cell.name))
                for cell in environment.regions
            ],
        )
    )
    flags = " ".join(f"--stage {stage}" for stage in stages)
    step = pipelines.CodeBuildStep(
        f"{environment.environment.gate.capitalize()}{name}",
        input=source,
        additional_inputs={"assembly": assembly},
        install_commands=["make ops-setup"],
        commands=[
            f".venv-ops/bin/python -m ops.gate --environment {environment.name} "
            f"--gate {environment.environment.gate} --assembly assembly {flags}"
        ],
        role=role,
        timeout=Duration.minutes(60),
    )
    return step, role
