"""The measures that an environment's sections share, and their cards."""

from __future__ import annotations

from assembly.svg import HEADING, Box, Drawing, Font

WIDTH = 900
MARGIN = 20
INNER = WIDTH - 2 * MARGIN
PAD = 12
LINE = 16
HEADER = 38
NAME = Font(size=11)
MUTED_STRONG = Font(size=11, bold=True, tone="muted")


def section(drawing: Drawing, y: float, height: float, name: str, detail: str) -> Box:
    """Draw a card over the whole width with its heading and return it."""
    card = drawing.box(MARGIN, y, INNER, height, tone="lane", radius=8)
    drawing.heading(card, card.x + PAD, y + 25, name, detail, font=HEADING)
    return card
