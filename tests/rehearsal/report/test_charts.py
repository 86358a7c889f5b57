"""The charts in a real Chromium: as high as what was measured, and read second by second."""

from __future__ import annotations

import math
import re

import pytest

from rehearsal.recording import EnvironmentRecord, Rehearsal, Sample
from rehearsal.report.axis import axis_around

from .asking import ask
from .browser import Reader
from .recordings import environment, rehearsal, taken_back
from .runs import bare, whole


@pytest.mark.parametrize("width", [360, 1280])
def test_every_chart_is_drawn_within_its_frame(reader: Reader, width: int) -> None:
    with reader.open(whole(), width=width) as opened:
        charts = ask(opened.page, "charts")
        # A road; four charts for each of four timelines; five deployments; one alarm.
        assert len(charts) == 1 + 4 * 4 + 5 + 1
        for chart in charts:
            assert chart["width"] > 200, chart
            assert chart["height"] > 15, chart
            assert chart["paths"] > 0, chart
            assert chart["outside"] == [], chart
            assert chart["title"]
            assert re.search(r"\d", chart["description"]), chart


def shown(record: EnvironmentRecord, run: Rehearsal) -> list[tuple[Sample, float]]:
    """The samples that a timeline shows, and where on the axis their middle is."""
    axis = axis_around(record, run.recordings[0])
    return [
        (one, (one.at + 0.5 - axis.start) / (axis.end - axis.start))
        for one in record.samples
        if axis.start <= one.at < axis.end - 1
    ]


def test_the_areas_are_as_high_as_what_was_measured(reader: Reader) -> None:
    run = rehearsal(taken_back())
    prod = run.recordings[0].environment("prod")
    points = shown(prod, run)
    # The chart is 84 pixels high; its values begin 1 above the bottom and end 4 below the top.
    high = [
        (83 - one.green.answered / (one.blue.answered + one.green.answered) * 79) / 84
        for one, _ in points
    ]
    with reader.open(run) as opened:

        def inside(path: str, down: float) -> list[bool]:
            places = [[x, y + down / 84] for (_, x), y in zip(points, high, strict=True)]
            return list(ask(opened.page, "inside", [0, 0, path, places]))

        assert any(y < 0.8 for y in high)
        assert all(inside(".area-blue", -1))
        assert not any(inside(".area-blue", 0.6))
        assert not any(inside(".area-green", -0.6))
        green = inside(".area-green", 0.6)
        assert green == [one.green.answered > 0 for one, _ in points]


def test_requests_latencies_and_tasks_are_as_high_as_their_scales_say(reader: Reader) -> None:
    run = rehearsal(taken_back())
    points = shown(run.recordings[0].environment("prod"), run)
    with reader.open(run) as opened:
        figures = opened.page.locator(".timeline figure.chart")
        # The scale's highest number; latencies are from 1 to 100 ms there.
        most = int(figures.nth(1).locator(".scale span").last.inner_text())
        assert figures.nth(2).locator(".scale span").all_inner_texts() == [
            "1\u00a0ms", "10\u00a0ms", "100\u00a0ms",
        ]  # fmt: skip

        def inside(chart: int, path: str, downs: list[float], high: float) -> list[bool]:
            places = [[x, down / high] for (_, x), down in zip(points, downs, strict=True)]
            return list(ask(opened.page, "inside", [0, chart, path, places]))

        top = [63 - 59 * one.requests / most for one, _ in points]
        assert all(inside(1, ".area-plain", [y + 0.6 for y in top], 64))
        assert not any(inside(1, ".area-plain", [y - 0.6 for y in top], 64))
        for latencies, into in (
            ([one.p99 or 0 for one, _ in points], 0.6),
            ([one.p50 or 0 for one, _ in points], -0.6),
        ):
            edge = [63 - 59 * math.log10(one) / 2 for one in latencies]
            assert all(inside(2, ".area-latency", [y + into for y in edge], 64))
            assert not any(inside(2, ".area-latency", [y - into for y in edge], 64))
        green = inside(3, ".area-green", [50.0] * len(points), 74)
        assert green == [one.green.healthy > 0 for one, _ in points]


def test_a_chart_says_its_numbers_in_words(reader: Reader) -> None:
    run = rehearsal(taken_back())
    samples = [one for one, _ in shown(run.recordings[0].environment("prod"), run)]
    with reader.open(run) as opened:
        said = {one["title"]: one["description"] for one in ask(opened.page, "charts")}
    said = {title: words.replace("\u00a0", " ") for title, words in said.items()}
    failed = sum(one.failed for one in samples)
    worst = max(samples, key=lambda one: one.failed)
    assert re.search(
        rf"{failed} failed, [\d.]+ %, in 10 seconds from 24 s to 33 s; the most, {worst.failed}, "
        rf"at {worst.at:g} s\.",
        said["Requests per second in Prod"],
    )
    assert (
        f"Green (v4) answered {sum(one.green.answered for one in samples)},"
        in said["Traffic share in Prod"]
    )
    assert "became 20 percent at 24 s, 0 percent at 34 s." in said["Traffic share in Prod"]
    slowest = max(one.p99 or 0 for one in samples)
    assert f"and {slowest:.0f} ms, the highest at" in said["Latency in Prod"]
    assert "at most 3. The service wanted 3." in said["Tasks in Prod"]
    assert said["Alarms"] == "In alarm: storefront-prod-ErrorRate from 33 s to 52 s."


def test_a_second_with_failures_has_its_bar_and_no_other(reader: Reader) -> None:
    run = rehearsal(taken_back())
    points = shown(run.recordings[0].environment("prod"), run)
    with reader.open(run) as opened:
        places = [[x, 62 / 64] for _, x in points]
        bars = ask(opened.page, "inside", [0, 1, ".area-bad", places])
    assert bars == [one.failed > 0 for one, _ in points]
    assert any(bars)


def test_failures_are_red_also_when_they_are_few_among_many(reader: Reader) -> None:
    record = environment("prod")
    record.samples = [Sample(at=float(at), requests=2000) for at in range(400)]
    record.samples[200].failed = 1
    run = bare(record, seconds=400)
    with reader.open(run, width=360) as opened:
        bars = opened.page.locator(".area-bad")
        box = bars.bounding_box()
        assert box is not None
        assert box["height"] >= 4
        assert box["width"] >= 0.8


def test_the_keyboard_reads_one_second_after_the_other(reader: Reader) -> None:
    run = rehearsal(taken_back())
    prod = run.recordings[0].environment("prod")
    axis = axis_around(prod, run.recordings[0])
    with reader.open(run) as opened:
        page = opened.page
        slider = page.get_by_role("slider", name="Second of the timeline of Prod")
        slider.focus()
        for _ in range(25):
            page.keyboard.press("ArrowRight")
        sample = next(one for one in prod.samples if one.at == axis.start + 25)
        assert sample.failed > 0
        total = sample.blue.answered + sample.green.answered
        said = (slider.get_attribute("aria-valuetext") or "").replace("\N{NO-BREAK SPACE}", " ")
        assert said.startswith(f"{sample.at:g} s · AWS {sample.at * 20 / 60:g} min")
        assert f"failed {sample.failed}," in said
        assert f"requests/s {sample.requests}," in said
        assert f"green v4 {100 * sample.green.answered / total:.1f} %".replace(".0 %", " %") in said
        assert "weight of green 20 %" in said
        assert "tasks 3/3 blue, 3/3 green, 3 wanted" in said
        assert page.locator(".readout").is_visible()
        assert "storefront-prod-ErrorRate" not in said
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        assert "storefront-prod-ErrorRate" in (slider.get_attribute("aria-valuetext") or "")
        page.keyboard.press("Home")
        assert (slider.get_attribute("aria-valuetext") or "").startswith(f"{axis.start:g}\u00a0s")
        page.keyboard.press("Escape")
        assert not page.locator(".readout").is_visible()
        assert not opened.complaints


@pytest.mark.parametrize("width", [360, 1280])
def test_the_line_stands_where_the_pointer_is(reader: Reader, width: int) -> None:
    with reader.open(rehearsal(taken_back()), width=width) as opened:
        page = opened.page
        chart = page.locator(".timeline .chart svg").first
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box()
        assert box is not None
        x, y = box["x"] + 0.41 * box["width"], box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        cursor = page.locator(".cursor").bounding_box()
        assert cursor is not None
        # It snaps to the middle of the nearest second; fifty of them are shown.
        assert abs(cursor["x"] - x) <= box["width"] / 50
        # From 5 s to 55 s: 41 % of it is 25.5 s, in the second that begins at 25 s.
        assert page.locator(".readout b").first.inner_text().startswith("25\u00a0s")
        readout = page.locator(".readout").bounding_box()
        assert readout is not None
        assert readout["x"] >= 0
        assert readout["x"] + readout["width"] <= width
        assert page.evaluate(
            "[...document.querySelectorAll('.readout span')].every(one => "
            "one.getBoundingClientRect().right <= innerWidth - 12)"
        )
        page.mouse.move(x, box["y"] + 2000)
        assert not page.locator(".cursor").is_visible()


def test_where_nothing_was_measured_the_line_says_so(reader: Reader) -> None:
    run = rehearsal(taken_back())
    prod = run.recordings[0].environment("prod")
    prod.samples = [one for one in prod.samples if not 20 <= one.at < 30]
    with reader.open(run) as opened:
        chart = opened.page.locator(".timeline .chart svg").first
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box()
        assert box is not None
        opened.page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 10)
        assert "nothing was measured" in opened.page.locator(".readout").inner_text()
