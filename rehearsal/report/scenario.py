"""The section of one scenario: what was expected of it, then its environments in their order."""

from __future__ import annotations

from ..recording import EnvironmentRecord, Recording, Release
from .markup import Html, element, hidden, join
from .noted import quiet
from .tables import Column, badge, table
from .timeline import road, timeline
from .words import both, clock, count, listed, model, percent, several, span, times, titled

RESULTS = {"released": "ok", "failed": "bad", "running": "open", "not reached": "open"}


def anchor(index: int) -> str:
    """The id of the scenario's section."""
    return f"scenario-{index}"


def requests_of(recording: Recording) -> tuple[int, int]:
    """All requests of a recording, and those that failed."""
    samples = [one for record in recording.environments for one in record.samples]
    return sum(one.requests for one in samples), sum(one.failed for one in samples)


def scenario(recording: Recording, index: int) -> Html:
    """The whole section. ``index`` counts from 1."""
    total, failed = requests_of(recording)
    facts = f"{several(total, 'request')}, {count(failed) if failed else 'none'} failed"
    rest = f"{span(recording.seconds)}, {model(recording.seconds, recording.factor)} of AWS time"
    heading = anchor(index)
    return element(
        "section",
        element(
            "header",
            element("p", f"Scenario {index} · {recording.scenario}", class_="eyebrow"),
            element("h2", recording.title or recording.scenario, id=heading),
            element(
                "p",
                badge(recording.held),
                element("span", f"{facts} · {rest} ({times(recording.factor)})"),
                class_="facts",
            ),
            element("p", recording.description, class_="description")
            if recording.description
            else None,
            _cut_short(recording.ended),
        ),
        _expectations(recording),
        road(recording),
        *[_environment(one, recording) for one in recording.environments],
        element("p", "No environment was opened.", class_="none")
        if not recording.environments
        else None,
        class_="scenario",
        aria_labelledby=heading,
    )


def _cut_short(ended: str) -> Html | None:
    if not ended:
        return None
    return element(
        "div", element("b", "Cut short"), element("p", ended, class_="words"), class_="notice bad"
    )


def _expectations(recording: Recording) -> Html:
    if not recording.expectations:
        return element("p", "The scenario states no expectation.", class_="none")
    return table(
        "What was expected",
        [Column("Result", tight=True), Column("Expected", head=True), Column("Measured")],
        [[badge(one.held), one.text, one.measured] for one in recording.expectations],
        class_="expectations",
    )


def _environment(record: EnvironmentRecord, recording: Recording) -> Html:
    facts = (record.service, record.strategy, record.account, record.region)
    place = [element("span", one) for one in facts if one]
    return element(
        "section",
        element(
            "div",
            element("h3", titled(record.name)),
            element("p", *place, class_="place dotted"),
            class_="name",
        ),
        _short(record) if quiet(record) else _told(record, recording),
        class_="environment quiet" if quiet(record) else "environment",
        aria_label=titled(record.name),
    )


def _told(record: EnvironmentRecord, recording: Recording) -> Html:
    releases = [_release(one, recording) for one in record.releases]
    return join(
        element("div", *releases, class_="releases") if releases else None,
        element("p", _served(record), class_="served"),
        timeline(record, recording),
    )


def _release(release: Release, recording: Recording) -> Html:
    if release.result == "not reached":
        when = ""
    elif release.end is None:
        when = f"began at {clock(release.start)}"
    else:
        when = f"after {both(release.end - release.start, recording.factor)}"
    return element(
        "div",
        element(
            "p",
            element("b", release.version),
            element("span", release.result, class_=f"tag {RESULTS[release.result]}"),
            element("span", when),
            class_="release",
        ),
        _reason(release.reason),
        class_=f"outcome {RESULTS[release.result]}",
    )


def _reason(reason: str) -> Html | None:
    if not reason.strip():
        return None
    return join(hidden("Reason: "), element("pre", reason.strip("\n"), class_="reason"))


def _short(record: EnvironmentRecord) -> Html:
    waiting = listed([one.version for one in record.releases])
    what = f"{waiting} did not get here. " if waiting else "Nothing was released here. "
    reasons = [_reason(one.reason) for one in record.releases]
    return join(element("p", what + _served(record), class_="served"), *reasons)


def _served(record: EnvironmentRecord) -> str:
    total = sum(one.requests for one in record.samples)
    failed = sum(one.failed for one in record.samples)
    if not total:
        return "Nobody asked anything."
    answered: dict[str, int] = {}
    for sample in record.samples:
        for colour in (sample.blue, sample.green):
            if colour.answered:
                name = colour.version or "no version"
                answered[name] = answered.get(name, 0) + colour.answered
    said = several(total, "request") + (
        f", {count(failed)} failed ({percent(failed / total)})." if failed else ", none failed."
    )
    who = ", ".join(f"{name} answered {count(number)}" for name, number in answered.items())
    return f"{said} {who}." if who else said
