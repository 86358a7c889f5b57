"""Draws one environment: for each Region its network, its services, its data and its paths."""

from __future__ import annotations

from assembly.environment import Database, Environment, Region, Secret
from assembly.pictures_network import draw_network
from assembly.pictures_section import INNER, LINE, MARGIN, NAME, PAD, WIDTH, section
from assembly.pictures_service import draw_service
from assembly.svg import SMALL, SMALL_STRONG, TITLE, Box, Drawing, Font
from assembly.text_width import text_width

GAP = 12
ROW = 20
INSTANCE = (128, 42)


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
    y = draw_network(drawing, region.network, y + 18).bottom + GAP
    for service in region.services:
        y = draw_service(drawing, service, MARGIN, y, INNER).bottom + GAP
    for database in region.databases:
        y = _database(drawing, database, y).bottom + GAP
    if region.secrets or region.keys:
        y = _secrets(drawing, region, y).bottom + GAP
    return _paths(drawing, region, y).bottom


def _database(drawing: Drawing, database: Database, y: float) -> Box:
    per_row = int((INNER - 2 * PAD + 8) // (INSTANCE[0] + 8))
    rows = -(-len(database.instances) // per_row)
    height = 38 + rows * (INSTANCE[1] + 8) + LINE + 10
    detail = f"{database.engine} · port {database.port} · {database.tier} subnets"
    card = section(drawing, y, height, f"Aurora {database.name}", detail)
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
        *((s.name, "secret", _use(s)) for s in region.secrets),
        *(
            (k.name, "key", f"encrypts {' and '.join(k.encrypts)}" if k.encrypts else "")
            for k in region.keys
        ),
    ]
    card = section(drawing, y, 38 + ROW * len(rows) + 8, "Secrets and keys", "")
    for index, (name, kind, use) in enumerate(rows):
        base = y + 50 + ROW * index
        cell = Box(x=card.x + PAD + 56, y=base - 14, width=300, height=ROW, tone="lane")
        drawing.text(card, card.x + PAD, base, kind, font=SMALL)
        drawing.text(cell, cell.x, base, name, font=SMALL_STRONG)
        drawing.text(card, cell.right + 12, base, use, font=NAME)
    return card


def _use(secret: Secret) -> str:
    rotated = (f"rotated {secret.rotated}",) if secret.rotated else ()
    return "; ".join((*(secret.readers or ("no task gets it",)), *rotated))


def _paths(drawing: Drawing, region: Region, y: float) -> Box:
    height = 38 + ROW * len(region.paths) + 8
    detail = "what the security groups allow; everything else is refused"
    card = section(drawing, y, height, "Who may connect to whom", detail)
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
