"""How a new version comes in: the frozen service, the deployment group, the shift, the way back."""

from __future__ import annotations

import json

import pytest

from tests.support.templates import (
    SERVICES,
    STAGES,
    Json,
    Stack,
    Templates,
    allowed,
    stack_output,
    walk,
)

ROUTING = {
    ("Dev", "Storefront"): {"Type": "AllAtOnce"},
    ("Dev", "Inventory"): {"Type": "AllAtOnce"},
    **{
        (stage, "Storefront"): {
            "Type": "TimeBasedCanary",
            "TimeBasedCanary": {"CanaryPercentage": 20, "CanaryInterval": 5},
        }
        for stage in ("Staging", "Prod")
    },
    **{
        (stage, "Inventory"): {
            "Type": "TimeBasedLinear",
            "TimeBasedLinear": {"LinearPercentage": 25, "LinearInterval": 3},
        }
        for stage in ("Staging", "Prod")
    },
}
HOT_STANDBY = {"Dev": 10, "Staging": 60, "Prod": 60}

# What CloudFormation may not touch when a version is released (docs: safe releases, A).
FROZEN = (
    "AWS::ECS::Service",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::CodeDeploy::DeploymentConfig",
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::StepFunctions::StateMachine",
    "Custom::LiveTargetGroup",
)


def short(service: Stack) -> str:
    """``Storefront`` or ``Inventory``."""
    return service.name.removesuffix("Service")


def deployment_group(service: Stack) -> Json:
    """CodeDeploy's deployment group."""
    return service.one("AWS::CodeDeploy::DeploymentGroup")


def checks_function(service: Stack) -> tuple[str, Json]:
    """The function that runs the service's checks."""
    name = f"pase-{short(service).lower()}-checks"
    return service.only("AWS::Lambda::Function", FunctionName=name)


def test_codedeploy_releases_the_service(service: Stack) -> None:
    properties = service.one("AWS::ECS::Service")

    assert properties["DeploymentController"] == {"Type": "CODE_DEPLOY"}
    assert properties["ServiceName"] == short(service).lower()


def test_nothing_in_the_service_changes_with_a_release(service: Stack) -> None:
    """The family stands for the newest revision; counts and rolling settings are not its own."""
    properties = service.one("AWS::ECS::Service")

    assert properties["TaskDefinition"] == short(service).lower()
    assert "DesiredCount" not in properties
    assert "PlatformVersion" not in properties
    assert "ServiceRegistries" not in properties
    assert properties["DeploymentConfiguration"] == {
        "MaximumPercent": 200,
        "MinimumHealthyPercent": 100,
    }


def test_the_service_starts_on_blue_and_after_both_listeners_know_it(service: Stack) -> None:
    logical_id, properties = service.only("AWS::ECS::Service")
    (attached,) = properties["LoadBalancers"]
    target = service.resources[attached["TargetGroupArn"]["Ref"]]["Properties"]

    assert target["Name"] == f"{short(service).lower()}-blue"
    assert (attached["ContainerName"], attached["ContainerPort"]) == ("app", 8080)
    assert set(service.of_type("AWS::ElasticLoadBalancingV2::Listener")) <= set(
        service.resources[logical_id]["DependsOn"]
    )


def test_tasks_run_in_the_private_tier_without_public_addresses(service: Stack) -> None:
    network = service.one("AWS::ECS::Service")["NetworkConfiguration"]["AwsvpcConfiguration"]
    subnets = {stack_output(subnet)[1] for subnet in network["Subnets"]}

    assert network["AssignPublicIp"] == "DISABLED"
    assert len(subnets) == 2  # before any release; a zone added later must not change them
    assert all("PrivateSubnet" in subnet for subnet in subnets)
    assert len(network["SecurityGroups"]) == 1


def test_the_service_resource_knows_nothing_of_capacity_but_where_it_starts(
    service: Stack,
) -> None:
    assert service.one("AWS::ECS::Service")["CapacityProviderStrategy"] == [
        {"CapacityProvider": "FARGATE", "Weight": 1}
    ]


def test_only_devs_internal_service_is_released_to_spot(service: Stack) -> None:
    strategy = json.loads(service.one("Custom::Release")["Capacity"])
    spot = (service.stage, short(service)) == ("Dev", "Inventory")

    assert strategy == (
        [{"CapacityProvider": "FARGATE_SPOT", "Weight": 100, "Base": 0}]
        if spot
        else [{"CapacityProvider": "FARGATE", "Weight": 100, "Base": 1}]
    )


def test_a_release_runs_in_every_zone_with_the_services_own_security_group(
    service: Stack,
) -> None:
    release = service.one("Custom::Release")
    network = service.one("AWS::ECS::Service")["NetworkConfiguration"]["AwsvpcConfiguration"]

    assert len({stack_output(subnet)[1] for subnet in release["Subnets"]}) == 3
    assert release["Subnets"][:2] == network["Subnets"]
    assert release["SecurityGroups"] == network["SecurityGroups"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_release_changes_the_task_definition_and_no_resource_that_is_frozen(
    templates: Templates, laptop_templates: Templates, stage: str
) -> None:
    """Two syntheses with two digests are two releases."""
    one = templates.service(stage, "Storefront")
    other = laptop_templates.service(stage, "Storefront")
    changed = {
        logical_id: resource["Type"]
        for logical_id, resource in one.resources.items()
        if json.dumps(resource) != json.dumps(other.resources.get(logical_id))
    }

    assert one.resources.keys() == other.resources.keys()
    assert set(changed.values()) == {"AWS::ECS::TaskDefinition", "Custom::Release"}
    assert not set(FROZEN) & set(changed.values())


@pytest.mark.parametrize("stage", STAGES)
def test_a_release_changes_the_image_and_the_version_and_nothing_else(
    templates: Templates, laptop_templates: Templates, stage: str
) -> None:
    one, other = (
        dict(walk(assembly.service(stage, "Storefront").one("AWS::ECS::TaskDefinition")))
        for assembly in (templates, laptop_templates)
    )
    version = next(
        index
        for index in range(20)
        if one["ContainerDefinitions", "0", "Environment", str(index), "Name"] == "VERSION"
    )
    leaves = {
        path
        for path, value in one.items()
        if not isinstance(value, (dict, list)) and other[path] != value
    }

    assert one.keys() == other.keys()
    assert leaves == {
        ("ContainerDefinitions", "0", "Image"),
        ("ContainerDefinitions", "0", "Environment", str(version), "Value"),
    }


@pytest.mark.parametrize("stage", STAGES)
def test_one_services_release_touches_no_other_stack_of_the_environment(
    templates: Templates, laptop_templates: Templates, stage: str
) -> None:
    for name in ("Network", "Data", "Cluster", "InventoryService"):
        assert templates[stage, name].template == laptop_templates[stage, name].template, name


def test_traffic_moves_as_the_environment_says(service: Stack) -> None:
    config = service.one("AWS::CodeDeploy::DeploymentConfig")

    assert config["ComputePlatform"] == "ECS"
    assert config["TrafficRoutingConfig"] == ROUTING[service.stage, short(service)]


def test_prod_never_moves_all_traffic_at_once(templates: Templates) -> None:
    for name in SERVICES:
        routing = templates.service("Prod", name).one("AWS::CodeDeploy::DeploymentConfig")

        assert routing["TrafficRoutingConfig"]["Type"] != "AllAtOnce"


def test_the_deployment_group_uses_the_services_own_configuration(service: Stack) -> None:
    config, _ = service.only("AWS::CodeDeploy::DeploymentConfig")
    application, _ = service.only("AWS::CodeDeploy::Application", ComputePlatform="ECS")
    group = deployment_group(service)

    assert group["DeploymentConfigName"] == {"Ref": config}
    assert group["ApplicationName"] == {"Ref": application}
    assert group["DeploymentGroupName"] == short(service).lower()
    assert group["ECSServices"] == [{"ClusterName": "pase", "ServiceName": short(service).lower()}]
    assert group["DeploymentStyle"] == {
        "DeploymentType": "BLUE_GREEN",
        "DeploymentOption": "WITH_TRAFFIC_CONTROL",
    }


def test_the_deployment_group_knows_both_listeners_and_both_target_groups(service: Stack) -> None:
    listeners = {
        properties["Port"]: logical_id
        for logical_id, properties in service.of_type(
            "AWS::ElasticLoadBalancingV2::Listener"
        ).items()
    }
    (pair,) = deployment_group(service)["LoadBalancerInfo"]["TargetGroupPairInfoList"]
    colours = [
        service.resources[target["Name"]["Fn::GetAtt"][0]]["Properties"]["Name"].split("-")[1]
        for target in pair["TargetGroups"]
    ]

    assert pair["ProdTrafficRoute"] == {"ListenerArns": [{"Ref": listeners[443]}]}
    assert pair["TestTrafficRoute"] == {"ListenerArns": [{"Ref": listeners[8443]}]}
    assert colours == ["blue", "green"]


def test_every_alarm_of_the_service_stops_a_release(service: Stack) -> None:
    configuration = deployment_group(service)["AlarmConfiguration"]
    listed = [alarm["Name"] for alarm in configuration["Alarms"]]
    alarms = service.of_type("AWS::CloudWatch::Alarm")

    assert configuration["Enabled"] is True
    assert configuration["IgnorePollAlarmFailure"] is False
    assert sorted(listed) == sorted(alarm["AlarmName"] for alarm in alarms.values())
    assert len(listed) == 7
    # Named and not referred to, so the order has to be said.
    ((_, group),) = [
        (logical_id, resource)
        for logical_id, resource in service.resources.items()
        if resource["Type"] == "AWS::CodeDeploy::DeploymentGroup"
    ]
    assert set(alarms) <= set(group["DependsOn"])


def test_a_release_goes_back_by_itself_on_failure_alarm_and_stop(service: Stack) -> None:
    assert deployment_group(service)["AutoRollbackConfiguration"] == {
        "Enabled": True,
        "Events": [
            "DEPLOYMENT_FAILURE",
            "DEPLOYMENT_STOP_ON_ALARM",
            "DEPLOYMENT_STOP_ON_REQUEST",
        ],
    }


def test_blue_stays_as_hot_standby_and_is_then_cleaned_up(service: Stack) -> None:
    configuration = deployment_group(service)["BlueGreenDeploymentConfiguration"]

    assert configuration["TerminateBlueInstancesOnDeploymentSuccess"] == {
        "Action": "TERMINATE",
        "TerminationWaitTimeInMinutes": HOT_STANDBY[service.stage],
    }


def test_only_prods_storefront_waits_for_approval_and_silence_is_no(service: Stack) -> None:
    configuration = deployment_group(service)["BlueGreenDeploymentConfiguration"]
    waiting = (service.stage, short(service)) == ("Prod", "Storefront")

    assert configuration["DeploymentReadyOption"] == (
        {"ActionOnTimeout": "STOP_DEPLOYMENT", "WaitTimeInMinutes": 15}
        if waiting
        else {"ActionOnTimeout": "CONTINUE_DEPLOYMENT", "WaitTimeInMinutes": 0}
    )


def test_hot_standby_outlasts_draining_and_the_alarms_window(service: Stack) -> None:
    wait = deployment_group(service)["BlueGreenDeploymentConfiguration"][
        "TerminateBlueInstancesOnDeploymentSuccess"
    ]["TerminationWaitTimeInMinutes"]
    (draining,) = {
        int(attribute["Value"])
        for group in service.of_type("AWS::ElasticLoadBalancingV2::TargetGroup").values()
        for attribute in group["TargetGroupAttributes"]
        if attribute["Key"] == "deregistration_delay.timeout_seconds"
    }
    window = max(
        alarm["EvaluationPeriods"]
        * alarm.get("Period", alarm.get("Metrics", [{}])[-1].get("MetricStat", {}).get("Period", 0))
        for alarm in service.of_type("AWS::CloudWatch::Alarm").values()
    )

    assert window == 180
    assert wait * 60 >= max(draining, window)


def test_codedeploy_may_change_this_service_and_its_two_listeners_only(service: Stack) -> None:
    name = short(service).lower()
    role = deployment_group(service)["ServiceRoleArn"]["Fn::GetAtt"][0]
    task = service.one("AWS::ECS::TaskDefinition")
    ecs = f"arn:aws:ecs:{service.region}:{service.account}"
    listeners = service.of_type("AWS::ElasticLoadBalancingV2::Listener")

    assert service.resources[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "codedeploy.amazonaws.com"},
        }
    ]
    assert allowed(service.statements(role)) == [
        (
            [
                "ecs:CreateTaskSet",
                "ecs:DeleteTaskSet",
                "ecs:DescribeServices",
                "ecs:UpdateServicePrimaryTaskSet",
            ],
            [f"{ecs}:service/pase/{name}", f"{ecs}:task-set/pase/{name}/*"],
            None,
        ),
        (
            ["elasticloadbalancing:ModifyListener"],
            [{"Ref": logical_id} for logical_id in listeners],
            None,
        ),
        (
            [
                "cloudwatch:DescribeAlarms",
                "elasticloadbalancing:DescribeListeners",
                "elasticloadbalancing:DescribeRules",
                "elasticloadbalancing:DescribeTargetGroups",
            ],
            ["*"],
            None,
        ),
        (["lambda:InvokeFunction"], [{"Fn::GetAtt": [checks_function(service)[0], "Arn"]}], None),
        (
            ["iam:PassRole"],
            [task["ExecutionRoleArn"], task["TaskRoleArn"]],
            {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
    ]


def test_the_deployment_group_waits_for_the_service_and_for_its_rights(service: Stack) -> None:
    logical_id, group = service.only("AWS::CodeDeploy::DeploymentGroup")
    role = group["ServiceRoleArn"]["Fn::GetAtt"][0]
    policy = next(
        key
        for key, properties in service.of_type("AWS::IAM::Policy").items()
        if {"Ref": role} in properties["Roles"]
    )

    assert {service.only("AWS::ECS::Service")[0], policy} <= set(
        service.resources[logical_id]["DependsOn"]
    )


def test_the_release_checks_run_in_the_private_tier_against_both_listeners(
    service: Stack,
) -> None:
    name = short(service).lower()
    _, function = checks_function(service)
    variables = function["Environment"]["Variables"]
    domain = service.one("AWS::CertificateManager::Certificate")["DomainName"]
    group, _ = service.only("AWS::EC2::SecurityGroup", GroupDescription=f"Release checks of {name}")

    assert function["FunctionName"] == f"pase-{name}-checks"
    assert function["Handler"] == "lambdas.release_checks.handler.handler"
    assert variables["PRODUCTION_URL"] == f"https://{domain}:443"
    assert variables["TEST_URL"] == f"https://{domain}:8443"
    assert function["VpcConfig"]["SecurityGroupIds"] == [{"Fn::GetAtt": [group, "GroupId"]}]
    assert all(
        "PrivateSubnet" in stack_output(subnet)[1] for subnet in function["VpcConfig"]["SubnetIds"]
    )
    assert json.loads(variables["CHECKS"])
    assert variables["REPORT_PARAMETER"] == f"/pase/{name}/release-checks"


def test_the_release_checks_can_reach_codedeploy_to_answer_it(service: Stack) -> None:
    """They run in the VPC: without a way out CodeDeploy would hear nothing for an hour."""
    name = short(service).lower()
    _, group = service.only("AWS::EC2::SecurityGroup", GroupDescription=f"Release checks of {name}")

    assert any(
        rule["CidrIp"] == "0.0.0.0/0"
        and (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 443, 443)
        for rule in group["SecurityGroupEgress"]
    )


def test_the_release_checks_may_answer_log_and_join_the_network_and_nothing_else(
    service: Stack,
) -> None:
    _, function = checks_function(service)
    parameter = f"parameter/pase/{short(service).lower()}/release-checks"
    group = function["LoggingConfig"]["LogGroup"]["Ref"]

    assert allowed(service.statements(function["Role"]["Fn::GetAtt"][0])) == [
        (["logs:CreateLogStream", "logs:PutLogEvents"], [{"Fn::GetAtt": [group, "Arn"]}], None),
        (
            [
                "codedeploy:PutLifecycleEventHookExecutionStatus",
                "ec2:AssignPrivateIpAddresses",
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:UnassignPrivateIpAddresses",
                "elasticloadbalancing:DescribeListeners",
                "elasticloadbalancing:DescribeTargetHealth",
            ],
            ["*"],
            None,
        ),
        (
            ["ssm:PutParameter"],
            [f"arn:aws:ssm:{service.region}:{service.account}:{parameter}"],
            None,
        ),
    ]
