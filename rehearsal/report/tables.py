"""Tables that a phone shows as cards, and the tables of the whole rehearsal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..recording import NotHonoured, Rehearsal
from .markup import Html, element, hidden
from .words import both, listed, titled

_MANY = 8
_WHERES = 3


@dataclass(frozen=True, kw_only=False)
class Column:
    """A column. ``head``: its cells name their rows. ``tight``: not wrapped. ``number``: right."""

    name: str
    head: bool = False
    tight: bool = False
    number: bool = False

    @property
    def look(self) -> str | None:
        """The class of its cells."""
        return " ".join(word for word in ("tight", "number") if getattr(self, word)) or None


Row = Sequence[str]


def table(
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    class_: str,
    groups: Sequence[tuple[str, Sequence[Row]]] = (),
    unseen_caption: bool = False,
) -> Html:
    """A table with a caption and scoped heads. Roles are named because cards are not `display:
    table`. ``groups``: rows under a heading of their own, after ``rows``.
    """
    heads = [
        element("th", one.name, scope="col", role="columnheader", class_=one.look)
        for one in columns
    ]
    bodies = [element("tbody", *_rows(columns, rows), role="rowgroup")] if rows else []
    for name, members in groups:
        head = element(
            "th", name, scope="rowgroup", role="rowheader", colspan=len(columns), class_="group"
        )
        bodies.append(
            element(
                "tbody", element("tr", head, role="row"), *_rows(columns, members), role="rowgroup"
            )
        )
    return element(
        "table",
        element("caption", hidden(caption) if unseen_caption else caption),
        element("thead", element("tr", *heads, role="row"), role="rowgroup"),
        *bodies,
        class_=f"cards {class_}",
        role="table",
    )


def _rows(columns: Sequence[Column], rows: Sequence[Row]) -> list[Html]:
    return [
        element(
            "tr",
            *[_cell(column, content) for column, content in zip(columns, row, strict=True)],
            role="row",
        )
        for row in rows
    ]


def _cell(column: Column, content: str) -> Html:
    if column.head:
        return element(
            "th", content, scope="row", role="rowheader", data_label=column.name, class_=column.look
        )
    return element("td", content, role="cell", data_label=column.name, class_=column.look)


def badge(held: bool, *, good: str = "held", bad: str = "not held") -> Html:
    """Held or not, by shape and word. ``bad`` is its look as well."""
    mark, word = ("\N{CHECK MARK}", good) if held else ("\N{MULTIPLICATION X}", bad)
    return element(
        "span",
        element("i", mark, aria_hidden="true"),
        word,
        class_=f"badge {'held' if held else bad.replace(' ', '-')}",
    )


def gates(rehearsal: Rehearsal) -> Html:
    """Every gate that was reached, under the scenario in which it was."""
    columns = [
        Column("Environment", head=True),
        Column("Gate"),
        Column("Version", tight=True),
        Column("Result", tight=True),
        Column("When", tight=True),
        Column("Detail"),
    ]
    groups = [
        (
            recording.title or recording.scenario,
            [
                [
                    titled(one.environment),
                    one.name,
                    one.version,
                    badge(one.passed, good="passed", bad="failed"),
                    both(one.at, recording.factor),
                    element("span", one.detail, class_="words"),
                ]
                for one in recording.gates
            ],
        )
        for recording in rehearsal.recordings
        if recording.gates
    ]
    if not groups:
        return element("p", "No gate was reached.", class_="none")
    return table("Gates that were reached", columns, [], groups=groups, class_="gates")


def not_honoured(found: Sequence[NotHonoured]) -> Html:
    """What a template says and the rehearsal does not do, once for each kind."""
    if not found:
        return element("p", "Everything that the templates say was done.", class_="none")
    grouped: dict[tuple[str, str], list[str]] = {}
    for one in found:
        grouped.setdefault((one.what, one.why), []).append(one.where)
    rows = [[what, why, _places(wheres)] for (what, why), wheres in grouped.items()]
    caption = "Not done, or done differently"
    columns = [Column("What", head=True), Column("Why"), Column("Where")]
    whole = table(caption, columns, rows, class_="differences")
    if len(rows) <= _MANY:
        return whole
    return element(
        "details",
        element("summary", f"{len(rows)} things were not done, or done differently"),
        whole,
        class_="fold",
    )


def _places(wheres: Sequence[str]) -> Html:
    places = list(dict.fromkeys(wheres))
    listing = element("ul", *[element("li", one) for one in places], class_="places")
    if len(places) <= _WHERES:
        return listing
    first = listed([places[0], f"{len(places) - 1} more places"])
    return element("details", element("summary", first), listing)


def parts(found: dict[str, str]) -> Html:
    """The real components and their versions."""
    if not found:
        return element("p", "No real part was noted.", class_="none")
    return table(
        "Real parts that were used",
        [Column("Part", head=True), Column("Version")],
        [[name, version] for name, version in found.items()],
        class_="parts",
    )
