"""Draws a VPC: one band a tier, one column a zone."""

from __future__ import annotations

from dataclasses import dataclass

from assembly.environment import Network, Tier
from assembly.pictures_section import (
    HEADER,
    INNER,
    LINE,
    MARGIN,
    MUTED_STRONG,
    NAME,
    PAD,
    WIDTH,
    section,
)
from assembly.svg import SMALL, SMALL_STRONG, STRONG, Box, Drawing
from assembly.text_width import wrapped

NAME_WIDTH = 152
SPACE = 8


@dataclass(frozen=True)
class Matrix:
    """Where bands and cells go. With many zones the tier's name stands above its cells."""

    zones: tuple[str, ...]

    @property
    def narrow(self) -> bool:
        """Whether the names need a line of their own."""
        return len(self.zones) > 4

    @property
    def beside(self) -> bool:
        """Whether a cell is wide enough for two texts in one line."""
        return len(self.zones) < 4

    @property
    def left(self) -> float:
        """The first cell's left edge."""
        return MARGIN + PAD + (10 if self.narrow else NAME_WIDTH)

    @property
    def width(self) -> float:
        """A cell's width with the space after it."""
        return (WIDTH - MARGIN - PAD - 2 - self.left) / max(1, len(self.zones))

    @property
    def cell(self) -> tuple[float, float]:
        """A cell's top under its band's top, and its height."""
        return (30 if self.narrow else 10), (28 if self.beside else 40)

    @property
    def band(self) -> float:
        """A band's height."""
        top, height = self.cell
        return top + height + 26

    def x(self, zone: str) -> float:
        """A cell's left edge."""
        return self.left + self.zones.index(zone) * self.width


def draw_network(drawing: Drawing, network: Network, y: float) -> Box:
    """Draw the network's card at ``y`` and return it."""
    zones = sorted({subnet.zone for tier in network.tiers for subnet in tier.subnets})
    matrix = Matrix(tuple(zones))
    lines = [
        line
        for kind, names in (
            ("Gateway endpoints", network.gateway_endpoints),
            ("Interface endpoints", network.interface_endpoints),
        )
        if names
        for line in wrapped(f"{kind}: {', '.join(names)}", width=INNER - 2 * PAD - 4, size=11)
    ]
    bands = len(network.tiers) * (matrix.band + SPACE)
    height = HEADER + 18 + bands + LINE * len(lines) + (10 if lines else 2)
    plural = "1 zone" if len(zones) == 1 else f"{len(zones)} zones"
    card = section(drawing, y, height, f"VPC {network.cidr}", plural)
    for zone in zones:
        cell = Box(x=matrix.x(zone), y=y, width=matrix.width, height=60, tone="lane")
        drawing.text(cell, cell.x + 8, y + 49, zone, font=MUTED_STRONG)
    top = y + HEADER + 18
    for tier in network.tiers:
        _band(drawing, matrix, tier, top)
        top += matrix.band + SPACE
    for index, line in enumerate(lines):
        drawing.text(card, card.x + PAD, top + 10 + LINE * index, line, font=SMALL)
    return card


def _band(drawing: Drawing, matrix: Matrix, tier: Tier, y: float) -> None:
    band = drawing.box(MARGIN + PAD, y, INNER - 2 * PAD, matrix.band, tone="surface")
    if matrix.narrow:
        drawing.heading(band, band.x + 10, y + 20, tier.name, tier.route, font=STRONG)
    else:
        label = Box(x=band.x, y=y, width=NAME_WIDTH, height=band.height, tone="lane")
        drawing.text(label, label.x + 10, y + 28, tier.name, font=STRONG)
        drawing.text(label, label.x + 10, y + 45, tier.route, font=SMALL)
    below, height = matrix.cell
    for subnet in tier.subnets:
        x = matrix.x(subnet.zone)
        cell = drawing.box(x, y + below, matrix.width - SPACE, height, tone="lane", radius=4)
        base = cell.y + (18 if matrix.beside else 17)
        drawing.text(cell, x + 8, base, subnet.cidr, font=SMALL_STRONG)
        if subnet.nat and matrix.beside:
            drawing.text(cell, cell.right - 8, base, "NAT gateway", font=SMALL, anchor="end")
        elif subnet.nat:
            drawing.text(cell, x + 8, base + 15, "NAT gateway", font=SMALL)
    hosts = " · ".join(tier.hosts)
    drawing.text(band, matrix.left, y + below + height + 17, hosts, font=NAME)
