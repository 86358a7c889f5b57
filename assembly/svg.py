"""SVG by hand: boxes, texts and arrows on a card, the same bytes for the same calls.

A text knows the box that it must stay inside and is shortened when it would not; the whole text is
then its tooltip. The shapes stay readable after drawing, which is how tests look for overlaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Literal

from assembly.text_width import fitted, text_width
from assembly.themes import STYLESHEET, Tone

Anchor = Literal["start", "middle", "end"]
HEAD = 6.0
SPACE = 12.0


@dataclass(frozen=True, kw_only=True)
class Font:
    """A text's size, weight and colour."""

    size: float = 12
    bold: bool = False
    tone: Tone = "text"


TITLE = Font(size=18, bold=True)
HEADING = Font(size=14, bold=True)
STRONG = Font(bold=True)
BODY = Font()
SMALL = Font(size=11, tone="muted")
SMALL_STRONG = Font(size=11, bold=True)


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle. ``tone`` names its colours."""

    x: float
    y: float
    width: float
    height: float
    tone: Tone
    radius: float = 6
    dashed: bool = False

    @property
    def right(self) -> float:
        """The x of its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of its bottom edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """The y of its centre."""
        return self.y + self.height / 2

    @property
    def centre(self) -> float:
        """The x of its centre."""
        return self.x + self.width / 2

    def svg(self) -> str:
        """One ``rect`` element."""
        dash = ' stroke-dasharray="4 3"' if self.dashed else ""
        return (
            f'<rect class="box-{self.tone}" x="{self.x:g}" y="{self.y:g}" width="{self.width:g}" '
            f'height="{self.height:g}" rx="{self.radius:g}"{dash}/>'
        )


@dataclass(frozen=True, kw_only=True)
class Text:
    """One line of text with its baseline at ``y``; ``whole`` is what it says unshortened.

    ``after`` follows in the same line, small: its place depends on the reader's font.
    """

    x: float
    y: float
    content: str
    font: Font
    anchor: Anchor
    within: Box
    whole: str
    after: str = ""

    @property
    def left(self) -> float:
        """The x at which it begins, by the conservative widths."""
        share = {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor]
        return self.x - share * self.width

    @property
    def width(self) -> float:
        """Its width, by the conservative widths."""
        width = text_width(self.content, size=self.font.size, bold=self.font.bold)
        return width + (SPACE + text_width(self.after, size=SMALL.size) if self.after else 0)

    def svg(self) -> str:
        """One ``text`` element."""
        tooltip = f"<title>{escape(self.whole)}</title>" if self.whole != self.content else ""
        weight = ' font-weight="600"' if self.font.bold else ""
        after = (
            f'<tspan class="ink-{SMALL.tone}" dx="{SPACE:g}" font-size="{SMALL.size:g}" '
            f'font-weight="400">{escape(self.after)}</tspan>'
            if self.after
            else ""
        )
        anchor = f' text-anchor="{self.anchor}"' if self.anchor != "start" else ""
        return (
            f'<text class="ink-{self.font.tone}" x="{self.x:g}" y="{self.y:g}" '
            f'font-size="{self.font.size:g}"{weight}{anchor}>{escape(self.content)}{after}{tooltip}</text>'
        )


@dataclass(frozen=True, kw_only=True)
class Arrow:
    """A line through points with a head at its end; its last part is horizontal or vertical."""

    points: tuple[tuple[float, float], ...]
    tone: Tone
    dashed: bool = False
    head: bool = True

    def svg(self) -> str:
        """A ``path`` and, when it has a head, a ``polygon``."""
        (x0, y0), (x1, y1) = self.points[-2:]
        along = ((x1 > x0) - (x1 < x0), (y1 > y0) - (y1 < y0))
        line = list(self.points)
        polygon = ""
        if self.head:
            back = (x1 - along[0] * HEAD, y1 - along[1] * HEAD)
            side = (along[1] * HEAD / 2, along[0] * HEAD / 2)
            corners = [
                (x1, y1),
                (back[0] + side[0], back[1] + side[1]),
                (back[0] - side[0], back[1] - side[1]),
            ]
            polygon = (
                f'<polygon class="fill-{self.tone}" points="'
                + " ".join(f"{x:g},{y:g}" for x, y in corners)
                + '"/>'
            )
            line[-1] = back
        dash = ' stroke-dasharray="4 3"' if self.dashed else ""
        path = "M" + " L".join(f"{x:g} {y:g}" for x, y in line)
        return f'<path class="line-{self.tone}" d="{path}"{dash}/>{polygon}'


@dataclass
class Drawing:
    """Shapes in drawing order under a title and a description for those who do not see them."""

    title: str
    description: str
    width: float
    height: float = 0
    shapes: list[Box | Text | Arrow] = field(default_factory=list)

    @property
    def page(self) -> Box:
        """The whole width, as the limit of texts that stand in no box; it is not drawn."""
        return Box(x=0, y=0, width=self.width - 16, height=100_000, tone="card")

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        tone: Tone,
        radius: float = 6,
        dashed: bool = False,
    ) -> Box:
        """Draw a rectangle and return it."""
        box = Box(x=x, y=y, width=width, height=height, tone=tone, radius=radius, dashed=dashed)
        self.shapes.append(box)
        return box

    def text(
        self,
        within: Box,
        x: float,
        y: float,
        content: str,
        *,
        font: Font = BODY,
        anchor: Anchor = "start",
        width: float | None = None,
    ) -> Text:
        """Draw one line inside ``within``, shortened to ``width`` or to the box's nearer edge."""
        room = {
            "start": within.right - x,
            "middle": 2 * min(x - within.x, within.right - x),
            "end": x - within.x,
        }[anchor]
        space = min(room - 4, width if width is not None else room)
        shown = fitted(content, width=space, size=font.size, bold=font.bold)
        text = Text(x=x, y=y, content=shown, font=font, anchor=anchor, within=within, whole=content)
        self.shapes.append(text)
        return text

    def heading(
        self, within: Box, x: float, y: float, name: str, after: str, *, font: Font
    ) -> None:
        """Draw a name and, small, what is said about it."""
        room = within.right - x - 16
        shown = fitted(name, width=room, size=font.size, bold=font.bold)
        rest = room - text_width(shown, size=font.size, bold=font.bold) - SPACE
        self.shapes.append(
            Text(
                x=x,
                y=y,
                content=shown,
                font=font,
                anchor="start",
                within=within,
                whole=name,
                after=fitted(after, width=max(rest, 0), size=SMALL.size) if after else "",
            )
        )

    def arrow(
        self,
        *points: tuple[float, float],
        tone: Tone = "line",
        dashed: bool = False,
        head: bool = True,
    ) -> None:
        """Draw a line through the points."""
        self.shapes.append(Arrow(points=points, tone=tone, dashed=dashed, head=head))

    def pill(self, right: float, middle: float, content: str, *, tone: Tone) -> Box:
        """Draw a label that ends at ``right`` and is as wide as its text."""
        width = round(text_width(content, size=11, bold=True) + 16)
        box = self.box(right - width, middle - 9, width, 18, tone=tone, radius=9)
        font = Font(size=11, bold=True, tone=tone)
        self.text(box, box.centre, middle + 4, content, font=font, anchor="middle")
        return box

    def render(self) -> str:
        """The SVG document, on a card of its own."""
        height = self.height
        # The card is opaque: an SVG in an img may follow another colour scheme than its page.
        card = Box(x=0.5, y=0.5, width=self.width - 1, height=height - 1, tone="card", radius=10)
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width:g}" '
                f'height="{height:g}" viewBox="0 0 {self.width:g} {height:g}" role="img" '
                'aria-labelledby="title description">',
                f'<title id="title">{escape(self.title)}</title>',
                f'<desc id="description">{escape(self.description)}</desc>',
                f"<style>{STYLESHEET}</style>",
                card.svg(),
                *(shape.svg() for shape in self.shapes),
                "</svg>",
                "",
            ]
        )


def boxes(shapes: Sequence[Box | Text | Arrow]) -> list[Box]:
    """Only the rectangles."""
    return [shape for shape in shapes if isinstance(shape, Box)]


def texts(shapes: Sequence[Box | Text | Arrow]) -> list[Text]:
    """Only the texts."""
    return [shape for shape in shapes if isinstance(shape, Text)]
