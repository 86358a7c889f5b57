"""Names that two stacks, or a stack and a program, agree on without a reference between them."""

from __future__ import annotations


def checks_function_name(platform: str, service: str) -> str:
    """The function that runs a service's checks; ``service`` may be ``*`` for all of them."""
    return f"{platform}-{service}-checks"


def gate_role_name(platform: str, region: str) -> str:
    """The role in an environment's account that the pipeline's gates enter to run checks."""
    return f"{platform}-gate-{region}"


def pipeline_gate_role_name(platform: str, environment: str) -> str:
    """The role in the tools account under which an environment's gate step runs."""
    return f"{platform}-pipeline-gate-{environment}"


def role_arn(account: str, name: str) -> str:
    """The ARN of a role of that name."""
    return f"arn:aws:iam::{account}:role/{name}"


def regional_artifact_bucket_name(platform: str, account: str, region: str) -> str:
    """The pipeline's artifact bucket in a further Region."""
    return f"{platform}-pipeline-artifacts-{account}-{region}"


def deploy_role_arn(account: str, region: str) -> str:
    """The CDK bootstrap's deploy role, which reads templates from the pipeline's artifacts.

    https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html (default qualifier).
    """
    return role_arn(account, f"cdk-hnb659fds-deploy-role-{account}-{region}")


def image_repository_name(platform: str, service: str) -> str:
    """The ECR repository in the tools account with a service's images; ``*``: all of them."""
    return f"{platform}/{service}"


def image_repository_uri(platform: str, service: str, account: str, region: str) -> str:
    """The same repository as ``docker`` addresses it."""
    name = image_repository_name(platform, service)
    return f"{account}.dkr.ecr.{region}.amazonaws.com/{name}"


def release_parameter(platform: str, service: str, name: str) -> str:
    """An SSM parameter about a service's releases; ``service`` may be ``*`` for all of them."""
    return f"/{platform}/{service}/{name}"


TASK_DEFINITION = "task-definition"
"""The revision that the stack asked for last."""
RELEASE_CHECKS = "release-checks"
"""What the checks of the last release came to."""
SCALING_SUSPENDED = "scaling-suspended"
"""That scaling is suspended for a release, and what it was before."""


def release_state_machine_name(platform: str, service: str) -> str:
    """The state machine that takes the steps of a service's releases."""
    return f"{platform}-{service}-release"


def releases_topic_name(platform: str) -> str:
    """The topic on which releases say what becomes of them."""
    return f"{platform}-releases"


def rollback_name(platform: str) -> str:
    """The function that takes a release back, and the document that runs it from the console."""
    return f"{platform}-rollback"


def task_role_name(platform: str, service: str, region: str) -> str:
    """The role under which a service's tasks run; at most 64 characters, as IAM allows.

    Fixed, so that the policies of secrets can name it before it is made.
    """
    return f"{platform}-{service}-task-{region}"


def execution_role_name(platform: str, service: str, region: str) -> str:
    """The role under which ECS starts a service's tasks; as ``task_role_name``."""
    return f"{platform}-{service}-execution-{region}"


def break_glass_role_name(platform: str) -> str:
    """The role of the people who repair what nobody else may touch; no pipeline makes it."""
    return f"{platform}-break-glass"


def cloudformation_role_name(account: str, region: str) -> str:
    """The CDK bootstrap's role with which CloudFormation deploys.

    https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html (default qualifier).
    """
    return f"cdk-hnb659fds-cfn-exec-role-{account}-{region}"


def database_secret_name(platform: str, service: str) -> str:
    """The secret with a service's login to its database."""
    return f"{platform}/{service}/database"


def api_key_secret_name(platform: str, service: str, key: str) -> str:
    """The secret with one of a service's API keys."""
    return f"{platform}/{service}/api-keys/{key}"


def provider_secret_name(platform: str, service: str, key: str) -> str:
    """The secret with what manages an API key at its provider.

    Not under the service's own names: no service reads it, and nothing rotates it. No service
    has an underscore in its name.
    """
    return f"{platform}/api_key_providers/{service}/{key}"


def secrets_topic_name(platform: str) -> str:
    """The topic on which alarms about secrets are told."""
    return f"{platform}-secrets"


def role_stem(service: str) -> str:
    """What the names of a service's roles in the database begin with."""
    return service.replace("-", "_")


def person_role_name(platform: str, kind: str) -> str:
    """The role of one kind of people (developer, qa, operator) in an account that they enter."""
    return f"{platform}-{kind}"


def people_boundary_name(platform: str) -> str:
    """The permissions boundary of every role of people."""
    return f"{platform}-people"


def trail_bucket_name(platform: str, account: str) -> str:
    """The bucket of the organization's CloudTrail."""
    return f"{platform}-organization-trail-{account}"


def trail_key_alias(platform: str) -> str:
    """The alias, without ``alias/``, of the key that encrypts the organization's CloudTrail."""
    return f"{platform}-organization-trail"


def trail_name(platform: str) -> str:
    """The organization's CloudTrail."""
    return f"{platform}-organization"


def trail_arn(platform: str, account: str, region: str) -> str:
    """Its ARN: it belongs to the management account."""
    return f"arn:aws:cloudtrail:{region}:{account}:trail/{trail_name(platform)}"


def guardrails_topic_name(platform: str) -> str:
    """The topic on which is told what guardrails turned back, and who entered."""
    return f"{platform}-guardrails"


def public_databases_path(platform: str) -> str:
    """Where the detector of public databases remembers what it has turned back."""
    return f"/{platform}/public-databases"
