"""Draws one environment: for each Region its network, its services, its data and its paths."""

from __future__ import annotations

from assembly.environment import Database, Environment, Network, Region, Tier
from assembly.pictures_service import draw_service
from assembly.svg import HEADING, SMALL, SMALL_STRONG, STRONG, TITLE, Box, Drawing, Font
from assembly.text_width import text_width, wrapped

WIDTH = 900
MARGIN = 20
INNER = WIDTH - 2 * MARGIN
PAD = 12
GAP = 12
LINE = 16
ROW = 20
TIER_NAME = 152
WIDE_CELL = 190
INSTANCE = (128, 42)
NAME = Font(size=11)
MUTED_STRONG = Font(size=11, bold=True, tone="muted")


def draw_environment(environment: Environment) -> Drawing:
    """The picture: one Region below the other."""
    drawing = Drawing(
        title=f"What runs in {environment.name}",
        description=" ".join(_sentences(region) for region in environment.regions),
        width=WIDTH,
    )
    y = 0.0
    for region in environment.regions:
        y = _region(drawing, environment, region, y + 36)
    drawing.height = y + MARGIN
    return drawing


def _sentences(region: Region) -> str:
    services = ", ".join(
        f"{service.name} ({'public' if service.load_balancer.public else 'internal'}, "
        f"{service.tasks} tasks, {service.release.strategy})"
        for service in region.services
    )
    databases = ", ".join(
        f"{database.engine} with {len(database.instances)} instances"
        for database in region.databases
    )
    paths = "; ".join(f"{path.source} to {path.target} on {path.ports}" for path in region.paths)
    return (
        f"{region.region}, account {region.account}: VPC {region.network.cidr}. "
        f"Services: {services}. Data: {databases}. Connections: {paths}."
    )


def _region(drawing: Drawing, environment: Environment, region: Region, y: float) -> float:
    place = f"account {region.account} · {region.region}"
    if region.stage != environment.name:
        place = f"{place} · stage {region.stage}"
    drawing.heading(drawing.page, MARGIN, y, environment.name, place, font=TITLE)
    y = _network(drawing, region.network, y + 18) + GAP
    for service in region.services:
        y = draw_service(drawing, service, MARGIN, y, INNER).bottom + GAP
    for database in region.databases:
        y = _database(drawing, database, y).bottom + GAP
    if region.secrets or region.keys:
        y = _secrets(drawing, region, y).bottom + GAP
    return _paths(drawing, region, y).bottom


def _header(drawing: Drawing, y: float, height: float, name: str, detail: str) -> Box:
    card = drawing.box(MARGIN, y, INNER, height, tone="lane", radius=8)
    drawing.heading(card, card.x + PAD, y + 25, name, detail, font=HEADING)
    return card


def _network(drawing: Drawing, network: Network, y: float) -> float:
    zones = sorted({subnet.zone for tier in network.tiers for subnet in tier.subnets})
    ends = [
        *(
            [f"Gateway endpoints: {', '.join(network.gateway_endpoints)}"]
            if network.gateway_endpoints
            else []
        ),
        *(
            [f"Interface endpoints: {', '.join(network.interface_endpoints)}"]
            if network.interface_endpoints
            else []
        ),
    ]
    lines = [line for end in ends for line in wrapped(end, width=INNER - 2 * PAD, size=11)]
    left = MARGIN + PAD + TIER_NAME
    width = (WIDTH - MARGIN - PAD - 8 - left) / max(1, len(zones))
    cell_height = 28 if width >= WIDE_CELL else 40
    tier_height = 10 + cell_height + 26
    height = 38 + 18 + len(network.tiers) * (tier_height + 8) + LINE * len(lines) + 10
    card = _header(drawing, y, height, f"VPC {network.cidr}", f"{len(zones)} zones")
    for index, zone in enumerate(zones):
        cell = Box(x=left + index * width, y=y, width=width - 8, height=60, tone="lane")
        drawing.text(cell, cell.x + 8, y + 49, zone, font=MUTED_STRONG)
    top = y + 56
    for tier in network.tiers:
        _tier(drawing, tier, zones, (card.x + PAD, top), (INNER - 2 * PAD, tier_height))
        top += tier_height + 8
    for index, line in enumerate(lines):
        drawing.text(card, card.x + PAD, top + 10 + LINE * index, line, font=SMALL)
    return card.bottom


def _tier(
    drawing: Drawing,
    tier: Tier,
    zones: list[str],
    at: tuple[float, float],
    size: tuple[float, float],
) -> None:
    band = drawing.box(*at, *size, tone="surface")
    drawing.text(band, band.x + 10, band.y + 28, tier.name, font=STRONG)
    height = band.height - 36
    label = Box(x=band.x, y=band.y, width=TIER_NAME, height=band.height, tone="lane")
    drawing.text(label, band.x + 10, band.y + 45, tier.route, font=SMALL)
    width = (band.width - TIER_NAME - 8) / max(1, len(zones))
    for subnet in tier.subnets:
        x = band.x + TIER_NAME + zones.index(subnet.zone) * width
        cell = drawing.box(x, band.y + 10, width - 8, height, tone="lane", radius=4)
        beside = width >= WIDE_CELL
        drawing.text(cell, x + 8, cell.y + (18 if beside else 17), subnet.cidr, font=SMALL_STRONG)
        if subnet.nat and beside:
            place = cell.right - 8, cell.y + 18
            drawing.text(cell, *place, "NAT gateway", font=SMALL, anchor="end", width=84)
        elif subnet.nat:
            drawing.text(cell, x + 8, cell.y + 32, "NAT gateway", font=SMALL)
    if tier.hosts:
        hosts = " · ".join(tier.hosts)
        drawing.text(band, band.x + TIER_NAME, band.y + height + 27, hosts, font=NAME)


def _database(drawing: Drawing, database: Database, y: float) -> Box:
    per_row = int((INNER - 2 * PAD + 8) // (INSTANCE[0] + 8))
    rows = -(-len(database.instances) // per_row)
    height = 38 + rows * (INSTANCE[1] + 8) + LINE + 10
    detail = f"{database.engine} · port {database.port} · {database.tier} subnets"
    card = _header(drawing, y, height, f"Aurora {database.name}", detail)
    for index, instance in enumerate(database.instances):
        x = card.x + PAD + index % per_row * (INSTANCE[0] + 8)
        top = y + 38 + index // per_row * (INSTANCE[1] + 8)
        box = drawing.box(x, top, *INSTANCE, tone="surface", radius=4)
        drawing.text(box, x + 10, top + 18, instance, font=SMALL_STRONG)
        drawing.text(box, x + 10, top + 33, database.capacity, font=SMALL)
    drawing.text(card, card.x + PAD, card.bottom - 12, " · ".join(database.facts), font=NAME)
    return card


def _secrets(drawing: Drawing, region: Region, y: float) -> Box:
    rows = [
        *((s.name, "secret", "; ".join(s.readers) or "no task gets it") for s in region.secrets),
        *(
            (k.name, "key", f"encrypts {' and '.join(k.encrypts)}" if k.encrypts else "")
            for k in region.keys
        ),
    ]
    card = _header(drawing, y, 38 + ROW * len(rows) + 8, "Secrets and keys", "")
    for index, (name, kind, use) in enumerate(rows):
        base = y + 50 + ROW * index
        cell = Box(x=card.x + PAD + 56, y=base - 14, width=300, height=ROW, tone="lane")
        drawing.text(card, card.x + PAD, base, kind, font=SMALL)
        drawing.text(cell, cell.x, base, name, font=SMALL_STRONG)
        drawing.text(card, cell.right + 12, base, use, font=NAME)
    return card


def _paths(drawing: Drawing, region: Region, y: float) -> Box:
    height = 38 + ROW * len(region.paths) + 8
    detail = "what the security groups allow; everything else is refused"
    card = _header(drawing, y, height, "Who may connect to whom", detail)
    source_end, port_end = card.x + 230, card.x + 340
    for index, path in enumerate(region.paths):
        base = y + 50 + ROW * index
        source = Box(
            x=card.x + PAD, y=base - 14, width=source_end - card.x - PAD, height=ROW, tone="lane"
        )
        drawing.text(source, source.x, base, path.source, font=NAME)
        middle = base - 4
        wide = round(text_width(path.ports, size=11, bold=True) + 12)
        port = drawing.box(
            (source_end + port_end - wide) / 2, middle - 8, wide, 16, tone="muted", radius=8
        )
        drawing.arrow((source_end, middle), (port.x, middle), head=False)
        drawing.arrow((port.right, middle), (port_end, middle))
        ink = Font(size=11, bold=True)
        drawing.text(port, port.centre, middle + 4, path.ports, font=ink, anchor="middle")
        target = drawing.text(card, port_end + 8, base, path.target, font=NAME)
        if path.note:
            x = max(target.left + target.width + 12, card.x + 550)
            drawing.text(card, x, base, path.note, font=SMALL)
    return card
