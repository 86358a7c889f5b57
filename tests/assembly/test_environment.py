"""The environment is what its templates say, through references and other stacks' outputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from assembly.environment import Region, Shift
from assembly.environment_read import read_region
from assembly.environment_services import traffic, when
from assembly.references import References
from tests.assembly.templates import from_output, resource, stack

TAG = "aws-cdk:subnet-name"


@pytest.fixture
def region(tmp_path: Path) -> Region:
    network = stack(
        tmp_path,
        "Network",
        {
            "Vpc": resource("EC2::VPC", CidrBlock="10.0.0.0/16"),
            "Out": resource(
                "EC2::Subnet",
                AvailabilityZone="eu-west-1a",
                CidrBlock="10.0.0.0/20",
                Tags=[{"Key": TAG, "Value": "Public"}],
            ),
            "In": resource(
                "EC2::Subnet",
                AvailabilityZone="eu-west-1a",
                CidrBlock="10.0.16.0/20",
                Tags=[{"Key": TAG, "Value": "Isolated"}],
            ),
            "Table": resource("EC2::RouteTable"),
            "Link": resource(
                "EC2::SubnetRouteTableAssociation",
                SubnetId={"Ref": "Out"},
                RouteTableId={"Ref": "Table"},
            ),
            "Route": resource(
                "EC2::Route", RouteTableId={"Ref": "Table"}, GatewayId={"Ref": "Gateway"}
            ),
            "Nat": resource("EC2::NatGateway", SubnetId={"Ref": "Out"}),
            "S3": resource(
                "EC2::VPCEndpoint",
                VpcEndpointType="Gateway",
                ServiceName={"Fn::Join": ["", ["com.amazonaws.", {"Ref": "AWS::Region"}, ".s3"]]},
            ),
            "Ecr": resource(
                "EC2::VPCEndpoint",
                VpcEndpointType="Interface",
                ServiceName="com.amazonaws.eu-west-1.ecr.api",
            ),
        },
        outputs={"In": {"Ref": "In"}},
    )
    data = stack(
        tmp_path,
        "Data",
        {
            "Key": resource("KMS::Key"),
            "Alias": resource(
                "KMS::Alias", AliasName="alias/data", TargetKeyId={"Fn::GetAtt": ["Key", "Arn"]}
            ),
            "Subnets": resource(
                "RDS::DBSubnetGroup", SubnetIds=[from_output("Live-Network", "In")]
            ),
            "Cluster": resource(
                "RDS::DBCluster",
                DBClusterIdentifier="main",
                DBSubnetGroupName={"Ref": "Subnets"},
                Engine="aurora-postgresql",
                EngineVersion="17.5",
                KmsKeyId={"Fn::GetAtt": ["Key", "Arn"]},
                ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 8},
                StorageEncrypted=True,
            ),
            "Writer": resource("RDS::DBInstance", DBClusterIdentifier={"Ref": "Cluster"}),
            "Reader": resource("RDS::DBInstance", DBClusterIdentifier={"Ref": "Cluster"}),
            "Login": resource("SecretsManager::Secret", Name="web/login"),
            "Admin": resource("SecretsManager::Secret", Name="admin"),
            "Schedule": resource(
                "SecretsManager::RotationSchedule",
                SecretId={"Ref": "Login"},
                RotationRules={"ScheduleExpression": "rate(30 days)"},
            ),
        },
        outputs={"Login": {"Ref": "Login"}},
    )
    web = stack(
        tmp_path,
        "Web",
        {
            "Task": resource(
                "ECS::TaskDefinition",
                Family="web",
                ContainerDefinitions=[
                    {
                        "Environment": [{"Name": "LEVEL", "Value": "info"}],
                        "Secrets": [
                            {"Name": "LOGIN", "ValueFrom": from_output("Live-Data", "Login")}
                        ],
                    }
                ],
            )
        },
    )
    return read_region([network, data, web])


def test_the_route_table_decides_which_way_out_a_tier_has(region: Region) -> None:
    tiers = {tier.name: tier for tier in region.network.tiers}
    assert tiers["Public"].route == "out: internet gateway"
    assert tiers["Isolated"].route == "no route out"


def test_subnets_know_their_nat_gateway(region: Region) -> None:
    assert [subnet.nat for tier in region.network.tiers for subnet in tier.subnets] == [True, False]


def test_endpoints_are_named_without_the_region(region: Region) -> None:
    assert region.network.gateway_endpoints == ("s3",)
    assert region.network.interface_endpoints == ("ecr.api",)


def test_the_database_is_found_in_another_stacks_subnets(region: Region) -> None:
    (database,) = region.databases
    assert (database.name, database.tier) == ("main", "Isolated")
    assert database.capacity == "0.5\N{EN DASH}8 ACU"
    assert database.instances == ("Writer", "Reader")
    assert "no deletion protection" in database.facts
    assert {tier.name: tier.hosts for tier in region.network.tiers}["Isolated"] == ("database",)


def test_secrets_know_who_gets_them(region: Region) -> None:
    readers = {secret.name: secret.readers for secret in region.secrets}
    assert readers == {"web/login": ("web, injected at start as LOGIN",), "admin": ()}


def test_secrets_know_when_they_are_rotated(region: Region) -> None:
    assert {secret.name: secret.rotated for secret in region.secrets} == {
        "web/login": "every 30 days",
        "admin": "",
    }


def test_keys_know_what_they_encrypt(region: Region) -> None:
    assert [(key.name, key.encrypts) for key in region.keys] == [("alias/data", ("the database",))]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("cron(0 19 ? * FRI *)", "FRI 19:00"),
        ("cron(30 7 * * ? *)", "daily 07:30"),
        ("rate(5 minutes)", "rate(5 minutes)"),
        ("cron(0/5 * ? * MON *)", "cron(0/5 * ? * MON *)"),
    ],
)
def test_a_schedule_in_words(schedule: str, expected: str) -> None:
    assert when(schedule) == expected


def test_traffic_of_each_strategy() -> None:
    all_of_it = Shift(percent=100, minutes=0)
    canary = {"TimeBasedCanary": {"CanaryPercentage": 20, "CanaryInterval": 5}}
    linear = {"TimeBasedLinear": {"LinearPercentage": 40, "LinearInterval": 2}}
    assert traffic({"TrafficRoutingConfig": canary}, "") == (
        "canary 20 % / 5 min",
        (Shift(percent=20, minutes=5), all_of_it),
    )
    assert traffic({"TrafficRoutingConfig": linear}, "") == (
        "linear 40 % / 2 min",
        (Shift(percent=40, minutes=2), Shift(percent=80, minutes=2), all_of_it),
    )
    assert traffic({"TrafficRoutingConfig": {"Type": "AllAtOnce"}}, "")[0] == "all at once"
    assert traffic({}, "CodeDeployDefault.ECSAllAtOnce")[0] == "CodeDeployDefault.ECSAllAtOnce"


def test_an_unknown_output_refers_to_nothing(tmp_path: Path) -> None:
    one = stack(tmp_path, "One", {"Thing": resource("S3::Bucket")})
    references = References([one])
    assert references.target(from_output("Live-One", "Missing"), one) is None
    assert references.target(from_output("Live-Other", "Thing"), one) is None
    assert references.target({"Ref": "AWS::Region"}, one) is None
    assert references.target("text", one) is None
    assert references.properties(None) == {}
