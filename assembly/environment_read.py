"""Reads an environment from its templates: network and data here, services and paths beside it."""

from __future__ import annotations

from collections.abc import Sequence

from assembly.environment import Database, Environment, Key, Network, Region, Secret, Subnet, Tier
from assembly.environment_paths import read_paths
from assembly.environment_services import read_services, when
from assembly.read import AssembledStack, Assembly, Template
from assembly.references import Node, References
from assembly.road import Road

Stacks = Sequence[AssembledStack]
_ENCRYPTED = {
    "AWS::RDS::DBCluster": "the database",
    "AWS::SecretsManager::Secret": "secrets",
    "AWS::Logs::LogGroup": "log groups",
    "AWS::S3::Bucket": "buckets",
    "AWS::SNS::Topic": "topics",
}


def read_environment(assembly: Assembly, road: Road) -> Environment:
    """The environment at the end of the road, in all its Regions."""
    lane = road.lanes[-1]
    return Environment(
        name=lane.name,
        regions=tuple(read_region(assembly.stages[track.name]) for track in lane.tracks),
    )


def read_region(stacks: Stacks) -> Region:
    """One Region's copy of the environment, from the stacks of its stage."""
    references = References(stacks)
    first = stacks[0]
    tiers = read_tiers(stacks, references)
    services = read_services(stacks, references, tiers)
    network = read_network(stacks, references, tiers)
    return Region(
        stage=first.stage,
        account=first.account,
        region=first.region,
        network=network,
        services=services,
        databases=tuple(read_databases(stacks, references, tiers)),
        secrets=tuple(read_secrets(stacks, references)),
        keys=tuple(read_keys(stacks, references)),
        paths=read_paths(stacks, references, vpc=network.cidr),
    )


def read_tiers(stacks: Stacks, references: References) -> dict[Node, tuple[str, str, Subnet]]:
    """Subnet -> its tier's name, its way out, and itself."""
    routes = _routes(stacks, references)
    tables = {
        references.target(link["SubnetId"], stack): references.target(link["RouteTableId"], stack)
        for stack in stacks
        for link in stack.properties("AWS::EC2::SubnetRouteTableAssociation")
    }
    gateways = {
        references.target(gateway["SubnetId"], stack)
        for stack in stacks
        for gateway in stack.properties("AWS::EC2::NatGateway")
    }
    found: dict[Node, tuple[str, str, Subnet]] = {}
    for stack in stacks:
        for logical_id, resource in stack.resources("AWS::EC2::Subnet").items():
            node = references.node(stack, logical_id)
            subnet = resource["Properties"]
            tags = {tag["Key"]: tag["Value"] for tag in subnet.get("Tags", [])}
            found[node] = (
                str(tags.get("aws-cdk:subnet-name", logical_id)),
                routes.get(tables.get(node), "no route out"),
                Subnet(
                    zone=str(subnet["AvailabilityZone"]),
                    cidr=str(subnet["CidrBlock"]),
                    nat=node in gateways,
                ),
            )
    return found


def _routes(stacks: Stacks, references: References) -> dict[Node | None, str]:
    routes: dict[Node | None, str] = {}
    for stack in stacks:
        for route in stack.properties("AWS::EC2::Route"):
            way = "internet gateway" if "GatewayId" in route else "NAT gateway"
            routes[references.target(route["RouteTableId"], stack)] = f"out: {way}"
    return routes


def read_network(
    stacks: Stacks, references: References, subnets: dict[Node, tuple[str, str, Subnet]]
) -> Network:
    """The VPC, with what stands in each tier."""
    endpoints: dict[str, list[str]] = {"Interface": [], "Gateway": []}
    hosts: dict[str, dict[str, list[str]]] = {}
    for stack in stacks:
        for name, kind, nodes in _placed(stack, references):
            for tier in {subnets[node][0] for node in nodes if node in subnets}:
                hosts.setdefault(tier, {}).setdefault(kind, []).append(name)
        for endpoint in stack.properties("AWS::EC2::VPCEndpoint"):
            kind = endpoint.get("VpcEndpointType", "Gateway")
            endpoints[kind].append(_endpoint_name(endpoint["ServiceName"]))
    tiers: dict[str, Tier] = {}
    for name, route, _ in subnets.values():
        members = [each for other, _, each in subnets.values() if other == name]
        placed = _hosts(hosts.get(name, {}))
        members.sort(key=lambda subnet: subnet.zone)
        tiers.setdefault(name, Tier(name=name, route=route, subnets=tuple(members), hosts=placed))
    vpcs = [vpc["CidrBlock"] for stack in stacks for vpc in stack.properties("AWS::EC2::VPC")]
    return Network(
        cidr=str(vpcs[0]) if vpcs else "",
        tiers=tuple(tiers.values()),
        interface_endpoints=tuple(endpoints["Interface"]),
        gateway_endpoints=tuple(endpoints["Gateway"]),
    )


def _placed(stack: AssembledStack, references: References) -> list[tuple[str, str, list[Node]]]:
    """What the stack puts into subnets: its name, its kind, the subnets."""
    services = list(stack.properties("AWS::ECS::Service"))
    owner = str(services[0]["ServiceName"]) if services else stack.name
    placed = [
        (owner, "load balancer", references.targets(balancer["Subnets"], stack))
        for balancer in stack.properties("AWS::ElasticLoadBalancingV2::LoadBalancer")
    ]
    for service in services:
        network = service["NetworkConfiguration"]["AwsvpcConfiguration"]
        placed.append((owner, "tasks", references.targets(network["Subnets"], stack)))
    for function in stack.properties("AWS::Lambda::Function"):
        if network := function.get("VpcConfig"):
            kind = "checks" if services else "functions"
            placed.append((owner, kind, references.targets(network["SubnetIds"], stack)))
    for group in stack.properties("AWS::RDS::DBSubnetGroup"):
        placed.append(("database", "", references.targets(group["SubnetIds"], stack)))
    for endpoint in stack.properties("AWS::EC2::VPCEndpoint"):
        nodes = references.targets(endpoint.get("SubnetIds", []), stack)
        placed.append(("interface endpoint", "", nodes))
    return placed


def _hosts(found: dict[str, list[str]]) -> tuple[str, ...]:
    """What was found, by kind, in a few words; kinds of the same owners together."""
    kinds: dict[tuple[str, ...], list[str]] = {}
    for kind, names in found.items():
        owners = tuple(dict.fromkeys(names)) if kind else tuple(names)
        kinds.setdefault(owners, []).append(kind)
    return tuple(_count(of, owners) for owners, of in kinds.items())


def _count(kinds: list[str], names: tuple[str, ...]) -> str:
    unique = list(dict.fromkeys(names))
    if kinds == [""]:
        counted = ((names.count(name), name) for name in unique)
        return " · ".join(f"{n} {name}s" if n > 1 else name for n, name in counted)
    several = " and ".join(
        kind if len(unique) == 1 or kind.endswith("s") else f"{kind}s" for kind in kinds
    )
    return f"{several} of {', '.join(unique) if len(unique) < 4 else f'{len(unique)} services'}"


def _endpoint_name(service: object) -> str:
    """``ecr.api`` of ``com.amazonaws.<region>.ecr.api``, whose Region may be a reference."""
    if isinstance(service, dict):
        parts = service.get("Fn::Join", ["", [""]])[1]
        return str(parts[-1]).lstrip(".")
    return str(service).split(".", 3)[-1]


def read_databases(
    stacks: Stacks, references: References, subnets: dict[Node, tuple[str, str, Subnet]]
) -> list[Database]:
    """The Aurora clusters."""
    found = []
    for stack in stacks:
        for logical_id, resource in stack.resources("AWS::RDS::DBCluster").items():
            cluster = resource["Properties"]
            node = references.node(stack, logical_id)
            group = references.properties(
                references.target(cluster.get("DBSubnetGroupName"), stack)
            )
            placed = references.targets(group.get("SubnetIds", []), stack)
            found.append(
                Database(
                    name=str(cluster.get("DBClusterIdentifier", logical_id)),
                    engine=f"{cluster['Engine']} {cluster.get('EngineVersion', '')}".strip(),
                    port=int(cluster.get("Port", 5432)),
                    tier=subnets[placed[0]][0] if placed else "",
                    capacity=_capacity(cluster) or _instance_class(stack),
                    instances=_instances(stack, references, node),
                    facts=tuple(_facts(cluster)),
                )
            )
    return found


def _capacity(cluster: Template) -> str:
    bounds = cluster.get("ServerlessV2ScalingConfiguration")
    if not bounds:
        return ""
    return f"{bounds['MinCapacity']:g}\N{EN DASH}{bounds['MaxCapacity']:g} ACU"


def _instance_class(stack: AssembledStack) -> str:
    for instance in stack.properties("AWS::RDS::DBInstance"):
        return str(instance.get("DBInstanceClass", ""))
    return ""


def _instances(stack: AssembledStack, references: References, cluster: Node) -> tuple[str, ...]:
    tiers = sorted(
        int(instance.get("PromotionTier", 1))
        for instance in stack.properties("AWS::RDS::DBInstance")
        if references.target(instance["DBClusterIdentifier"], stack) == cluster
    )
    return tuple("Reader" if index else "Writer" for index, _ in enumerate(tiers))


def _facts(cluster: Template) -> list[str]:
    days = cluster.get("BackupRetentionPeriod")
    return [
        *([f"backups kept {days} days"] if days else []),
        "deletion protection" if cluster.get("DeletionProtection") else "no deletion protection",
        "encrypted" if cluster.get("StorageEncrypted") else "not encrypted",
        *(["IAM login"] if cluster.get("EnableIAMDatabaseAuthentication") else []),
    ]


def read_secrets(stacks: Stacks, references: References) -> list[Secret]:
    """The secrets, and which service's task definition hands them over."""
    readers: dict[Node, list[str]] = {}
    for stack in stacks:
        for task in stack.properties("AWS::ECS::TaskDefinition"):
            for container in task["ContainerDefinitions"]:
                given = [(s["Name"], s["ValueFrom"], True) for s in container.get("Secrets", [])]
                named = [(e["Name"], e["Value"], False) for e in container.get("Environment", [])]
                for name, value, injected in (*given, *named):
                    node = references.target(value, stack)
                    if node and references.type_of(node) == "AWS::SecretsManager::Secret":
                        how = "injected at start as" if injected else "fetched by"
                        readers.setdefault(node, []).append(f"{task['Family']}, {how} {name}")
    schedules = {
        references.target(schedule["SecretId"], stack): schedule["RotationRules"]
        for stack in stacks
        for schedule in stack.properties("AWS::SecretsManager::RotationSchedule")
    }
    return [
        Secret(
            name=str(resource["Properties"].get("Name", logical_id)),
            readers=tuple(readers.get(node, ())),
            rotated=_rotated(schedules.get(node, {})),
        )
        for stack in stacks
        for logical_id, resource in stack.resources("AWS::SecretsManager::Secret").items()
        for node in [references.node(stack, logical_id)]
    ]


def _rotated(rules: Template) -> str:
    """``rate(30 days)`` as ``every 30 days``, a day of the week as ``SUN 03:00``."""
    expression = str(rules.get("ScheduleExpression", ""))
    if expression.startswith("rate("):
        return f"every {expression[5:-1]}"
    return when(expression)


def read_keys(stacks: Stacks, references: References) -> list[Key]:
    """The KMS keys and the kinds of resources that name them."""
    names: dict[Node | None, str] = {}
    used: dict[Node, dict[str, int]] = {}
    for stack in stacks:
        for alias in stack.properties("AWS::KMS::Alias"):
            names[references.target(alias["TargetKeyId"], stack)] = str(alias["AliasName"])
        for resource in stack.resources().values():
            properties = resource.get("Properties", {})
            # A topic calls it by another name.
            named = properties.get("KmsKeyId") or properties.get("KmsMasterKeyId")
            key = references.target(named, stack)
            if key and resource["Type"] in _ENCRYPTED:
                used.setdefault(key, {})[_ENCRYPTED[resource["Type"]]] = 1
    return [
        Key(
            name=names.get(node, "(without an alias)"),
            encrypts=tuple(used.get(node, ())),
        )
        for stack in stacks
        for logical_id in stack.resources("AWS::KMS::Key")
        for node in [references.node(stack, logical_id)]
    ]
