"""The top of the page: did it hold, what was played, and where to read more."""

from __future__ import annotations

from ..recording import Recording, Rehearsal
from .markup import Html, element, hidden, join
from .scenario import anchor, requests_of
from .tables import Column, badge, table
from .words import count, listed, model, moment, percent, several, span, times


def sentence(rehearsal: Rehearsal) -> str:
    """The verdict in one sentence, without a full stop."""
    if not rehearsal.recordings:
        return "Nothing was played"
    expectations = [one for record in rehearsal.recordings for one in record.expectations]
    wrong = sum(not one.held for one in expectations)
    short = sum(bool(one.ended) for one in rehearsal.recordings)
    said = []
    if wrong:
        said.append(f"{several(wrong, 'expectation')} did not hold")
    if short:
        said.append(f"{several(short, 'scenario')} {'was' if short == 1 else 'were'} cut short")
    if said:
        return listed(said)
    return "Every expectation held" if expectations else "Played to the end, nothing was expected"


def verdict(rehearsal: Rehearsal) -> Html:
    """The header with the heading of the page, its figures and the list of scenarios."""
    mark = "\N{CHECK MARK}" if rehearsal.held else "\N{MULTIPLICATION X}"
    return element(
        "header",
        element("p", f"Rehearsal of {rehearsal.platform}", class_="eyebrow"),
        element(
            "h1",
            element("i", mark, aria_hidden="true", class_="seal"),
            element("span", sentence(rehearsal)),
            id="verdict",
            tabindex=-1,
        ),
        element(
            "p",
            element("time", moment(rehearsal.began)),
            " · ",
            element("code", rehearsal.command),
            class_="place",
        ),
        _figures(rehearsal),
        _scenarios(rehearsal),
        class_="verdict held" if rehearsal.held else "verdict not-held",
    )


def _figures(rehearsal: Rehearsal) -> Html:
    totals = [requests_of(one) for one in rehearsal.recordings]
    total, failed = sum(one for one, _ in totals), sum(one for _, one in totals)
    seconds = sum(one.seconds for one in rehearsal.recordings)
    modelled = sum(one.seconds * one.factor for one in rehearsal.recordings)
    expectations = [one for record in rehearsal.recordings for one in record.expectations]
    held = sum(one.held for one in expectations)
    factors = sorted({one.factor for one in rehearsal.recordings})
    share = f"{percent(failed / total)} of all" if total and failed else "of all requests"
    return element(
        "dl",
        _figure("Expectations held", f"{held} of {len(expectations)}", _scenario_count(rehearsal)),
        _figure("Requests", count(total), "by real HTTP users"),
        _figure("Failed requests", count(failed), share),
        _figure("Duration", span(seconds), f"{model(modelled, 1)} of AWS time"),
        _figure("Time ran", listed([times(one) for one in factors]) or "-", "as fast as on AWS"),
        class_="figures",
    )


def _scenario_count(rehearsal: Rehearsal) -> str:
    return f"in {several(len(rehearsal.recordings), 'scenario')}"


def _figure(name: str, value: str, note: str) -> Html:
    return element(
        "div",
        element("dt", name),
        element("dd", element("b", value), element("small", note)),
    )


def _scenarios(rehearsal: Rehearsal) -> Html | None:
    if not rehearsal.recordings:
        return None
    return table(
        "Scenarios",
        [
            Column("Result", tight=True),
            Column("Scenario", head=True),
            Column("Expectations", number=True),
            Column("Requests", number=True),
            Column("Failed", number=True),
            Column("Duration", number=True, tight=True),
        ],
        [_scenario(one, index) for index, one in enumerate(rehearsal.recordings, start=1)],
        class_="scenarios",
        unseen_caption=True,
    )


def _scenario(recording: Recording, index: int) -> list[str]:
    total, failed = requests_of(recording)
    held = sum(one.held for one in recording.expectations)
    title = element("a", recording.title or recording.scenario, href=f"#{anchor(index)}")
    short = element("span", "cut short", class_="tag bad") if recording.ended else None
    return [
        badge(recording.held),
        join(title, " " if short else None, short),
        join(f"{held} of {len(recording.expectations)}", hidden(" held"))
        if recording.expectations
        else "none",
        count(total),
        count(failed),
        span(recording.seconds),
    ]
