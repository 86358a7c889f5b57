"""Recordings that are large, cut off, hardly any, or cannot be written."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rehearsal.recording import (
    DeploymentRecord,
    EnvironmentRecord,
    LifecycleEvent,
    Mark,
    Release,
    Sample,
)
from rehearsal.report import render, write_report

from .documents import Outline, text_of
from .recordings import environment, good_release, long_rehearsal, rehearsal
from .runs import bare


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
    with pytest.raises(OSError, match=r"report\.html"):
        write_report(rehearsal(good_release()), path)
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]


def test_the_file_is_what_render_says(tmp_path: Path) -> None:
    run = rehearsal(good_release())
    write_report(run, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == render(run)


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
