"""Reads who may open a connection to whom from the security groups of an environment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network
from typing import Any, Literal

from assembly.environment import Path
from assembly.read import AssembledStack
from assembly.references import Node, References

Kind = Literal[
    "internet",
    "nat",
    "vpc",
    "cidr",
    "load balancer",
    "function",
    "functions",
    "tasks",
    "shared",
]
_ORDER: tuple[Kind, ...] = (
    "internet",
    "nat",
    "vpc",
    "cidr",
    "tasks",
    "function",
    "functions",
    "load balancer",
    "shared",
)
_EVERYWHERE = ["0.0.0.0/0", "::/0"]
ANY = "-1"
EVERY_PORT = (0, 65535)
_NOWHERE = "255.255.255.255/32"


@dataclass(frozen=True)
class Party:
    """One end of a path. ``name`` tells parties of one kind apart."""

    kind: Kind
    name: str = ""

    def __str__(self) -> str:
        words = {
            "internet": "the internet",
            "nat": "the NAT gateways",
            "vpc": "the VPC",
            "load balancer": f"load balancer of {self.name}",
            "tasks": f"tasks of {self.name}",
            "functions": f"functions of {self.name}",
        }
        return words.get(self.kind, self.name)


@dataclass(frozen=True)
class Rule:
    """One security-group rule: ``group`` admits, or sends to, ``peer``."""

    group: Party
    peer: Party
    ports: tuple[int, int]
    protocol: str
    text: str

    def allows(self, other: Rule) -> bool:
        """Whether the port range covers the other's."""
        inside = self.ports[0] <= other.ports[0] and other.ports[1] <= self.ports[1]
        return inside and self.protocol in {other.protocol, ANY}


class Rules:
    """All rules of one environment."""

    def __init__(self, stacks: Sequence[AssembledStack], references: References, vpc: str) -> None:
        self._references = references
        self._vpc = vpc
        self._parties = dict(_parties(stacks, references))
        self.ingress = list(self._rules(stacks, "Ingress", "Source"))
        self.egress = list(self._rules(stacks, "Egress", "Destination"))

    def tasks(self) -> list[Party]:
        """Every service's tasks."""
        return [party for party in self._parties.values() if party.kind == "tasks"]

    def senders(self, admitted: Rule) -> list[Party]:
        """Who inside the VPC may send what the rule admits from the whole VPC."""
        return sorted(
            {
                rule.group
                for rule in self.egress
                if rule.peer.kind in {"internet", "vpc"} and rule.allows(admitted)
            },
            key=_rank,
        )

    def sends(self, admitted: Rule) -> bool:
        """Whether the admitted security group may send to the group at all."""
        return any(
            rule.group == admitted.peer
            and rule.allows(admitted)
            and (rule.peer == admitted.group or rule.peer.kind in {"internet", "vpc"})
            for rule in self.egress
        )

    def _rules(self, stacks: Sequence[AssembledStack], way: str, end: str) -> Iterator[Rule]:
        for stack in stacks:
            for logical_id, resource in stack.resources("AWS::EC2::SecurityGroup").items():
                group = self._party(self._references.node(stack, logical_id))
                for rule in resource["Properties"].get(f"SecurityGroup{way}", []):
                    yield from self._rule(group, rule, stack, end)
            for rule in stack.properties(f"AWS::EC2::SecurityGroup{way}"):
                node = self._references.target(rule["GroupId"], stack)
                yield from self._rule(self._party(node), rule, stack, end)

    def _rule(
        self, group: Party, rule: dict[str, Any], stack: AssembledStack, end: str
    ) -> Iterator[Rule]:
        peer = self._peer(rule, stack, end)
        if peer is not None:
            protocol = str(rule["IpProtocol"])
            low, high = (
                EVERY_PORT if protocol == ANY else (int(rule["FromPort"]), int(rule["ToPort"]))
            )
            yield Rule(group, peer, (low, high), protocol, str(rule.get("Description", "")))

    def _peer(self, rule: dict[str, Any], stack: AssembledStack, end: str) -> Party | None:
        group = rule.get(f"{end}SecurityGroupId")
        if group is not None:
            return self._party(self._references.target(group, stack))
        cidr = rule.get("CidrIp", rule.get("CidrIpv6"))
        if cidr == _NOWHERE:
            return None
        if cidr in _EVERYWHERE:
            return Party("internet")
        node = self._references.target(cidr, stack)
        if self._references.type_of(node) == "AWS::EC2::EIP":
            return Party("nat")
        if isinstance(cidr, str) and self._vpc and _contains(cidr, self._vpc):
            return Party("vpc")
        return Party("cidr", cidr if isinstance(cidr, str) else "an address")

    def _party(self, node: Node | None) -> Party:
        if node is None:
            return Party("cidr", "another security group")
        text = str(self._references.properties(node).get("GroupDescription", node.resource))
        return self._parties.get(node, Party("shared", text))


def _contains(outer: str, inner: str) -> bool:
    one, other = ip_network(outer), ip_network(inner)
    return isinstance(one, IPv4Network) and isinstance(other, IPv4Network) and other.subnet_of(one)


def _parties(
    stacks: Sequence[AssembledStack], references: References
) -> Iterator[tuple[Node, Party]]:
    """Security group -> what wears it."""
    for stack in stacks:
        services = list(stack.properties("AWS::ECS::Service"))
        owner = str(services[0]["ServiceName"]) if services else stack.name
        worn: list[tuple[Party, list[Any]]] = []
        for balancer in stack.properties("AWS::ElasticLoadBalancingV2::LoadBalancer"):
            worn.append((Party("load balancer", owner), balancer.get("SecurityGroups", [])))
        for service in services:
            network = service["NetworkConfiguration"]["AwsvpcConfiguration"]
            worn.append((Party("tasks", owner), network.get("SecurityGroups", [])))
        for function in stack.properties("AWS::Lambda::Function"):
            groups = function.get("VpcConfig", {}).get("SecurityGroupIds", [])
            name = function.get("FunctionName")
            party = Party("function", str(name)) if name else Party("functions", owner)
            worn.append((party, groups))
        for cluster in stack.properties("AWS::RDS::DBCluster"):
            name = f"database {cluster.get('DBClusterIdentifier', stack.name)}"
            worn.append((Party("shared", name), cluster.get("VpcSecurityGroupIds", [])))
        for endpoint in stack.properties("AWS::EC2::VPCEndpoint"):
            groups = endpoint.get("SecurityGroupIds", [])
            worn.append((Party("shared", "interface endpoints"), groups))
        for party, groups in worn:
            for node in references.targets(groups, stack):
                yield node, party


def _rank(party: Party) -> tuple[int, str]:
    return _ORDER.index(party.kind), party.name


def read_paths(
    stacks: Sequence[AssembledStack], references: References, *, vpc: str
) -> tuple[Path, ...]:
    """Every path that ingress rules admit, then every way out, each pair of ends once.

    A security group that is admitted but may not send is told by the note.
    """
    rules = Rules(stacks, references, vpc)
    admitted: dict[tuple[Party, Party, str], list[Rule]] = {}
    for rule in rules.ingress:
        key = (rule.group, rule.peer, _note(rules, rule))
        admitted.setdefault(key, []).append(rule)
    outward: dict[tuple[Party, Party, str], list[Rule]] = {}
    for rule in rules.egress:
        if rule.peer.kind in {"internet", "cidr", "nat", "vpc"}:
            outward.setdefault((rule.peer, rule.group, ""), []).append(rule)
    every = len(rules.tasks())
    return (*_merged(admitted, every), *_merged(outward, every))


def _note(rules: Rules, rule: Rule) -> str:
    if rule.peer.kind == "vpc":
        able = rules.senders(rule)
        return f"open to {_together(able, len(rules.tasks()))}" if able else "open to nobody"
    if rule.peer.kind == "nat":
        return rule.text
    named = rule.peer.kind in {"tasks", "load balancer", "function", "functions", "shared"}
    return "" if not named or rules.sends(rule) else "admitted, but may not send"


def _merged(found: dict[tuple[Party, Party, str], list[Rule]], every: int) -> Iterator[Path]:
    """Sources of one kind with the same target, ports and note become one path."""
    grouped: dict[tuple[Party, int, str, str], list[Party]] = {}
    for (target, source, note), rules in found.items():
        ports = ", ".join(dict.fromkeys(_port(rule) for rule in sorted(rules, key=_by_port)))
        key = (target, _ORDER.index(source.kind), ports, note)
        grouped.setdefault(key, []).append(source)
    ordered = sorted(
        grouped.items(),
        key=lambda item: (
            item[0][0].kind == "shared",
            item[0][0].name,
            item[0][0].kind,
            item[0][1],
        ),
    )
    for (target, _, ports, note), sources in ordered:
        yield Path(
            source=_together(sorted(sources, key=_rank), every),
            target=str(target),
            ports=ports,
            note=note,
        )


def _by_port(rule: Rule) -> tuple[int, int]:
    return rule.ports


def _port(rule: Rule) -> str:
    if rule.protocol == ANY:
        return "any"
    low, high = rule.ports
    ports = str(low) if low == high else f"{low}\N{EN DASH}{high}"
    return ports if rule.protocol == "tcp" else f"{ports} {rule.protocol}"


def _together(parties: list[Party], every: int) -> str:
    """The parties in a few words: all tasks, all checks, the tasks of two, a function."""
    words = []
    for kind in _ORDER:
        names = [party.name for party in parties if party.kind == kind]
        if kind == "tasks" and len(names) == every > 1:
            words.append("all tasks")
        elif kind == "function" and len(names) == every > 1 and all(map(_checks, names)):
            words.append("all checks")
        elif kind == "tasks" and len(names) > 1:
            words.append(f"tasks of {', '.join(names)}")
        elif len(names) > 3:
            words.append(f"{len(names)} {kind}s")
        elif names:
            words.extend(str(Party(kind, name)) for name in names)
    return ", ".join(words)


def _checks(function: str) -> bool:
    """Whether it is the function that runs a service's checks; there is one for each service."""
    return function.endswith("-checks")
