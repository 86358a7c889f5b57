"""How a service is reached: two TLS listeners, two target groups alike, and who gets in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.templates import STAGES, Json, Stack, Templates, stack_output

USERS = 443
TESTS = 8443
CIDRS = {"Dev": "10.10.0.0/16", "Staging": "10.15.0.0/16", "Prod": "10.20.0.0/16"}
DOMAINS = {"Dev": "dev.example.com", "Staging": "staging.example.com", "Prod": "example.com"}
HOSTS = {"StorefrontService": "shop", "InventoryService": "inventory"}
NAT_GATEWAYS = {"Dev": 1, "Staging": 3, "Prod": 3}


def group(service: Stack, description: str) -> tuple[str, Json]:
    """The security group of that description."""
    return service.only("AWS::EC2::SecurityGroup", GroupDescription=description)


def balancer_group(service: Stack) -> tuple[str, Json]:
    """The load balancer's security group."""
    name = service.name.removesuffix("Service").lower()
    return group(service, f"Load balancer of {name}")


def listener(service: Stack, port: int) -> Json:
    """The listener on that port."""
    return service.only("AWS::ElasticLoadBalancingV2::Listener", Port=port)[1]


def inline_ingress(properties: Json, port: int) -> list[Json]:
    """The rules written into the group that admit to exactly this port."""
    return [
        rule
        for rule in properties.get("SecurityGroupIngress", [])
        if rule["FromPort"] <= port <= rule["ToPort"]
    ]


def other_ingress(service: Stack, logical_id: str) -> list[Json]:
    """The rules that stand beside the group."""
    return [
        rule
        for rule in service.of_type("AWS::EC2::SecurityGroupIngress").values()
        if rule["GroupId"] == {"Fn::GetAtt": [logical_id, "GroupId"]}
    ]


def test_a_service_has_a_production_and_a_test_listener_and_no_other(service: Stack) -> None:
    ports = {x["Port"] for x in service.of_type("AWS::ElasticLoadBalancingV2::Listener").values()}

    assert ports == {USERS, TESTS}
    assert service.of_type("AWS::ElasticLoadBalancingV2::ListenerRule") == {}


@pytest.mark.parametrize("port", [USERS, TESTS])
def test_every_listener_speaks_tls_12_or_better_with_the_services_certificate(
    service: Stack, port: int
) -> None:
    certificate, _ = service.only("AWS::CertificateManager::Certificate")
    found = listener(service, port)

    assert found["Protocol"] == "HTTPS"
    assert found["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
    assert found["Certificates"] == [{"CertificateArn": {"Ref": certificate}}]


def test_the_certificate_is_validated_by_dns_in_the_environments_own_zone(service: Stack) -> None:
    certificate = service.one("AWS::CertificateManager::Certificate")
    domain = f"{HOSTS[service.name]}.{DOMAINS[service.stage]}"

    assert certificate["ValidationMethod"] == "DNS"
    assert certificate["DomainValidationOptions"] == [
        {"DomainName": domain, "HostedZoneId": f"Z0000000{service.stage.upper()}EXAMPLE"}
    ]


def test_the_services_name_points_to_its_load_balancer(service: Stack) -> None:
    balancer, _ = service.only("AWS::ElasticLoadBalancingV2::LoadBalancer")
    record = service.one("AWS::Route53::RecordSet")

    assert record["Name"] == f"{HOSTS[service.name]}.{DOMAINS[service.stage]}."
    assert record["HostedZoneId"] == f"Z0000000{service.stage.upper()}EXAMPLE"
    assert record["AliasTarget"]["HostedZoneId"] == {
        "Fn::GetAtt": [balancer, "CanonicalHostedZoneID"]
    }


def test_storefront_is_public_and_inventory_is_not(service: Stack) -> None:
    balancer = service.one("AWS::ElasticLoadBalancingV2::LoadBalancer")
    public = service.name == "StorefrontService"
    tiers = {stack_output(subnet)[1] for subnet in balancer["Subnets"]}

    assert balancer["Scheme"] == ("internet-facing" if public else "internal")
    assert len(tiers) == 3
    assert all(("PublicSubnet" if public else "PrivateSubnet") in name for name in tiers)


def test_access_is_logged_to_the_environments_bucket(service: Stack) -> None:
    balancer = service.one("AWS::ElasticLoadBalancingV2::LoadBalancer")
    attributes = {a["Key"]: a["Value"] for a in balancer["LoadBalancerAttributes"]}

    assert attributes["access_logs.s3.enabled"] == "true"
    assert stack_output(attributes["access_logs.s3.bucket"])[0] == f"{service.stage}-Network"
    assert attributes["access_logs.s3.prefix"] == service.name.removesuffix("Service").lower()
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"


def test_only_prods_load_balancers_are_protected_against_deletion(service: Stack) -> None:
    balancer = service.one("AWS::ElasticLoadBalancingV2::LoadBalancer")
    attributes = {a["Key"]: a["Value"] for a in balancer["LoadBalancerAttributes"]}

    # The CDK writes the attribute only where it is on; off is what AWS does without it.
    assert attributes.get("deletion_protection.enabled", "false") == (
        "true" if service.stage == "Prod" else "false"
    )


def test_blue_and_green_are_alike_but_for_their_names(service: Stack) -> None:
    groups = service.of_type("AWS::ElasticLoadBalancingV2::TargetGroup").values()
    name = service.name.removesuffix("Service").lower()
    blue, green = sorted(groups, key=lambda g: str(g["Name"]))

    assert (blue["Name"], green["Name"]) == (f"{name}-blue", f"{name}-green")
    assert {**blue, "Name": ""} == {**green, "Name": ""}


def test_target_groups_ask_for_life_and_drain_for_the_configured_time(service: Stack) -> None:
    for target in service.of_type("AWS::ElasticLoadBalancingV2::TargetGroup").values():
        attributes = {a["Key"]: a["Value"] for a in target["TargetGroupAttributes"]}

        assert {
            key: target[key]
            for key in (
                "HealthCheckPath",
                "HealthCheckIntervalSeconds",
                "HealthCheckTimeoutSeconds",
                "HealthyThresholdCount",
                "UnhealthyThresholdCount",
                "Matcher",
                "Port",
                "Protocol",
                "TargetType",
            )
        } == {
            "HealthCheckPath": "/health",
            "HealthCheckIntervalSeconds": 10,
            "HealthCheckTimeoutSeconds": 5,
            "HealthyThresholdCount": 2,
            "UnhealthyThresholdCount": 3,
            "Matcher": {"HttpCode": "200"},
            "Port": 8080,
            "Protocol": "HTTP",
            "TargetType": "ip",
        }
        assert attributes == {
            "deregistration_delay.timeout_seconds": "30",
            "stickiness.enabled": "false",
        }


def test_no_listener_names_a_group_each_asks_which_is_live(service: Stack) -> None:
    for port in (USERS, TESTS):
        (action,) = listener(service, port)["DefaultActions"]
        asked, attribute = action["TargetGroupArn"]["Fn::GetAtt"]

        assert action["Type"] == "forward"
        assert attribute == "TargetGroupArn"
        assert service.resources[asked]["Type"] == "Custom::LiveTargetGroup"


def test_a_listener_asks_again_whenever_one_of_its_own_properties_changes(service: Stack) -> None:
    """CloudFormation asks a custom resource again when the values of its properties change."""
    for port in (USERS, TESTS):
        properties = dict(listener(service, port))
        (action,) = properties.pop("DefaultActions")
        asked = service.resources[action["TargetGroupArn"]["Fn::GetAtt"][0]]["Properties"]

        assert _capitalized(asked["Listener"]) == properties


def _capitalized(value: Any) -> Any:
    """The CDK writes nested properties of a custom resource as its own structs name them."""
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: _capitalized(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_capitalized(item) for item in value]
    return value


def test_the_look_up_knows_both_groups_and_the_service_by_name(service: Stack) -> None:
    groups = {
        g["Name"].rsplit("-", 1)[1]: {"Ref": logical_id}
        for logical_id, g in service.of_type("AWS::ElasticLoadBalancingV2::TargetGroup").items()
    }
    asked = service.of_type("Custom::LiveTargetGroup").values()

    assert len(asked) == 2
    for properties in asked:
        assert properties["BlueTargetGroup"] == groups["blue"]
        assert properties["GreenTargetGroup"] == groups["green"]
        assert properties["Cluster"] == "pase"
        assert properties["Service"] == service.name.removesuffix("Service").lower()


@pytest.mark.parametrize("stage", STAGES)
def test_everyone_may_reach_the_public_service_and_the_vpc_the_internal_one(
    templates: Templates, stage: str
) -> None:
    for name, cidr in (("Storefront", "0.0.0.0/0"), ("Inventory", CIDRS[stage])):
        _, properties = balancer_group(templates.service(stage, name))
        (rule,) = inline_ingress(properties, USERS)

        assert (rule["CidrIp"], rule["FromPort"], rule["ToPort"], rule["IpProtocol"]) == (
            cidr,
            USERS,
            USERS,
            "tcp",
        )


@pytest.mark.parametrize("stage", STAGES)
def test_the_public_services_test_port_admits_exactly_the_addresses_of_our_nat_gateways(
    templates: Templates, stage: str
) -> None:
    service = templates.service(stage, "Storefront")
    network = templates[stage, "Network"]
    logical_id, properties = balancer_group(service)
    rules = inline_ingress(properties, TESTS)
    admitted = []
    for rule in rules:
        separator, (reference, suffix) = rule["CidrIp"]["Fn::Join"]
        source_stack, output = stack_output(reference)
        admitted.append(network.template["Outputs"][output]["Value"]["Fn::GetAtt"])

        assert (separator, suffix, source_stack) == ("", "/32", f"{stage}-Network")
        assert (rule["FromPort"], rule["ToPort"], rule["IpProtocol"]) == (TESTS, TESTS, "tcp")

    assert sorted(admitted) == sorted(
        [address, "PublicIp"] for address in network.of_type("AWS::EC2::EIP")
    )
    assert len(rules) == NAT_GATEWAYS[stage]
    assert other_ingress(service, logical_id) == []


@pytest.mark.parametrize("stage", STAGES)
def test_the_internal_services_test_port_admits_the_release_checks_only(
    templates: Templates, stage: str
) -> None:
    service = templates.service(stage, "Inventory")
    logical_id, properties = balancer_group(service)
    checks, _ = group(service, "Release checks of inventory")
    beside = {
        rule["FromPort"]: (rule["ToPort"], rule["IpProtocol"], rule["SourceSecurityGroupId"])
        for rule in other_ingress(service, logical_id)
    }

    source = {"Fn::GetAtt": [checks, "GroupId"]}
    assert inline_ingress(properties, TESTS) == []
    assert beside == {USERS: (USERS, "tcp", source), TESTS: (TESTS, "tcp", source)}


def test_no_rule_admits_to_a_range_of_ports_or_to_every_protocol(service: Stack) -> None:
    rules = [
        *service.of_type("AWS::EC2::SecurityGroupIngress").values(),
        *(
            rule
            for properties in service.of_type("AWS::EC2::SecurityGroup").values()
            for rule in properties.get("SecurityGroupIngress", [])
        ),
    ]

    assert rules
    assert all(r["IpProtocol"] == "tcp" and r["FromPort"] == r["ToPort"] for r in rules)


def test_only_the_load_balancer_may_connect_to_the_tasks(service: Stack) -> None:
    name = service.name.removesuffix("Service").lower()
    tasks, properties = group(service, f"Tasks of {name}")
    balancer, _ = balancer_group(service)

    assert "SecurityGroupIngress" not in properties
    assert [
        (rule["FromPort"], rule["SourceSecurityGroupId"]) for rule in other_ingress(service, tasks)
    ] == [(8080, {"Fn::GetAtt": [balancer, "GroupId"]})]


def test_tasks_reach_https_and_the_database_and_nothing_else(service: Stack) -> None:
    name = service.name.removesuffix("Service").lower()
    tasks, properties = group(service, f"Tasks of {name}")
    beside = [
        (rule["FromPort"], stack_output(rule["DestinationSecurityGroupId"])[0])
        for rule in service.of_type("AWS::EC2::SecurityGroupEgress").values()
        if rule["GroupId"] == {"Fn::GetAtt": [tasks, "GroupId"]}
    ]

    assert [(r["CidrIp"], r["FromPort"]) for r in properties["SecurityGroupEgress"]] == [
        ("0.0.0.0/0", 443)
    ]
    assert beside == [(5432, f"{service.stage}-Data")]
