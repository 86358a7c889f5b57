"""The road: what runs in which order, and what a failure stops."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest

from tests.support.synthesis import ROOT
from tests.support.templates import (
    STAGE_STACKS,
    STAGES,
    Json,
    Templates,
    actions,
    read,
    resources,
    strings,
)

TOOLS = "arn:aws:{service}:ap-southeast-1:111111111111:"
GATES = {"Dev": "smoke", "Staging": "acceptance", "Prod": "smoke"}
ACCOUNTS = {"Dev": "222222222222", "Staging": "333333333333", "Prod": "444444444444"}


@pytest.fixture(scope="module")
def stages(templates: Templates) -> dict[str, list[Json]]:
    """Pipeline stage -> actions, in pipeline order."""
    pipeline = templates.pipeline.one("AWS::CodePipeline::Pipeline")
    return {stage["Name"]: stage["Actions"] for stage in pipeline["Stages"]}


@pytest.fixture(scope="module")
def buildspecs(templates: Templates) -> dict[str, Json]:
    """Logical id of a CodeBuild project -> its buildspec, from its file where it has one."""
    found = {}
    for logical_id, project in templates.pipeline.of_type("AWS::CodeBuild::Project").items():
        spec = project["Source"]["BuildSpec"]
        file = templates.root / spec if spec.endswith(".yaml") else None
        found[logical_id] = read(file) if file is not None else json.loads(spec)
    return found


def project_of(action: Json) -> str:
    """The logical id of the CodeBuild project that an action starts."""
    logical_id: str = action["Configuration"]["ProjectName"]["Ref"]
    return logical_id


def named(actions_: list[Json], name: str) -> Json:
    """The only action of that name."""
    (action,) = [action for action in actions_ if action["Name"] == name]
    return action


def test_the_stages_follow_each_other_and_self_mutation_comes_before_any_deployment(
    stages: dict[str, list[Json]],
) -> None:
    assert list(stages) == [
        "Source",
        "Build",
        "UpdatePipeline",
        "Assets",
        "Dev",
        "Staging",
        "Prod",
    ]
    assert [action["Name"] for action in stages["UpdatePipeline"]] == ["SelfMutate"]


def test_nothing_is_deployed_outside_the_three_environments(stages: dict[str, list[Json]]) -> None:
    deploying = {
        stage
        for stage, actions_ in stages.items()
        for action in actions_
        if action["ActionTypeId"]["Category"] == "Deploy"
    }

    assert deploying == set(STAGES)


def test_an_updated_pipeline_starts_again_with_what_it_has_become(templates: Templates) -> None:
    pipeline = templates.pipeline.one("AWS::CodePipeline::Pipeline")

    assert pipeline["RestartExecutionOnUpdate"] is True
    assert pipeline["PipelineType"] == "V2"


def test_the_source_comes_through_the_connection_and_from_nowhere_else(
    stages: dict[str, list[Json]],
) -> None:
    (source,) = stages["Source"]

    assert source["ActionTypeId"]["Provider"] == "CodeStarSourceConnection"
    assert source["Configuration"] == {
        "ConnectionArn": "arn:aws:codeconnections:ap-southeast-1:111111111111:connection/"
        "00000000-0000-0000-0000-000000000000",
        "FullRepositoryId": "example/platform",
        "BranchName": "main",
        "OutputArtifactFormat": "CODEBUILD_CLONE_REF",
    }
    assert [
        stage
        for stage, actions_ in stages.items()
        for action in actions_
        if action["ActionTypeId"]["Category"] == "Source"
    ] == ["Source"]


def test_checks_and_images_come_before_synth_which_reads_the_images_digests(
    stages: dict[str, list[Json]],
) -> None:
    order = {action["Name"]: action["RunOrder"] for action in stages["Build"]}
    image = named(stages["Build"], "ImageStorefront")
    synth = named(stages["Build"], "Synth")

    assert order == {"Checks": 1, "ImageStorefront": 1, "Synth": 2}
    assert image["OutputArtifacts"][0] in synth["InputArtifacts"]


def test_only_a_service_whose_source_is_here_is_built(stages: dict[str, list[Json]]) -> None:
    built = [a["Name"] for a in stages["Build"] if a["Name"].startswith("Image")]

    assert built == ["ImageStorefront"]


@pytest.mark.parametrize(
    ("project", "commands"),
    [
        ("Checks", ["make test"]),
        ("Synth", ["make synth IMAGES=images"]),
    ],
)
def test_checks_and_synth_run_the_commands_a_person_runs(
    stages: dict[str, list[Json]], buildspecs: dict[str, Json], project: str, commands: list[str]
) -> None:
    spec = buildspecs[project_of(named(stages["Build"], project))]

    assert spec["phases"]["build"]["commands"] == commands


def test_every_build_names_its_python(buildspecs: dict[str, Json]) -> None:
    assert {
        spec["phases"]["install"]["runtime-versions"]["python"] for spec in buildspecs.values()
    } == {"3.13"}


def test_only_the_image_build_is_privileged(templates: Templates) -> None:
    privileged = [
        project["Source"]["BuildSpec"]
        for project in templates.pipeline.of_type("AWS::CodeBuild::Project").values()
        if project["Environment"]["PrivilegedMode"]
    ]

    assert len(privileged) == 1
    assert "ops.image build --service storefront" in privileged[0]


@pytest.mark.parametrize("stage", STAGES)
def test_every_stack_of_an_environment_is_deployed_before_its_gate(
    stages: dict[str, list[Json]], stage: str
) -> None:
    actions_ = stages[stage]
    gate = named(actions_, f"{GATES[stage].capitalize()}{stage}")
    deployed = {
        action["Configuration"]["StackName"]: action["RunOrder"]
        for action in actions_
        if action["Configuration"].get("ActionMode") == "CHANGE_SET_EXECUTE"
    }

    assert deployed.keys() == {f"{stage}-{name}" for name in STAGE_STACKS}
    assert gate["RunOrder"] > max(deployed.values())
    assert gate["RunOrder"] == max(action["RunOrder"] for action in actions_)


@pytest.mark.parametrize("stage", STAGES)
def test_stacks_are_deployed_in_the_order_in_which_they_need_each_other(
    stages: dict[str, list[Json]], stage: str
) -> None:
    starts = {a["Name"]: a["RunOrder"] for a in stages[stage] if ".Prepare" in a["Name"]}
    ends = {a["Name"]: a["RunOrder"] for a in stages[stage] if ".Deploy" in a["Name"]}

    assert ends["Network.Deploy"] < starts["Data.Prepare"]
    assert ends["Network.Deploy"] < starts["Cluster.Prepare"]
    for service in ("InventoryService", "StorefrontService"):
        assert ends["Data.Deploy"] < starts[f"{service}.Prepare"]
        assert ends["Cluster.Deploy"] < starts[f"{service}.Prepare"]


@pytest.mark.parametrize("stage", STAGES)
def test_the_gate_checks_its_own_environment_by_the_configured_gate(
    stages: dict[str, list[Json]], buildspecs: dict[str, Json], stage: str
) -> None:
    gate = named(stages[stage], f"{GATES[stage].capitalize()}{stage}")

    assert buildspecs[project_of(gate)]["phases"]["build"]["commands"] == [
        f".venv-ops/bin/python -m ops.gate --environment {stage.lower()} --gate {GATES[stage]} "
        f"--assembly assembly --stage {stage}"
    ]


def test_a_person_approves_before_anything_happens_in_prod_and_nowhere_else(
    stages: dict[str, list[Json]],
) -> None:
    approvals = {
        (stage, action["Name"], action["RunOrder"])
        for stage, actions_ in stages.items()
        for action in actions_
        if action["ActionTypeId"]["Category"] == "Approval"
    }
    others = [a["RunOrder"] for a in stages["Prod"] if a["Name"] != "ApproveProd"]

    assert approvals == {("Prod", "ApproveProd", 1)}
    assert min(others) > 1


def test_the_approval_says_which_account_it_opens(stages: dict[str, list[Json]]) -> None:
    approval = named(stages["Prod"], "ApproveProd")

    assert "account 444444444444" in approval["Configuration"]["CustomData"]


def test_the_pipeline_asks_for_approval_exactly_where_the_configuration_says(
    stages: dict[str, list[Json]],
) -> None:
    configured = {
        stage
        for stage in STAGES
        if tomllib.loads(
            (ROOT / f"config/environments/{stage.lower()}.toml").read_text(encoding="utf-8")
        )["approval"]
    }
    asking = {
        stage
        for stage, actions_ in stages.items()
        for action in actions_
        if action["ActionTypeId"]["Category"] == "Approval"
    }

    assert asking == configured


@pytest.mark.parametrize("stage", STAGES)
def test_a_gate_may_enter_its_own_environment_only(templates: Templates, stage: str) -> None:
    pipeline = templates.pipeline
    role, _ = pipeline.role(f"Runs the checks of {stage.lower()} and nothing else")
    entering = [
        resource
        for statement in pipeline.statements(role)
        if "sts:AssumeRole" in actions(statement)
        for resource in resources(statement)
    ]

    assert entering == [f"arn:aws:iam::{ACCOUNTS[stage]}:role/pase-gate-ap-southeast-1"]


def test_only_the_cdks_own_roles_may_be_assumed_besides_the_gates(templates: Templates) -> None:
    pipeline = templates.pipeline
    assumed = {
        (json.dumps(resource), json.dumps(statement.get("Condition")))
        for policy in pipeline.of_type("AWS::IAM::Policy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if "sts:AssumeRole" in actions(statement)
        for resource in resources(statement)
    }
    beyond = {
        (resource, condition)
        for resource, condition in assumed
        if "cdk-hnb659fds-" not in resource
        and "pase-gate-" not in resource
        and "CodePipelineActionRole" not in resource
        and "CodeBuildActionRole" not in resource
    }

    # Self-mutation: any role of the tools account, if it is one of the bootstrap's.
    assert beyond == {
        (
            '"arn:*:iam::111111111111:role/*"',
            json.dumps(
                {
                    "ForAnyValue:StringEquals": {
                        "iam:ResourceTag/aws-cdk:bootstrap-role": [
                            "image-publishing",
                            "file-publishing",
                            "deploy",
                        ]
                    }
                }
            ),
        )
    }


def test_image_repositories_are_immutable_scanned_and_kept(templates: Templates) -> None:
    repositories = templates.pipeline.of_type("AWS::ECR::Repository")

    assert {r["RepositoryName"] for r in repositories.values()} == {"pase/storefront"}
    for logical_id, repository in repositories.items():
        assert repository["ImageTagMutability"] == "IMMUTABLE"
        assert repository["ImageScanningConfiguration"] == {"ScanOnPush": True}
        assert templates.pipeline.resources[logical_id]["DeletionPolicy"] == "Retain"


def test_the_environments_may_pull_images_and_only_from_inside_the_organization(
    templates: Templates,
) -> None:
    repository = templates.pipeline.one("AWS::ECR::Repository")
    (statement,) = repository["RepositoryPolicyText"]["Statement"]

    assert statement == {
        "Sid": "EnvironmentsPull",
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:aws:iam::{account}:root" for account in ACCOUNTS.values()]},
        "Action": [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
        ],
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}},
    }


def test_an_image_that_has_a_tag_is_never_expired(templates: Templates) -> None:
    repository = templates.pipeline.one("AWS::ECR::Repository")
    rules = json.loads(repository["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]

    assert [rule["selection"]["tagStatus"] for rule in rules] == ["untagged"]


def test_only_the_image_build_may_push_and_only_to_its_own_repository(
    templates: Templates,
) -> None:
    pipeline = templates.pipeline
    repository, _ = pipeline.only("AWS::ECR::Repository")
    pushing = [
        (policy["Roles"], statement)
        for policy in pipeline.of_type("AWS::IAM::Policy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if any(action.startswith("ecr:") for action in actions(statement))
    ]
    (role,) = {json.dumps(roles) for roles, _ in pushing}

    assert "ImageStorefront" in role
    assert [(actions(s), resources(s)) for _, s in pushing] == [
        (
            [
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:CompleteLayerUpload",
                "ecr:DescribeImages",
                "ecr:InitiateLayerUpload",
                "ecr:PutImage",
                "ecr:UploadLayerPart",
            ],
            [{"Fn::GetAtt": [repository, "Arn"]}],
        ),
        (["ecr:GetAuthorizationToken"], ["*"]),
    ]


def test_failures_and_approvals_are_published_on_an_encrypted_topic(templates: Templates) -> None:
    pipeline = templates.pipeline
    topic, properties = pipeline.only("AWS::SNS::Topic")
    rule = pipeline.one("AWS::CodeStarNotifications::NotificationRule")
    subscription = pipeline.one("AWS::SNS::Subscription")

    assert set(rule["EventTypeIds"]) == {
        "codepipeline-pipeline-pipeline-execution-failed",
        "codepipeline-pipeline-manual-approval-needed",
        "codepipeline-pipeline-manual-approval-failed",
    }
    assert rule["Targets"] == [{"TargetAddress": {"Ref": topic}, "TargetType": "SNS"}]
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "platform@example.com")
    assert subscription["TopicArn"] == {"Ref": topic}
    assert properties["KmsMasterKeyId"]["Fn::GetAtt"][0] in pipeline.of_type("AWS::KMS::Key")


def test_only_the_notification_service_may_publish_on_the_topic(templates: Templates) -> None:
    statements = templates.pipeline.one("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    allowing = [s for s in statements if s["Effect"] == "Allow"]
    denying = [s for s in statements if s["Effect"] == "Deny"]

    assert [s["Principal"] for s in allowing] == [
        {"Service": "codestar-notifications.amazonaws.com"}
    ]
    assert [s["Condition"] for s in denying] == [{"Bool": {"aws:SecureTransport": "false"}}]


def test_artifacts_are_encrypted_with_a_key_that_environments_may_only_read_with(
    templates: Templates,
) -> None:
    pipeline = templates.pipeline
    properties = pipeline.one("AWS::CodePipeline::Pipeline")
    # One store, or with further Regions a list of them, the pipeline's own Region among them.
    store = properties.get("ArtifactStore") or next(
        each["ArtifactStore"]
        for each in properties["ArtifactStores"]
        if each["Region"] == pipeline.region
    )
    key = pipeline.of_type("AWS::KMS::Key")[store["EncryptionKey"]["Id"]["Fn::GetAtt"][0]]
    others = [
        (actions(statement), sorted(account for account in ACCOUNTS.values() if account in text))
        for statement in key["KeyPolicy"]["Statement"]
        if (text := json.dumps(statement["Principal"]))
        and any(account in text for account in ACCOUNTS.values())
    ]

    assert others == [(["kms:Decrypt", "kms:DescribeKey"], sorted(ACCOUNTS.values()))]


def test_every_build_project_encrypts_what_it_writes(templates: Templates) -> None:
    keys: set[Any] = set(templates.pipeline.of_type("AWS::KMS::Key"))

    assert {
        project["EncryptionKey"]["Fn::GetAtt"][0]
        for project in templates.pipeline.of_type("AWS::CodeBuild::Project").values()
    } <= keys


def test_assets_are_published_only_by_the_bootstraps_roles_of_the_environments(
    templates: Templates,
) -> None:
    publishing = {
        text
        for text in strings(templates.pipeline.of_type("AWS::IAM::Policy"))
        if "file-publishing-role" in text
    }

    assert publishing == {
        f"arn:${{AWS::Partition}}:iam::{account}:role/"
        f"cdk-hnb659fds-file-publishing-role-{account}-ap-southeast-1"
        for account in ACCOUNTS.values()
    }
