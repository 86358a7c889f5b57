"""What holds of every picture: nothing overlaps, nothing is cut off, nothing is missing."""

from __future__ import annotations

from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from assembly.pictures_environment import draw_environment
from assembly.pictures_road import draw_road
from assembly.svg import Arrow, Box, Drawing, Text, boxes, texts
from tests.assembly.models import NAMES, environment, lane, region, road

SERVICES = tuple(f"{name.title()}Service" for name in NAMES)
DRAWINGS = {
    "a road": draw_road(road(lane("Dev", "WebService"), lane("Live", "WebService", approval=True))),
    "eight services": draw_road(road(lane("Live", *SERVICES))),
    "many services": draw_road(road(lane("Live", *(f"S{i}Service" for i in range(30))))),
    "two Regions": draw_road(road(lane("Dev", *SERVICES), lane("Live", *SERVICES, regions=2))),
    "many steps": draw_road(road(lane("Live", "WebService"), own=10)),
    "an environment": draw_environment(environment(region("web", "orders"))),
    "eight in it": draw_environment(environment(region(*NAMES))),
    "six zones": draw_environment(environment(region("web", zones=6))),
    "one zone": draw_environment(environment(region("web", zones=1))),
    "ten steps": draw_environment(environment(region("web", steps=10))),
    "all readers": draw_environment(environment(region("web", readers=15))),
    "both Regions": draw_environment(
        environment(region("web", "orders"), region("web", "orders", name="eu-west-2"))
    ),
}
every_drawing = pytest.mark.parametrize("drawing", DRAWINGS.values(), ids=DRAWINGS.keys())


def apart(one: Box, other: Box) -> bool:
    return (
        one.right <= other.x
        or other.right <= one.x
        or one.bottom <= other.y
        or other.bottom <= one.y
    )


def inside(inner: Box, outer: Box) -> bool:
    return (
        outer.x <= inner.x
        and inner.right <= outer.right
        and outer.y <= inner.y
        and inner.bottom <= outer.bottom
    )


def extent(text: Text) -> Box:
    """The text's place: its ascent is at most 0.8 of its size, its descent 0.25."""
    size = text.font.size
    return Box(
        x=text.left, y=text.y - 0.8 * size, width=text.width, height=1.05 * size, tone="text"
    )


@every_drawing
def test_boxes_are_apart_or_one_in_the_other(drawing: Drawing) -> None:
    wrong = [
        (one, other)
        for one, other in combinations(boxes(drawing.shapes), 2)
        if not (apart(one, other) or inside(one, other) or inside(other, one))
    ]
    assert wrong == []


@every_drawing
def test_every_box_and_text_is_on_the_card(drawing: Drawing) -> None:
    card = Box(x=0, y=0, width=drawing.width, height=drawing.height, tone="card")
    assert [box for box in boxes(drawing.shapes) if not inside(box, card)] == []
    assert [text for text in texts(drawing.shapes) if not inside(extent(text), card)] == []


@every_drawing
def test_every_text_is_within_its_box(drawing: Drawing) -> None:
    wrong = [text for text in texts(drawing.shapes) if not inside(extent(text), text.within)]
    assert wrong == []


@every_drawing
def test_texts_do_not_overlap(drawing: Drawing) -> None:
    placed = [(text.content, extent(text)) for text in texts(drawing.shapes) if text.content]
    wrong = [(a, b) for (a, one), (b, other) in combinations(placed, 2) if not apart(one, other)]
    assert wrong == []


@every_drawing
def test_no_text_crosses_the_edge_of_a_box(drawing: Drawing) -> None:
    every = boxes(drawing.shapes)
    wrong = [
        (content, box)
        for content, place in ((text.content, extent(text)) for text in texts(drawing.shapes))
        for box in every
        if not (apart(place, box) or inside(place, box))
    ]
    assert wrong == []


@every_drawing
def test_no_line_crosses_a_text(drawing: Drawing) -> None:
    lines = [
        Box(x=min(x0, x1), y=min(y0, y1), width=abs(x1 - x0), height=abs(y1 - y0), tone="line")
        for shape in drawing.shapes
        if isinstance(shape, Arrow)
        for (x0, y0), (x1, y1) in pairwise(shape.points)
    ]
    wrong = [
        (text.content, line)
        for text in texts(drawing.shapes)
        for line in lines
        if not apart(extent(text), line)
    ]
    assert wrong == []


@every_drawing
def test_no_text_is_shortened(drawing: Drawing) -> None:
    assert [t.whole for t in texts(drawing.shapes) if t.content != t.whole] == []


@every_drawing
def test_the_document_is_well_formed_and_says_what_it_shows(drawing: Drawing) -> None:
    root = ElementTree.fromstring(drawing.render())
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert root.findtext(f"{space}title") == drawing.title
    assert root.findtext(f"{space}desc") == drawing.description
    assert "prefers-color-scheme:dark" in (root.findtext(f"{space}style") or "")


def test_the_same_model_gives_the_same_bytes() -> None:
    one, other = (draw_environment(environment(region(*NAMES))).render() for _ in range(2))
    assert one == other
    assert draw_road(road(lane("Live", *SERVICES))).render() == DRAWINGS["eight services"].render()


def test_every_service_and_every_side_is_in_the_environment() -> None:
    shown = {text.content for text in texts(DRAWINGS["eight in it"].shapes)}
    assert {*NAMES} <= shown
    assert {f"{name}-{side}" for name in NAMES for side in ("blue", "green")} <= shown


def test_every_region_is_in_both_pictures() -> None:
    assert {"eu-west-1a", "eu-west-2a"} <= {
        t.content for t in texts(DRAWINGS["both Regions"].shapes)
    }
    labels = {text.content for text in texts(DRAWINGS["two Regions"].shapes)}
    assert {"eu-west-1 · Live", "eu-west-2 · Live1"} <= labels


def test_a_column_of_many_stacks_is_summarised() -> None:
    shown = {text.content for text in texts(DRAWINGS["many services"].shapes)}
    assert "and 21 more" in shown
    assert "30 stacks" in {text.content for text in texts(DRAWINGS["many services"].shapes)}


def test_an_environment_without_approval_says_so_where_another_has_one() -> None:
    shown = [text.content for text in texts(DRAWINGS["a road"].shapes)]
    assert shown.count("no approval") == 1
    assert "ApproveLive" in shown


def test_special_characters_are_escaped() -> None:
    document = draw_environment(environment(region("a<b&c"))).render()
    assert ElementTree.fromstring(document) is not None
    assert "a<b" not in document
