"""Addresses, zones and domains: what must fit together in a Region and apart between them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping

from config.errors import ConfigError, shown
from config.keys import join
from config.model.environment import Environment
from config.model.service import Service
from config.parsed import environment_file
from config.rules.finding import Finding

LARGEST_PREFIX = 16
"""A VPC is a /16 at most: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"""
SMALLEST_PREFIX = 22
"""Three tiers in up to three zones take nine of sixteen subnets, each a /26 at least: room for the
tasks of a release, which are blue and green at once, and for the load balancer's own addresses."""

# RFC 1918, and RFC 6598's shared space, which AWS allows for VPCs too.
PRIVATE = tuple(
    ipaddress.IPv4Network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)


def parse_network(cidr: str) -> tuple[ipaddress.IPv4Network | None, str, str]:
    """The network, or ``None`` with what is wrong and what to write instead (may be empty)."""
    address, slash, _ = cidr.partition("/")
    try:
        network = ipaddress.IPv4Network(cidr, strict=False)
    except ValueError:
        return None, "This is not an IPv4 network in CIDR notation.", ""
    if not slash:
        return None, "This network has no prefix length.", f"{network.network_address}/16"
    if str(network.network_address) != address:
        return None, "The address has bits set behind the prefix.", str(network)
    if str(network) != cidr:
        return None, "The prefix length is not a plain number.", str(network)
    return network, "", ""


def overlapping(networks: Mapping[str, ipaddress.IPv4Network]) -> Iterator[tuple[str, str]]:
    """The pairs of names, in order, whose networks share an address."""
    names = list(networks)
    for index, one in enumerate(names):
        for other in names[index + 1 :]:
            if networks[one].overlaps(networks[other]):
                yield one, other


def check_networks(*, environments: Mapping[str, Environment]) -> Iterator[ConfigError]:
    """Every network is private, of a usable size and apart from every other one.

    Disjoint even where nothing is connected today: two networks that overlap can never be joined.
    """
    networks: dict[str, ipaddress.IPv4Network] = {}
    places: dict[str, tuple[str, str, str]] = {}
    for name, environment in environments.items():
        for index, cell in enumerate(environment.regions):
            file, key = environment_file(name), join("regions", index, "cidr")
            network, message, better = parse_network(cell.cidr)
            if network is None:
                yield ConfigError(
                    file=file,
                    key=key,
                    message=message,
                    given=shown(cell.cidr),
                    allowed='An IPv4 network such as "10.20.0.0/16".',
                    hint=f'Did you mean "{better}"?' if better else "",
                )
                continue
            yield from _unusable(file=file, key=key, network=network)
            place = f"{name}, {cell.name}, number {index}"
            networks[place], places[place] = network, (file, key, f"{name} in {cell.name}")
    for one, other in overlapping(networks):
        file, key, _ = places[other]
        yield ConfigError(
            file=file,
            key=key,
            message=f"This network overlaps {networks[one]}, which is {places[one][2]}.",
            given=shown(str(networks[other])),
            allowed="Networks without a common address, across all environments and Regions.",
            hint=f"Taken: {', '.join(sorted({str(taken) for taken in networks.values()}))}.",
        )


def check_zones(*, environments: Mapping[str, Environment]) -> Iterator[ConfigError]:
    """The Availability Zones are their Region's own, each named once."""
    for name, environment in environments.items():
        for index, cell in enumerate(environment.regions):
            for place, zone in enumerate(cell.availability_zones):
                key = join("regions", index, "availability_zones", place)
                if zone[:-1] != cell.name:
                    yield ConfigError(
                        file=environment_file(name),
                        key=key,
                        message="This Availability Zone is in another Region.",
                        given=shown(zone),
                        allowed=f'A zone of {cell.name}, such as "{cell.name}a".',
                    )
                elif zone in cell.availability_zones[:place]:
                    yield ConfigError(
                        file=environment_file(name),
                        key=key,
                        message="This Availability Zone is named twice.",
                        given=shown(zone),
                        allowed="Each zone once: two names for one zone are one point of failure.",
                    )
        seen = environment.network.interface_endpoints
        for place, endpoint in enumerate(seen):
            if endpoint in seen[:place]:
                yield ConfigError(
                    file=environment_file(name),
                    key=join("network", "interface_endpoints", place),
                    message="This endpoint is named twice.",
                    given=shown(endpoint),
                )


def check_hosted_zones(*, environments: Mapping[str, Environment]) -> Iterator[ConfigError]:
    """Each Region of each environment has a hosted zone of its own.

    A zone shared by two would let a release in one move the other one's names.
    """
    for what, said in (("name", "domain"), ("id", "hosted zone")):
        seen: dict[str, str] = {}
        for name, environment in environments.items():
            for index, cell in enumerate(environment.regions):
                value = str(getattr(cell.hosted_zone, what))
                here = f"{name} in {cell.name}"
                if value in seen:
                    yield ConfigError(
                        file=environment_file(name),
                        key=join("regions", index, "hosted_zone", what),
                        message=f"This {said} is that of {seen[value]} already.",
                        given=shown(value),
                        allowed="A hosted zone of its own for each Region of each environment.",
                    )
                seen.setdefault(value, here)


def check_allowed_cidrs(*, service: Service) -> Iterator[Finding]:
    """Who may reach the load balancer is given as exact networks, each once."""
    cidrs = service.load_balancer.allowed_cidrs
    for index, cidr in enumerate(cidrs):
        keys = (join("load_balancer", "allowed_cidrs", index),)
        network, message, better = parse_network(cidr)
        if network is None:
            yield Finding(
                keys=keys,
                message=message,
                given=shown(cidr),
                allowed='An IPv4 network such as "203.0.113.0/24".',
                hint=f'Did you mean "{better}"?' if better else "",
            )
        elif cidr in cidrs[:index]:
            yield Finding(keys=keys, message="This network is named twice.", given=shown(cidr))


def _unusable(*, file: str, key: str, network: ipaddress.IPv4Network) -> Iterator[ConfigError]:
    if not any(network.subnet_of(private) for private in PRIVATE):
        yield ConfigError(
            file=file,
            key=key,
            message="This network is not private: its addresses belong to others.",
            given=shown(str(network)),
            allowed=f"A part of {', '.join(str(private) for private in PRIVATE)}.",
        )
    if not LARGEST_PREFIX <= network.prefixlen <= SMALLEST_PREFIX:
        size = "large" if network.prefixlen < LARGEST_PREFIX else "small"
        yield ConfigError(
            file=file,
            key=key,
            message=f"This network is too {size} for a VPC of three tiers in three zones.",
            given=shown(str(network)),
            allowed=f"/{LARGEST_PREFIX} to /{SMALLEST_PREFIX}",
            hint=f'"{network.network_address}/{LARGEST_PREFIX}" is the usual size.',
        )
