"""Services' secrets: who may touch them, how they are rotated, who hears when they are not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from config.load import load
from config.rotation_time import restart_minutes
from config.rules.rotation import OF_A_DATABASE, OF_AN_API_KEY, OF_THE_STACK
from rehearsal.clock import ManualClock
from rehearsal.event_rules import EventRules
from tests.support.denials import Caller, denied, resolved, role
from tests.support.regions import PORT
from tests.support.synthesis import ROOT
from tests.support.templates import (
    STAGES,
    Json,
    Stack,
    Templates,
    allowed,
    read,
    stack_output,
    strings,
)

REGION = "ap-southeast-1"
READ = "secretsmanager:GetSecretValue"
CHANGE = ("secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage")
MANAGE = (
    "secretsmanager:DeleteResourcePolicy",
    "secretsmanager:DeleteSecret",
    "secretsmanager:PutResourcePolicy",
    "secretsmanager:ReplicateSecretToRegions",
    "secretsmanager:UpdateSecret",
)
OPEN = (
    "secretsmanager:CancelRotateSecret",
    "secretsmanager:DescribeSecret",
    "secretsmanager:ListSecretVersionIds",
    "secretsmanager:RotateSecret",
)
BREAK_GLASS = "pase-break-glass"
DATABASES = {
    "pase/inventory/database": ("inventory", f"pase-inventory-execution-{REGION}"),
    "pase/storefront/database": ("storefront", f"pase-storefront-task-{REGION}"),
}
API_KEY = "pase/storefront/api-keys/payments"
PROVIDER = "pase/api_key_providers/storefront/payments"
ADMIN = "pase/database-admin"
EVERY_SECRET = (*DATABASES, API_KEY, PROVIDER, ADMIN)
ROTATED = (*DATABASES, API_KEY)


@pytest.fixture(params=STAGES)
def secrets(request: pytest.FixtureRequest, templates: Templates) -> Stack:
    """The stack of each environment in turn."""
    return templates[request.param, "Secrets"]


def secret(stack: Stack, name: str) -> tuple[str, Json]:
    """The secret of that name."""
    return stack.only("AWS::SecretsManager::Secret", Name=name)


def policy(stack: Stack, name: str) -> Json:
    """The policy on the secret, roles of this stack named by logical id."""
    if name == ADMIN:
        found = [
            each
            for each in stack.of_type("AWS::SecretsManager::ResourcePolicy").values()
            if "Fn::GetStackOutput" in each["SecretId"]
        ]
        assert len(found) == 1
        assert "DatabaseAdminSecret" in stack_output(found[0]["SecretId"])[1]
        document = found[0]["ResourcePolicy"]
    else:
        reference = {"Ref": secret(stack, name)[0]}
        _, properties = stack.only("AWS::SecretsManager::ResourcePolicy", SecretId=reference)
        document = properties["ResourcePolicy"]
    return resolved(document, account=stack.account)


def function(stack: Stack, package: str, **environment: Any) -> tuple[str, Json]:
    """The function of that package with these variables."""
    found = [
        (logical_id, each)
        for logical_id, each in stack.of_type("AWS::Lambda::Function").items()
        if each["Handler"] == f"lambdas.{package}.handler.handler"
        and environment.items() <= each["Environment"]["Variables"].items()
    ]
    assert len(found) == 1, (package, environment)
    return found[0]


def rotation(stack: Stack, name: str) -> tuple[str, Json]:
    """The function that rotates the secret."""
    package = "api_key_rotation" if name == API_KEY else "secret_rotation"
    return function(stack, package, SECRET_ARN={"Ref": secret(stack, name)[0]})


def role_of(stack: Stack, package: str, **environment: Any) -> str:
    """The logical id of the function's role."""
    name: str = function(stack, package, **environment)[1]["Role"]["Fn::GetAtt"][0]
    return name


def rotation_role(stack: Stack, name: str) -> str:
    """The logical id of the role of the function that rotates the secret."""
    identifier: str = rotation(stack, name)[1]["Role"]["Fn::GetAtt"][0]
    return identifier


def deployer(stack: Stack) -> str:
    """The role with which CloudFormation deploys the stack, as the assembly says it."""
    manifest = read(stack.template_path.parent / "manifest.json")
    (arn,) = {
        artifact["properties"]["cloudFormationExecutionRoleArn"]
        for artifact in manifest["artifacts"].values()
        if artifact["type"] == "aws:cloudformation:stack"
        and artifact["properties"]["templateFile"] == stack.template_path.name
    }
    name: str = arn.replace("${AWS::Partition}", "aws").partition("role/")[2]
    return name


def may(stack: Stack, name: str, action: str, *callers: str) -> set[str]:
    """Which of the roles the secret's policy does not deny the action."""
    document = policy(stack, name)
    return {
        each for each in callers if not denied(document, role(each, account=stack.account), action)
    }


def everybody(stack: Stack) -> list[str]:
    """Every role that has anything to do with secrets, and some that have not."""
    return [
        *(
            f"pase-{s}-{kind}-{REGION}"
            for s in ("inventory", "storefront", "orders")
            for kind in ("task", "execution")
        ),
        *(rotation_role(stack, name) for name in ROTATED),
        role_of(stack, "database_access"),
        role_of(stack, "secret_age"),
        role_of(stack, "secret_redeployment"),
        deployer(stack),
        BREAK_GLASS,
        "Admin",
        "OrganizationAccountAccessRole",
        f"cdk-hnb659fds-deploy-role-{stack.account}-{REGION}",
    ]


def readers(stack: Stack, name: str) -> set[str]:
    """Who is meant to read the secret."""
    if name == ADMIN:
        return {
            role_of(stack, "database_access"),
            *(rotation_role(stack, each) for each in DATABASES),
            deployer(stack),
            BREAK_GLASS,
        }
    if name == PROVIDER:
        return {rotation_role(stack, API_KEY), BREAK_GLASS}
    if name == API_KEY:
        return {f"pase-storefront-task-{REGION}", rotation_role(stack, name), BREAK_GLASS}
    return {
        DATABASES[name][1],
        role_of(stack, "database_access"),
        rotation_role(stack, name),
        BREAK_GLASS,
    }


def changers(stack: Stack, name: str) -> set[str]:
    """Who is meant to set its value."""
    if name == ADMIN:
        return {deployer(stack), BREAK_GLASS}
    return {BREAK_GLASS} if name == PROVIDER else {rotation_role(stack, name), BREAK_GLASS}


@pytest.mark.parametrize("name", EVERY_SECRET)
def test_a_secret_is_read_by_whoever_needs_it_and_denied_to_everybody_else(
    secrets: Stack, name: str
) -> None:
    assert may(secrets, name, READ, *everybody(secrets)) == readers(secrets, name)


@pytest.mark.parametrize("name", EVERY_SECRET)
def test_a_secrets_value_is_set_by_its_rotation_and_break_glass_alone(
    secrets: Stack, name: str
) -> None:
    for action in CHANGE:
        assert may(secrets, name, action, *everybody(secrets)) == changers(secrets, name)


@pytest.mark.parametrize("name", EVERY_SECRET)
def test_nobody_is_locked_out_for_good(secrets: Stack, name: str) -> None:
    """The role that deploys this very stack can change the policy, and so can break-glass."""
    for action in MANAGE:
        assert may(secrets, name, action, *everybody(secrets)) == {
            deployer(secrets),
            BREAK_GLASS,
        }


@pytest.mark.parametrize("name", EVERY_SECRET)
def test_looking_at_a_secret_and_rotating_it_is_denied_to_nobody(secrets: Stack, name: str) -> None:
    for action in OPEN:
        roles = everybody(secrets)
        assert may(secrets, name, action, *roles) == set(roles)


@pytest.mark.parametrize("name", EVERY_SECRET)
def test_another_account_and_the_accounts_root_are_denied_the_value(
    secrets: Stack, name: str
) -> None:
    document = policy(secrets, name)

    for arn in (
        f"arn:aws:iam::999999999999:role/{BREAK_GLASS}",
        f"arn:aws:iam::{secrets.account}:root",
        f"arn:aws:iam::{secrets.account}:user/somebody",
    ):
        assert denied(document, Caller(arn=arn), READ)
    assert not denied(document, Caller(arn="", service=True), READ)


def test_every_secret_has_a_policy_and_no_policy_allows_anything(
    secrets: Stack, templates: Templates
) -> None:
    policies = list(secrets.of_type("AWS::SecretsManager::ResourcePolicy").values())

    assert len(policies) == len(EVERY_SECRET)
    for each in policies:
        assert each["BlockPublicPolicy"] is True
        assert {s["Effect"] for s in each["ResourcePolicy"]["Statement"]} == {"Deny"}
    everywhere = [
        (stack.name, each["Name"])
        for stack in templates
        if stack.stage == secrets.stage
        for each in stack.of_type("AWS::SecretsManager::Secret").values()
    ]
    assert {name for _, name in everywhere} == set(EVERY_SECRET)
    assert {stack for stack, name in everywhere if name != ADMIN} == {"Secrets"}


def test_the_policies_name_the_roles_that_the_services_stacks_make(
    secrets: Stack, templates: Templates
) -> None:
    named = {
        text.partition("role/")[2]
        for each in secrets.of_type("AWS::SecretsManager::ResourcePolicy").values()
        for text in strings(each)
        if "role/pase-" in text
    }
    made = {
        each["RoleName"]
        for stack in templates
        if stack.stage == secrets.stage
        for each in stack.of_type("AWS::IAM::Role").values()
        if "RoleName" in each
    }

    assert named == {BREAK_GLASS, *(reader for _, reader in DATABASES.values())}
    assert named - {BREAK_GLASS} <= made


@pytest.mark.parametrize("name", DATABASES)
def test_a_login_names_the_cluster_by_its_endpoint(secrets: Stack, name: str) -> None:
    _, properties = secret(secrets, name)
    generated = properties["GenerateSecretString"]
    _, parts = generated["SecretStringTemplate"]["Fn::Join"]
    outputs = [stack_output(part) for part in parts if isinstance(part, dict)]
    text = "".join(part if isinstance(part, str) else "TOKEN" for part in parts)
    service = DATABASES[name][0]

    assert json.loads(text) == {
        "engine": "postgres",
        "host": "TOKEN",
        "port": "TOKEN",
        "dbname": service,
        "username": f"{service}_a",
    }
    assert [stack for stack, _ in outputs] == [f"{secrets.stage}-Data"] * 2
    assert "EndpointAddress" in outputs[0][1]
    assert "EndpointPort" in outputs[1][1]
    assert (generated["GenerateStringKey"], generated["PasswordLength"]) == ("password", 48)
    assert generated["ExcludePunctuation"] is True
    assert stack_output(properties["KmsKeyId"])[0] == f"{secrets.stage}-Data"


@pytest.mark.parametrize("name", [API_KEY, PROVIDER])
def test_what_is_not_known_yet_is_empty(secrets: Stack, name: str) -> None:
    _, properties = secret(secrets, name)

    assert json.loads(properties["SecretString"]) == {}
    assert stack_output(properties["KmsKeyId"])[0] == f"{secrets.stage}-Data"


@pytest.mark.parametrize("name", ROTATED)
def test_a_secret_is_rotated_on_schedule_and_by_no_deployment(secrets: Stack, name: str) -> None:
    reference = {"Ref": secret(secrets, name)[0]}
    _, schedule = secrets.only("AWS::SecretsManager::RotationSchedule", SecretId=reference)
    expression = "cron(0 3 ? * TUE#1 *)" if name == API_KEY else "rate(30 days)"

    assert schedule == {
        "SecretId": reference,
        "RotationLambdaARN": {"Fn::GetAtt": [rotation(secrets, name)[0], "Arn"]},
        "RotationRules": {"ScheduleExpression": expression, "Duration": "4h"},
        "RotateImmediatelyOnUpdate": False,
    }


@pytest.mark.parametrize("name", ROTATED)
def test_secrets_manager_may_invoke_the_function_for_its_own_secret_only(
    secrets: Stack, name: str
) -> None:
    reference = {"Ref": secret(secrets, name)[0]}
    own = {"Fn::GetAtt": [rotation(secrets, name)[0], "Arn"]}
    _, permission = secrets.only("AWS::Lambda::Permission", FunctionName=own)

    assert permission == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": own,
        "Principal": "secretsmanager.amazonaws.com",
        "SourceAccount": secrets.account,
        "SourceArn": reference,
    }


@pytest.mark.parametrize("name", DATABASES)
def test_a_login_is_there_before_its_rotation_is_tried(secrets: Stack, name: str) -> None:
    service = DATABASES[name][0]
    identifier, _ = secret(secrets, name)
    schedule, _ = secrets.only(
        "AWS::SecretsManager::RotationSchedule", SecretId={"Ref": identifier}
    )
    access, properties = secrets.only("Custom::DatabaseAccess", SecretArn={"Ref": identifier})
    needed = set(secrets.resources[schedule]["DependsOn"])
    (permission,) = (
        logical_id
        for logical_id, each in secrets.of_type("AWS::Lambda::Permission").items()
        if each["SourceArn"] == {"Ref": identifier}
    )

    assert {access, permission} <= needed
    assert {secrets.resources[each]["Type"] for each in needed} >= {
        "AWS::SecretsManager::ResourcePolicy",
        "AWS::Lambda::Function",
    }
    assert {key: properties[key] for key in ("Database", "Owner", "Logins", "ServiceToken")} == {
        "Database": service,
        "Owner": f"{service}_owner",
        "Logins": [f"{service}_a", f"{service}_b"],
        "ServiceToken": {"Fn::GetAtt": [function(secrets, "database_access")[0], "Arn"]},
    }
    # Nothing answers before the way to the database is open.
    assert {secrets.resources[each]["Type"] for each in secrets.resources[access]["DependsOn"]} == {
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::SecurityGroupIngress",
    }


def test_the_rotation_of_a_login_knows_its_logins_and_leaves_young_ones_alone(
    secrets: Stack,
) -> None:
    configuration = load(ROOT).environment(secrets.stage.lower())
    for name, (service, _) in DATABASES.items():
        variables = dict(rotation(secrets, name)[1]["Environment"]["Variables"])
        seconds = restart_minutes(service=configuration.services[service]) * 60
        admin = variables.pop("ADMIN_SECRET_ARN")

        assert "DatabaseAdminSecret" in stack_output(admin)[1]
        assert variables == {
            "SECRET_ARN": {"Ref": secret(secrets, name)[0]},
            "LOGINS": f"{service}_a,{service}_b",
            "OWNER": f"{service}_owner",
            # Only where ECS injects it do tasks hold the login that is about to be changed.
            **({"MINIMUM_AGE_SECONDS": str(seconds)} if service == "inventory" else {}),
        }


def test_the_rotation_of_an_api_key_knows_its_provider(secrets: Stack) -> None:
    assert rotation(secrets, API_KEY)[1]["Environment"]["Variables"] == {
        "SECRET_ARN": {"Ref": secret(secrets, API_KEY)[0]},
        "PROVIDER": "http",
        "PROVIDER_SECRET_ARN": {"Ref": secret(secrets, PROVIDER)[0]},
        "PROVIDER_URL": "https://keys.payments.example.com/v1",
        "OVERLAP_SECONDS": str(24 * 3600),
    }


@pytest.mark.parametrize("name", ROTATED)
def test_a_rotation_may_touch_its_own_secret_and_read_what_it_needs(
    secrets: Stack, name: str
) -> None:
    own = {"Ref": secret(secrets, name)[0]}
    via = {"StringEquals": {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}}
    found = [
        (actions, resources, condition)
        for actions, resources, condition in allowed(
            secrets.statements(rotation_role(secrets, name))
        )
        if actions[0].startswith(("secretsmanager:", "kms:"))
    ]
    reading = found[2:]

    assert found[0] == (
        [
            "secretsmanager:DescribeSecret",
            READ,
            "secretsmanager:PutSecretValue",
            "secretsmanager:UpdateSecretVersionStage",
        ],
        [own],
        None,
    )
    assert found[1][0] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert found[1][2] == via
    assert [actions for actions, _, _ in reading] == [["secretsmanager:DescribeSecret", READ]]
    (read_one,) = reading[0][1]
    if name == API_KEY:
        assert read_one == {"Ref": secret(secrets, PROVIDER)[0]}
    else:
        assert "DatabaseAdminSecret" in stack_output(read_one)[1]


def outward_ports(secrets: Stack, package: str) -> set[int]:
    """Where the function of this package may connect to; nobody may connect to it, and to the
    database's port it may only there.
    """
    ports = set()
    for each in secrets.of_type("AWS::Lambda::Function").values():
        if each["Handler"] != f"lambdas.{package}.handler.handler":
            continue
        (group,) = each["VpcConfig"]["SecurityGroupIds"]
        identifier = group["Fn::GetAtt"][0]
        properties = secrets.resources[identifier]["Properties"]
        assert "SecurityGroupIngress" not in properties
        outward = [
            *properties["SecurityGroupEgress"],
            *(
                rule
                for rule in secrets.of_type("AWS::EC2::SecurityGroupEgress").values()
                if rule["GroupId"] == group
            ),
        ]
        for rule in outward:
            ports.add(rule["ToPort"])
            if rule["ToPort"] == 5432:
                assert stack_output(rule["DestinationSecurityGroupId"])[0].endswith("-Data")
    return ports


@pytest.mark.parametrize(
    ("package", "ports"),
    [
        ("secret_rotation", {443, 5432}),
        ("database_access", {443, 5432}),
        ("api_key_rotation", {443}),
    ],
)
def test_functions_that_hold_secrets_reach_what_they_need_and_nothing_else(
    secrets: Stack, package: str, ports: set[int]
) -> None:
    assert outward_ports(secrets, package) == ports


def test_a_provider_at_another_port_is_reached_too(laptop_templates: Templates) -> None:
    secrets = laptop_templates["Prod", "Secrets"]
    assert outward_ports(secrets, "api_key_rotation") == {443, PORT}


def test_the_drivers_come_as_a_layer_to_the_functions_that_log_in(secrets: Stack) -> None:
    layer, _ = secrets.only("AWS::Lambda::LayerVersion")
    with_layer = {
        each["Handler"].split(".")[1]
        for each in secrets.of_type("AWS::Lambda::Function").values()
        if each.get("Layers") == [{"Ref": layer}]
    }

    assert with_layer == {"secret_rotation", "database_access"}


@pytest.mark.parametrize("name", ROTATED)
def test_a_rotation_that_fails_and_a_secret_that_grows_old_are_told(
    secrets: Stack, name: str
) -> None:
    topic = [{"Ref": secrets.only("AWS::SNS::Topic")[0]}]
    own = {"Name": "FunctionName", "Value": {"Ref": rotation(secrets, name)[0]}}
    _, fails = secrets.only("AWS::CloudWatch::Alarm", Dimensions=[own])
    _, old = secrets.only("AWS::CloudWatch::Alarm", Dimensions=[{"Name": "Secret", "Value": name}])

    assert (fails["Namespace"], fails["MetricName"]) == ("AWS/Lambda", "Errors")
    assert (fails["Threshold"], fails["Period"], fails["EvaluationPeriods"]) == (1, 300, 1)
    assert fails["TreatMissingData"] == "notBreaching"
    assert fails["AlarmActions"] == old["AlarmActions"] == topic
    assert (old["Namespace"], old["MetricName"]) == ("Pase/Secrets", "DaysSinceRotation")
    # The first Tuesdays of two months are 35 days apart at most.
    assert old["Threshold"] == (35 if name == API_KEY else 30) + 3
    assert (old["ComparisonOperator"], old["Statistic"]) == ("GreaterThanThreshold", "Maximum")
    assert (old["Period"], old["EvaluationPeriods"]) == (3600, 4)
    # That no age comes any more is told too, and not before the first one could have come.
    assert (old["TreatMissingData"], old["InsufficientDataActions"]) == ("missing", topic)


def test_the_age_is_published_hourly_of_every_secret_that_is_rotated(secrets: Stack) -> None:
    identifier, age = function(secrets, "secret_age")
    rotated = [{"Ref": secret(secrets, name)[0]} for name in ROTATED]
    _, rule = secrets.only("AWS::Events::Rule", ScheduleExpression="rate(1 hour)")
    statements = allowed(secrets.statements(age["Role"]["Fn::GetAtt"][0]))

    def order(reference: Json) -> str:
        return str(reference["Ref"])

    assert sorted(json.loads(age["Environment"]["Variables"]["SECRETS"])) == sorted(ROTATED)
    assert [target["Arn"]["Fn::GetAtt"][0] for target in rule["Targets"]] == [identifier]
    (describe,) = [s for s in statements if s[0] == ["secretsmanager:DescribeSecret"]]
    assert sorted(describe[1], key=order) == sorted(rotated, key=order)


def test_a_service_with_an_injected_secret_is_restarted_by_events_and_by_a_watchdog(
    secrets: Stack,
) -> None:
    identifier, restart = function(secrets, "secret_redeployment")
    variables = restart["Environment"]["Variables"]
    rules = [
        rule
        for rule in secrets.of_type("AWS::Events::Rule").values()
        if rule["Targets"][0]["Arn"] == {"Fn::GetAtt": [identifier, "Arn"]}
    ]
    assert variables["CLUSTER"] == "pase"
    assert json.loads(variables["SERVICES"]) == {"inventory": ["pase/inventory/database"]}
    assert [r["ScheduleExpression"] for r in rules if "ScheduleExpression" in r] == [
        "rate(10 minutes)"
    ]
    for event, wanted in EVENTS:
        assert delivered(rules, event) == ([event] if wanted else []), event


def delivered(rules: list[Json], event: Json) -> list[Any]:
    """What the rules' targets are given for the event."""
    told: list[Any] = []

    def deliver(arn: str, event: Any) -> None:
        assert arn == "arn:aws:lambda:f"
        told.append(event)

    clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
    bus = EventRules(clock=clock, deliver=deliver, account="1", region=REGION)
    for rule in rules:
        bus.add("Rule", {**rule, "Targets": [{"Id": "Restart", "Arn": "arn:aws:lambda:f"}]})
    bus.publish(event)
    assert bus.unhonoured == []
    return told


def _label(label: str) -> Json:
    return {
        "source": "aws.secretsmanager",
        "detail-type": "Secret Label Updated",
        "resources": ["arn:of:the-secret"],
        "detail": {"name": "pase/inventory/database", "labelUpdated": label, "versionId": "v"},
    }


def _release(state: str) -> Json:
    return {
        "source": "aws.codedeploy",
        "detail-type": "CodeDeploy Deployment State-change Notification",
        "detail": {"state": state, "application": "inventory"},
    }


def _trail(name: str) -> Json:
    return {
        "source": "aws.secretsmanager",
        "detail-type": "AWS Service Event via CloudTrail",
        "detail": {"eventSource": "secretsmanager.amazonaws.com", "eventName": name},
    }


EVENTS = (
    (_label("AWSCURRENT"), True),
    (_label("mine"), False),
    (_trail("RotationSucceeded"), True),
    (_trail("RotationStarted"), False),
    (_release("SUCCESS"), True),
    (_release("FAILURE"), True),
    (_release("STOP"), True),
    (_release("READY"), True),
    (_release("START"), False),
)


def test_who_restarts_services_reads_no_secret_and_touches_no_other_services_release(
    secrets: Stack,
) -> None:
    statements = allowed(secrets.statements(role_of(secrets, "secret_redeployment")))
    rights = {action: resources for actions, resources, _ in statements for action in actions}
    codedeploy = f"arn:aws:codedeploy:{REGION}:{secrets.account}"

    assert READ not in rights
    assert rights["secretsmanager:DescribeSecret"] == [
        {"Ref": secret(secrets, "pase/inventory/database")[0]}
    ]
    assert rights["codedeploy:CreateDeployment"] == [f"{codedeploy}:deploymentgroup:inventory/*"]
    assert rights["codedeploy:RegisterApplicationRevision"] == [
        f"{codedeploy}:application:inventory"
    ]
    assert rights["ecs:DescribeServices"] == [
        f"arn:aws:ecs:{REGION}:{secrets.account}:service/pase/inventory"
    ]
    assert "codedeploy:StopDeployment" not in rights
    # They know no resource; allowed on some they would be allowed on nothing.
    assert [action for action, resources in rights.items() if resources == ["*"]] == [
        "codedeploy:ContinueDeployment",
        "ecs:DescribeTaskDefinition",
    ]


@pytest.mark.parametrize("package", ["secret_age", "secret_redeployment"])
def test_who_watches_is_watched(secrets: Stack, package: str) -> None:
    own = {"Name": "FunctionName", "Value": {"Ref": function(secrets, package)[0]}}
    _, alarm = secrets.only("AWS::CloudWatch::Alarm", Dimensions=[own])

    assert alarm["AlarmActions"] == [{"Ref": secrets.only("AWS::SNS::Topic")[0]}]


def test_alarms_reach_people_through_the_encrypted_topic(secrets: Stack) -> None:
    topic, properties = secrets.only("AWS::SNS::Topic", TopicName="pase-secrets")
    _, key = secrets.only("AWS::KMS::Key")
    document = secrets.one("AWS::SNS::TopicPolicy")["PolicyDocument"]
    subscribed = secrets.one("AWS::SNS::Subscription")
    conditions = {
        "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{REGION}:{secrets.account}:alarm:*"},
        "StringEquals": {"aws:SourceAccount": secrets.account},
    }

    def of_alarms(statements: list[Json]) -> list[Json]:
        return [s for s in statements if s["Principal"] == {"Service": "cloudwatch.amazonaws.com"}]

    (publish,) = of_alarms(document["Statement"])
    (use,) = of_alarms(key["KeyPolicy"]["Statement"])
    assert (publish["Action"], publish["Resource"]) == ("sns:Publish", {"Ref": topic})
    assert use["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    for statement in (publish, use):
        found = json.dumps(statement["Condition"]).replace('{"Ref": "AWS::Partition"}', "")
        assert statement["Effect"] == "Allow"
        assert statement["Condition"]["StringEquals"] == conditions["StringEquals"]
        assert f":cloudwatch:{REGION}:{secrets.account}:alarm:*" in found
    assert properties["KmsMasterKeyId"] == {"Fn::GetAtt": [secrets.only("AWS::KMS::Key")[0], "Arn"]}
    assert (subscribed["Protocol"], subscribed["Endpoint"]) == ("email", "platform@example.com")


def test_the_stack_needs_no_more_resources_than_the_configurations_rule_counts(
    secrets: Stack,
) -> None:
    assert len(secrets.resources) <= (OF_THE_STACK + len(DATABASES) * OF_A_DATABASE + OF_AN_API_KEY)
    for name, most in ((name, OF_A_DATABASE) for name in DATABASES):
        prefix = f"{DATABASES[name][0].capitalize()}Database"
        assert sum(each.startswith(prefix) for each in secrets.resources) == most
    keys = sum(each.startswith("StorefrontApiKeys") for each in secrets.resources)
    assert keys == OF_AN_API_KEY
