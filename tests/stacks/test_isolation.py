"""What must be nowhere: credentials, broad policies, exports, look-ups, this machine's paths."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.synthesis import ROOT
from tests.support.templates import (
    STAGE_STACKS,
    STAGES,
    Templates,
    actions,
    read,
    resources,
    strings,
    walk,
)

CREDENTIALS = {
    "access key id": re.compile(r"\b(AKIA|ASIA|AIDA|AROA)[A-Z0-9]{16}\b"),
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "secret access key": re.compile(
        r"(?i)(aws_?secret_?access_?key|secretAccessKey)['\"]?\s*[:=]\s*['\"]?[A-Za-z0-9/+]{40}"
    ),
    "token of a source host": re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{36}|glpat-[\w-]{20})\b"),
    "password in a URL": re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s:@{$]+@"),
    "password given as a value": re.compile(r"(?i)\bpassword\s*[:=]\s*['\"]?[^\s'\"{$:]{6,}"),
}

SECRET_PROPERTY = re.compile(r"(?i)(password|secretstring|oauthtoken|authtoken|plaintext)$")


def texts(assembly: Path) -> Iterator[tuple[str, str]]:
    """(file, content) of everything readable that synth wrote, Lambda sources included.

    Not the packages of other people in the drivers' layer, which the lock file's hashes name.
    """
    for path in sorted(assembly.rglob("*")):
        theirs = path.relative_to(assembly).parts[1:2] == ("python",)
        if (
            path.is_file()
            and not theirs
            and path.suffix in {".json", ".yaml", ".dot", ".py", ".txt"}
        ):
            yield str(path.relative_to(assembly)), path.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_no_file_of_the_assembly_holds_a_credential(assembly_dir: Path, kind: str) -> None:
    assert [
        (file, match.group())
        for file, content in texts(assembly_dir)
        for match in CREDENTIALS[kind].finditer(content)
        if not is_code(file, match.group())
    ] == []


def is_code(file: str, text: str) -> bool:
    """Whether it is a name or a type of a program, and no value: nothing in it is quoted."""
    return file.endswith(".py") and "'" not in text and '"' not in text


@pytest.mark.parametrize(
    ("kind", "sample"),
    [
        ("access key id", "AKIA" + "IOSFODNN7EXAMPLE"),
        ("private key", "-----BEGIN RSA PRIVATE" + " KEY-----"),
        ("secret access key", 'AWS_SECRET_ACCESS_KEY="' + "a1B2" * 10 + '"'),
        ("token of a source host", "ghp_" + "a1" * 18),
        ("password in a URL", "postgres://shop:" + "hunter22@db:5432/shop"),
        ("password given as a value", "PASSWORD=" + "hunter22"),
    ],
)
def test_each_credential_pattern_finds_its_kind(kind: str, sample: str) -> None:
    assert CREDENTIALS[kind].search(sample)


def test_no_property_that_takes_a_secret_is_given_one(templates: Templates) -> None:
    given = [
        (stack.stage, stack.name, "/".join(path), value)
        for stack in templates
        for path, value in walk(stack.resources)
        if path
        and isinstance(value, str)
        and SECRET_PROPERTY.search(path[-1])
        and not value.startswith("{{resolve:secretsmanager:")
        and value != "{}"
    ]

    assert given == []


def test_the_database_password_is_resolved_from_its_secret(templates: Templates) -> None:
    for stage in STAGES:
        cluster = templates[stage, "Data"].one("AWS::RDS::DBCluster")
        text = "".join(strings(cluster["MasterUserPassword"]))

        assert text.startswith("{{resolve:secretsmanager:")


def test_no_role_of_ours_has_a_managed_policy(templates: Templates) -> None:
    managed = {
        (stack.stage, logical_id, "".join(strings(policy)))
        for stack in templates
        for logical_id, role in stack.of_type("AWS::IAM::Role").items()
        for policy in role.get("ManagedPolicyArns", [])
    }

    # The CDK's own function that closes the default security group; it may log, no more.
    assert managed == {
        (
            stage,
            "CustomVpcRestrictDefaultSGCustomResourceProviderRole26592FE0",
            "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        )
        for stage in STAGES
    }


def test_no_template_names_a_policy_of_administrators_or_full_access(templates: Templates) -> None:
    assert [
        (stack.stage, stack.name, text)
        for stack in templates
        for text in strings(stack.template)
        if re.search(r"AdministratorAccess|FullAccess|PowerUserAccess", text)
    ] == []


def test_there_are_no_iam_users_groups_or_access_keys(templates: Templates) -> None:
    types = {r["Type"] for stack in templates for r in stack.resources.values()}

    assert types.isdisjoint({"AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::AccessKey"})


def test_no_statement_allows_every_action_of_a_service(templates: Templates) -> None:
    wide = [
        (stack.stage, stack.name, action)
        for stack in templates
        for policy in stack.of_type("AWS::IAM::Policy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        for action in actions(statement)
        if action == "*" or action.endswith(":*")
    ]

    assert wide == []


def test_what_every_resource_is_allowed_for_is_written_down(templates: Templates) -> None:
    """Actions allowed on ``*`` in the environments: none of them knows a resource, or it reads."""
    everywhere = {
        action
        for stack in templates.on_the_road
        if stack.stage
        for policy in stack.of_type("AWS::IAM::Policy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if "*" in resources(statement) and statement["Effect"] == "Allow"
        for action in actions(statement)
    }

    assert everywhere == {
        "application-autoscaling:DescribeScalableTargets",
        "application-autoscaling:DescribeScheduledActions",
        "application-autoscaling:RegisterScalableTarget",
        "cloudwatch:DeleteAlarms",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:PutMetricAlarm",
        "codedeploy:BatchGetDeploymentTargets",
        "codedeploy:ContinueDeployment",
        "codedeploy:GetDeploymentTarget",
        "codedeploy:PutLifecycleEventHookExecutionStatus",
        "codedeploy:StopDeployment",
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
        "ecr:GetAuthorizationToken",
        "ecs:DescribeTaskDefinition",
        "ecs:ListTaskDefinitions",
        "ecs:ListTasks",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeRules",
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetHealth",
        "logs:DescribeLogGroups",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    }


def test_stacks_share_values_by_references_that_block_no_update(templates: Templates) -> None:
    """No export: an exported value cannot change while another stack imports it."""
    for stack in templates:
        exports = [o for o in stack.template.get("Outputs", {}).values() if "Export" in o]
        imports = [path for path, _ in walk(stack.template) if "Fn::ImportValue" in path]

        assert (exports, imports) == ([], []), (stack.stage, stack.name)


def test_every_reference_between_stacks_stays_in_its_stage_and_finds_an_output(
    templates: Templates,
) -> None:
    outputs = {
        (stack.stack_name, output)
        for stack in templates
        for output in stack.template.get("Outputs", {})
    }
    references = {
        (stack.stage, value["StackName"], value["OutputName"], value["Region"])
        for stack in templates
        for path, value in walk(stack.template)
        if path and path[-1] == "Fn::GetStackOutput"
    }

    assert references
    for stage, stack_name, output, region in references:
        assert (stack_name, output) in outputs
        assert stack_name.startswith(f"{stage}-")
        assert region == "ap-southeast-1"


def test_references_point_only_to_stacks_that_are_deployed_before(templates: Templates) -> None:
    before: dict[str, set[str]] = {
        "Network": set(),
        "Data": {"Network"},
        "Cluster": {"Network"},
        "Releases": {"Network", "Data", "Cluster"},
        "Secrets": {"Network", "Data", "Cluster", "Releases"},
        "Guardrails": set(),
        "InventoryService": {"Network", "Data", "Cluster", "Releases", "Secrets"},
        "StorefrontService": {"Network", "Data", "Cluster", "Releases", "Secrets"},
    }
    for stage in STAGES:
        for name in STAGE_STACKS:
            used = {
                value["StackName"].removeprefix(f"{stage}-")
                for path, value in walk(templates[stage, name].template)
                if path and path[-1] == "Fn::GetStackOutput"
            }

            assert used <= before[name], (stage, name)


def test_nothing_was_looked_up(assembly_dir: Path, templates: Templates) -> None:
    manifests = [read(path) for path in assembly_dir.rglob("manifest.json")]

    assert not any("missing" in manifest for manifest in manifests)
    for stack in templates:
        text = json.dumps(stack.template)

        assert not re.search(r"dummy-value-for|vpc-12345|DUMMY|UNKNOWN", text), stack.name


def test_the_assembly_names_no_place_on_this_machine(assembly_dir: Path) -> None:
    for stack in read_paths(assembly_dir):
        content = stack.read_text(encoding="utf-8")

        assert str(ROOT) not in content, stack.name
        assert str(Path.home()) not in content, stack.name


def read_paths(assembly: Path) -> list[Path]:
    """The templates and asset manifests: what leaves this machine."""
    return [*assembly.rglob("*.template.json"), *assembly.rglob("*.assets.json")]


@pytest.mark.parametrize("stage", ["", *STAGES])
def test_every_key_rotates(templates: Templates, stage: str) -> None:
    keys = [
        key
        for stack in templates
        if stack.stage == stage
        for key in stack.of_type("AWS::KMS::Key").values()
    ]

    assert keys
    assert all(key["EnableKeyRotation"] is True for key in keys)


@pytest.mark.parametrize("stage", ["", *STAGES])
def test_every_bucket_is_closed_encrypted_and_speaks_tls_only(
    templates: Templates, stage: str
) -> None:
    for stack in templates:
        if stack.stage != stage:
            continue
        for logical_id, bucket in stack.of_type("AWS::S3::Bucket").items():
            policies = [
                statement
                for policy in stack.of_type("AWS::S3::BucketPolicy").values()
                if policy["Bucket"] == {"Ref": logical_id}
                for statement in policy["PolicyDocument"]["Statement"]
            ]

            assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
            assert bucket["BucketEncryption"]
            assert bucket["OwnershipControls"]["Rules"] == [
                {"ObjectOwnership": "BucketOwnerEnforced"}
            ]
            assert any(
                s["Effect"] == "Deny"
                and s.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
                for s in policies
            )
            assert all(s["Principal"] != {"AWS": "*"} for s in policies if s["Effect"] == "Allow")


@pytest.mark.parametrize("stage", STAGES)
def test_every_log_group_expires(templates: Templates, stage: str) -> None:
    days = {"Dev": {7, 14}, "Staging": {30}, "Prod": {365}}[stage]
    kept = {
        group["RetentionInDays"]
        for stack in templates
        if stack.stage == stage
        for group in stack.of_type("AWS::Logs::LogGroup").values()
    }

    assert kept == days


@pytest.mark.parametrize("stage", STAGES)
def test_everything_that_can_carry_tags_has_those_of_the_platform_and_the_environment(
    templates: Templates, stage: str
) -> None:
    expected = {
        "DataClass": "customer" if stage == "Prod" else "synthetic",
        "Environment": stage.lower(),
        "ManagedBy": "pase",
        "Organization": "example",
        "Repository": "example/platform",
    }
    for stack in templates:
        if stack.stage != stage:
            continue
        for logical_id, resource in stack.resources.items():
            tags = resource.get("Properties", {}).get("Tags")
            if isinstance(tags, list):
                found = {tag["Key"]: tag["Value"] for tag in tags}

                assert expected.items() <= found.items(), (stack.name, logical_id)
