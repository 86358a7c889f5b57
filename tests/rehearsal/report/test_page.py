"""The document as text: the verdict, its numbers, what is said of each scenario, escaping."""

from __future__ import annotations

import html
import re

import pytest

from rehearsal.recording import (
    Expectation,
    Mark,
    Rehearsal,
)
from rehearsal.report import render

from .documents import Outline, text_of
from .recordings import good_release, rehearsal, taken_back
from .runs import SHOWN, poisoned


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
