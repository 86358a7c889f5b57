"""The document as text: the verdict, its numbers, escaping, and recordings that are hardly any."""

from __future__ import annotations

import dataclasses
import html
import math
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rehearsal.recording import (
    DeploymentRecord,
    EnvironmentRecord,
    Expectation,
    LifecycleEvent,
    Mark,
    Recording,
    Rehearsal,
    Release,
    Sample,
)
from rehearsal.report import render, write_report

from .recordings import environment, good_release, long_rehearsal, rehearsal, taken_back

POISON = "<script>boom()</script>\"'&\u202e\x00\ud800"
SHOWN = html.escape("<script>boom()</script>\"'&") + "\\u202e\\u0000\\ud800"


class Outline(HTMLParser):
    """Elements in their order, and whether each is closed where it has to be."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.wrong: list[str] = []
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "hr"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def text_of(document: str) -> str:
    """What a reader sees, roughly: without markup, with plain spaces."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", document, flags=re.DOTALL)
    plain = html.unescape(re.sub(r"<[^>]+>", " ", body)).replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r"\s+", " ", plain)


def heading(document: str) -> str:
    """The text of the page's first heading."""
    found = re.search(r"<h1\b.*?<span>(.*?)</span></h1>", document, flags=re.DOTALL)
    assert found is not None
    return html.unescape(found[1]).replace("\N{NO-BREAK SPACE}", " ")


def with_expectations(*held: bool, ended: str = "") -> Rehearsal:
    recording = good_release()
    recording.expectations = [
        Expectation(text=f"thing {index}", held=one, measured="so")
        for index, one in enumerate(held)
    ]
    recording.ended = ended
    return rehearsal(recording)


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (with_expectations(True, True), "Every expectation held"),
        (with_expectations(True, False), "1 expectation did not hold"),
        (with_expectations(False, False), "2 expectations did not hold"),
        (with_expectations(True, ended="Ctrl-C"), "1 scenario was cut short"),
        (
            with_expectations(False, ended="Ctrl-C"),
            "1 expectation did not hold and 1 scenario was cut short",
        ),
        (with_expectations(), "Played to the end, nothing was expected"),
        (rehearsal(), "Nothing was played"),
    ],
)
def test_the_first_heading_says_whether_everything_held(run: Rehearsal, words: str) -> None:
    assert heading(render(run)) == words


def test_the_verdict_sums_what_the_recordings_hold() -> None:
    run = rehearsal(good_release(), taken_back())
    samples = [
        one for record in run.recordings for place in record.environments for one in place.samples
    ]
    total, failed = sum(one.requests for one in samples), sum(one.failed for one in samples)
    assert failed > 0
    seen = text_of(render(run))
    assert f"Requests {total:,} by real HTTP users" in seen
    assert f"Failed requests {failed:,} {100 * failed / total:.2f} % of all" in seen
    assert "Duration 4 min 16 s 85 min of AWS time" in seen
    assert "Time ran 20× as fast as on AWS" in seen  # noqa: RUF001
    assert "26 November 2025, 02:42 UTC · make rehearse" in seen
    assert "Rehearsal of acme" in seen


def test_each_scenario_stands_in_the_summary_with_its_own_result() -> None:
    seen = text_of(render(rehearsal(good_release(), taken_back())))
    assert re.search(r"✓ held A good release reaches Prod and no request fails 3 of 3", seen)
    assert re.search(r"✕ not held A release that is bad under load is taken back 3 of 4", seen)


def test_an_expectation_says_what_was_measured() -> None:
    seen = text_of(render(rehearsal(taken_back())))
    assert "✓ held v1 serves afterwards v1 on blue, 100 %" in seen
    assert "✕ not held At most 1.5 % of the requests fail 326 failed" in seen


def test_the_reason_keeps_its_lines() -> None:
    document = render(rehearsal(taken_back()))
    found = re.search(r'<pre class="reason">(.*?)</pre>', document, flags=re.DOTALL)
    assert found is not None
    assert html.unescape(found[1]) == taken_back().environment("prod").releases[0].reason


def test_a_mark_is_told_in_both_times() -> None:
    seen = text_of(render(rehearsal(taken_back())))
    assert "2 Rollback decided 33.4 s · AWS 11 min CodeDeploy stopped d-PRO4BAD01" in seen


def test_a_gate_stands_under_its_scenario() -> None:
    seen = text_of(render(rehearsal(good_release(), taken_back())))
    gates = seen[seen.index("Gates that were reached") :]
    assert "Staging acceptance v2 ✓ passed 93 s · AWS 31 min 12 of 12 passed" in gates
    assert gates.index("A good release") < gates.index("A release that is bad")


def test_a_gate_that_failed_says_so() -> None:
    run = rehearsal(good_release())
    run.recordings[0].gates[3].passed = False
    assert "Staging acceptance v2 ✕ failed 93 s" in text_of(render(run))


def test_what_is_not_honoured_in_several_places_is_said_once() -> None:
    seen = text_of(render(rehearsal(good_release())))
    assert seen.count("TLS on the listener") == 1
    for name in ("dev", "staging", "prod"):
        assert f"{name}: AWS::ElasticLoadBalancingV2::Listener 8443" in seen


def test_an_environment_in_which_nothing_happened_is_one_line() -> None:
    run = rehearsal(taken_back())
    staging = run.recordings[0].environment("staging")
    total = sum(one.requests for one in staging.samples)
    document = render(run)
    assert (
        f"Nothing was released here. {total:,} requests, none failed. v1 answered {total:,}."
        in text_of(document)
    )
    assert document.count('class="timeline"') == 1


@pytest.mark.parametrize("change", ["failed", "alarm", "mark"])
def test_an_environment_without_a_release_is_shown_when_something_happened(change: str) -> None:
    run = rehearsal(taken_back())
    staging = run.recordings[0].environment("staging")
    if change == "failed":
        staging.samples[7].failed = 1
    elif change == "alarm":
        staging.samples[7].alarms = ("TooSlow",)
    else:
        staging.marks.append(Mark(at=7, kind="task", text="a task ended"))
    assert render(run).count('class="timeline"') == 2


def poisoned(value: Any, kept: tuple[str, ...] = ("kind", "result", "colour")) -> Any:
    """The same data with the poison in every text that is not one of a few words."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            if field.name not in kept:
                setattr(value, field.name, poisoned(getattr(value, field.name)))
        return value
    if isinstance(value, str):
        return value + POISON
    if isinstance(value, dict):
        return {key + POISON: poisoned(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(poisoned(one) for one in value)
    return value


def test_no_text_of_a_recording_becomes_markup() -> None:
    clean = Outline(render(rehearsal(good_release(), taken_back())))
    run = poisoned(rehearsal(good_release(), taken_back()))
    document = render(run)
    outline = Outline(document)
    assert "<script>boom" not in document
    assert SHOWN in document
    scripts = [tag for tag, _ in outline.found if tag == "script"]
    assert len(scripts) == len([tag for tag, _ in clean.found if tag == "script"])
    assert not outline.wrong
    document.encode("utf-8")


def test_the_page_allows_its_own_script_and_nothing_from_anywhere() -> None:
    document = render(rehearsal(good_release()))
    policy = dict(
        part.split(" ", 1)
        for part in next(
            attributes["content"] or ""
            for tag, attributes in Outline(document).found
            if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
        ).split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", policy["script-src"])
    for tag, attributes in Outline(document).found:
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
        assert tag not in ("link", "img", "iframe", "base", "form")
    assert not re.search(r"@import|url\((?!#)", document)


def test_every_document_is_well_formed() -> None:
    outline = Outline(render(rehearsal(good_release(), taken_back())))
    assert not outline.open
    assert not outline.wrong
    names = [attributes["id"] for _, attributes in outline.found if "id" in attributes]
    assert len(names) == len(set(names))
    links = [str(at.get("href"))[1:] for tag, at in outline.found if tag == "a"]
    assert links
    assert set(links) <= set(names)


def test_a_large_rehearsal_stays_small_and_is_written_quickly() -> None:
    document = render(long_rehearsal(15, 600))
    assert document.count('class="timeline"') == 45
    assert len(document.encode()) < 3_000_000


def test_thinning_out_keeps_a_single_second_of_failures() -> None:
    run = long_rehearsal(1, 600)
    prod = run.recordings[0].environment("prod")
    prod.samples[301].failed = 17
    document = render(run)
    assert "17 failed" in text_of(document)
    values = re.findall(r'"failed":\[([\d,]+)\]', document)
    assert values[2].split(",").count("17") == 1
    assert len(values[2].split(",")) <= 300


def test_an_existing_report_survives_when_the_next_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "report.html"
    write_report(rehearsal(good_release()), path)
    before = path.read_bytes()
    broken = rehearsal(good_release())
    broken.recordings[0].factor = "fast"  # type: ignore[assignment]
    with pytest.raises(TypeError):
        write_report(broken, path)
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == ["report.html"]


def test_a_path_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.mkdir()
    with pytest.raises(OSError, match="report.html"):
        write_report(rehearsal(good_release()), path)
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]


def test_the_file_is_what_render_says(tmp_path: Path) -> None:
    run = rehearsal(good_release())
    write_report(run, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == render(run)


def bare(record: EnvironmentRecord | None, *, seconds: float = 10.0) -> Rehearsal:
    recording = Recording(
        scenario="bare", title="", description="", factor=20.0, began="", seconds=seconds
    )
    recording.environments = [record] if record else []
    return rehearsal(recording)


def test_a_scenario_without_environments_says_so() -> None:
    assert "No environment was opened." in text_of(render(bare(None, seconds=0.0)))


def test_a_release_without_a_single_sample_says_that_nothing_was_measured() -> None:
    record = environment("prod")
    record.releases.append(Release(version="v2", result="running", start=1))
    assert "Nothing was measured." in text_of(render(bare(record)))


def test_a_deployment_that_goes_on_reaches_the_end_of_the_axis() -> None:
    record = environment("prod")
    install = LifecycleEvent(name="Install", status="InProgress", start=3)
    record.deployments.append(
        DeploymentRecord(
            id="d-1", version="v2", colour=None, status="InProgress", start=2, events=[install]
        )
    )
    seen = text_of(render(bare(record)))
    assert "Deployment still running 8 s" in seen
    assert "Install in progress 7 s" in seen


def test_a_release_that_did_not_get_there_is_one_line() -> None:
    record = environment("prod")
    record.releases.append(
        Release(version="v2", result="not reached", start=0, reason="It ended in staging")
    )
    document = render(bare(record))
    assert "v2 did not get here. Nobody asked anything. Reason: It ended in staging" in text_of(
        document
    )
    assert 'class="timeline"' not in document


moments = st.floats(min_value=0, max_value=500, allow_nan=False)
ends = st.none() | moments
counts = st.integers(min_value=0, max_value=10_000)
texts = st.text(max_size=30)
latencies = st.none() | st.floats(min_value=0, max_value=1e6) | st.just(math.nan)
samples = st.builds(
    Sample, at=moments, requests=counts, failed=counts, p50=latencies, p99=latencies,
    alarms=st.lists(texts, max_size=2).map(tuple),
)  # fmt: skip
events = st.builds(LifecycleEvent, name=texts, status=texts, start=ends, end=ends)
deployments = st.builds(
    DeploymentRecord, start=moments, end=ends, moved=ends, events=st.lists(events, max_size=3)
)
environments = st.builds(
    EnvironmentRecord,
    samples=st.lists(samples, max_size=6),
    deployments=st.lists(deployments, max_size=2),
    marks=st.lists(st.builds(Mark, at=moments), max_size=8),
    releases=st.lists(st.builds(Release, start=moments, end=ends), max_size=2),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    record=environments,
    seconds=st.floats(min_value=0, max_value=500),
    factor=st.floats(min_value=1, max_value=200),
)
def test_whatever_was_recorded_there_is_a_page(
    record: EnvironmentRecord, seconds: float, factor: float
) -> None:
    run = bare(record, seconds=seconds)
    run.recordings[0].factor = factor
    outline = Outline(render(run))
    assert not outline.open
    assert not outline.wrong
    assert not re.search(r"\bnan\b|\binf\b", " ".join(str(at.get("d")) for _, at in outline.found))
