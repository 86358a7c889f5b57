"""The database: serverless, isolated, encrypted, TLS only, backed up."""

from __future__ import annotations

import pytest

from tests.support.templates import STAGES, Stack, Templates, stack_output, strings

CAPACITY = {
    "Dev": {"MinCapacity": 0, "MaxCapacity": 2},
    "Staging": {"MinCapacity": 0.5, "MaxCapacity": 8},
    "Prod": {"MinCapacity": 2, "MaxCapacity": 32},
}
INSTANCES = {"Dev": 1, "Staging": 2, "Prod": 3}
BACKUP_DAYS = {"Dev": 1, "Staging": 3, "Prod": 35}
DELETION_PROTECTION = {"Dev": False, "Staging": False, "Prod": True}


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest) -> str:
    """Each environment in turn."""
    name: str = request.param
    return name


@pytest.fixture
def data(templates: Templates, stage: str) -> Stack:
    """The environment's data stack."""
    return templates[stage, "Data"]


def key(data: Stack) -> dict[str, list[str]]:
    """A reference to the environment's own data key."""
    return {"Fn::GetAtt": [data.only("AWS::KMS::Key")[0], "Arn"]}


def test_the_cluster_is_serverless_of_the_environments_size(data: Stack, stage: str) -> None:
    cluster = data.one("AWS::RDS::DBCluster")
    instances = data.of_type("AWS::RDS::DBInstance").values()

    assert cluster["ServerlessV2ScalingConfiguration"] == CAPACITY[stage]
    assert len(instances) == INSTANCES[stage]
    assert {instance["DBInstanceClass"] for instance in instances} == {"db.serverless"}


def test_every_environment_runs_the_same_engine(data: Stack) -> None:
    cluster = data.one("AWS::RDS::DBCluster")
    parameters = data.one("AWS::RDS::DBClusterParameterGroup")

    assert (cluster["Engine"], cluster["EngineVersion"]) == ("aurora-postgresql", "17.5")
    assert parameters["Family"] == "aurora-postgresql17"


def test_the_first_reader_is_as_big_as_the_writer_so_that_it_can_take_over(
    templates: Templates,
) -> None:
    tiers = {
        logical_id: instance["PromotionTier"]
        for logical_id, instance in templates["Prod", "Data"]
        .of_type("AWS::RDS::DBInstance")
        .items()
    }

    # In tiers 0 and 1 a serverless reader has the writer's capacity.
    assert sorted(tiers.values()) == [0, 1, 2]


def test_the_database_stands_in_the_isolated_tier(
    templates: Templates, data: Stack, stage: str
) -> None:
    network = templates[stage, "Network"]
    group, properties = data.only("AWS::RDS::DBSubnetGroup")
    isolated = {
        logical_id
        for logical_id, subnet in network.of_type("AWS::EC2::Subnet").items()
        if {"Key": "aws-cdk:subnet-name", "Value": "Isolated"} in subnet["Tags"]
    }
    used = {
        network.template["Outputs"][stack_output(subnet)[1]]["Value"]["Ref"]
        for subnet in properties["SubnetIds"]
    }

    assert data.one("AWS::RDS::DBCluster")["DBSubnetGroupName"] == {"Ref": group}
    assert used == isolated


def test_no_instance_can_get_a_public_address(data: Stack) -> None:
    assert {i["PubliclyAccessible"] for i in data.of_type("AWS::RDS::DBInstance").values()} == {
        False
    }


def test_connections_without_tls_are_refused(data: Stack) -> None:
    group, properties = data.only("AWS::RDS::DBClusterParameterGroup")

    assert data.one("AWS::RDS::DBCluster")["DBClusterParameterGroupName"] == {"Ref": group}
    assert properties["Parameters"] == {"rds.force_ssl": "1", "log_statement": "ddl"}


def test_storage_is_encrypted_with_our_own_key(data: Stack) -> None:
    cluster = data.one("AWS::RDS::DBCluster")

    assert cluster["StorageEncrypted"] is True
    assert cluster["KmsKeyId"] == key(data)


def test_backups_are_kept_for_the_environments_time(data: Stack, stage: str) -> None:
    cluster = data.one("AWS::RDS::DBCluster")

    assert cluster["BackupRetentionPeriod"] == BACKUP_DAYS[stage]
    assert cluster["PreferredBackupWindow"] == "17:00-18:00"
    assert cluster["CopyTagsToSnapshot"] is True


def test_the_database_is_protected_where_its_data_matters(data: Stack, stage: str) -> None:
    assert data.one("AWS::RDS::DBCluster")["DeletionProtection"] is DELETION_PROTECTION[stage]


def test_the_clusters_identifier_is_fixed_so_that_it_cannot_be_replaced_by_accident(
    data: Stack,
) -> None:
    assert data.one("AWS::RDS::DBCluster")["DBClusterIdentifier"] == "pase"


def test_the_only_secret_beside_the_data_is_the_administrators(data: Stack) -> None:
    names = {secret["Name"] for secret in data.of_type("AWS::SecretsManager::Secret").values()}

    assert names == {"pase/database-admin"}


def test_every_secret_is_generated_long_and_encrypted_with_our_own_key(data: Stack) -> None:
    for secret in data.of_type("AWS::SecretsManager::Secret").values():
        generated = secret["GenerateSecretString"]

        assert secret["KmsKeyId"] == key(data)
        assert (generated["GenerateStringKey"], generated["PasswordLength"]) == ("password", 48)
        assert "SecretString" not in secret


def test_the_admin_secret_is_the_clusters(data: Stack) -> None:
    cluster, properties = data.only("AWS::RDS::DBCluster")
    secret, _ = data.only("AWS::SecretsManager::Secret", Name="pase/database-admin")
    attachment = data.one("AWS::SecretsManager::SecretTargetAttachment")

    assert attachment["SecretId"] == {"Ref": secret}
    assert attachment["TargetId"] == {"Ref": cluster}
    assert secret in set(strings(properties["MasterUserPassword"]))


def test_nobody_is_admitted_to_the_database_but_by_a_services_own_rule(
    templates: Templates, data: Stack, stage: str
) -> None:
    group, properties = data.only("AWS::EC2::SecurityGroup")
    admitted = {
        name: rule["SourceSecurityGroupId"]["Fn::GetAtt"][0]
        for name in ("InventoryService", "StorefrontService")
        for rule in templates[stage, name].of_type("AWS::EC2::SecurityGroupIngress").values()
        if "Fn::GetStackOutput" in rule["GroupId"]
        and stack_output(rule["GroupId"])[0] == f"{stage}-Data"
        and (rule["FromPort"], rule["ToPort"]) == (5432, 5432)
    }

    assert data.one("AWS::RDS::DBCluster")["VpcSecurityGroupIds"] == [
        {"Fn::GetAtt": [group, "GroupId"]}
    ]
    assert "SecurityGroupIngress" not in properties
    assert data.of_type("AWS::EC2::SecurityGroupIngress") == {}
    for name, source in admitted.items():
        description = templates[stage, name].resources[source]["Properties"]["GroupDescription"]

        assert description == f"Tasks of {name.removesuffix('Service').lower()}"
    assert len(admitted) == 2


def test_the_databases_log_group_is_ours_encrypted_and_made_first(data: Stack) -> None:
    group, properties = data.only("AWS::Logs::LogGroup")
    cluster, _ = data.only("AWS::RDS::DBCluster")

    assert properties["LogGroupName"] == "/aws/rds/cluster/pase/postgresql"
    assert stack_output(properties["KmsKeyId"])[0].endswith("-Network")
    assert data.one("AWS::RDS::DBCluster")["EnableCloudwatchLogsExports"] == ["postgresql"]
    assert group in data.resources[cluster]["DependsOn"]
