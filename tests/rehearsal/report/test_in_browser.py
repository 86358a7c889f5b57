"""The report in a real Chromium: it opens from disk, draws, fits, and can be read by anybody."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page

from .asking import ask
from .browser import MISSING, Reader, find_chromium
from .recordings import rehearsal, taken_back
from .runs import POISON, crowded, poisoned, whole

WIDTHS = (360, 1280)


def scroll_width(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


@pytest.mark.parametrize("width", WIDTHS)
def test_it_opens_from_disk_without_complaint_or_network(reader: Reader, width: int) -> None:
    with reader.open(whole(), width=width) as opened:
        assert not opened.complaints
        assert [one.split(":")[0] for one in opened.requests] == ["file"]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("run", [whole, crowded, rehearsal])
def test_nothing_is_wider_than_the_window(reader: Reader, run: object, width: int) -> None:
    assert callable(run)
    with reader.open(run(), width=width) as opened:
        assert scroll_width(opened.page) <= width
        opened.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert scroll_width(opened.page) <= width


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("run", [whole, crowded])
def test_no_label_covers_another(reader: Reader, run: object, width: int) -> None:
    assert callable(run)
    with reader.open(run(), width=width) as opened:
        opened.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        answer = ask(opened.page, "collisions")
        assert answer["looked"] > 50
        assert answer["found"] == []


def test_without_script_everything_but_the_line_is_there(reader: Reader) -> None:
    with reader.open(whole(), script=False) as opened:
        page = opened.page
        assert page.locator("h1").inner_text().endswith("expectation did not hold")
        assert page.locator(".timeline").count() == 4
        box = page.locator(".timeline .chart svg").last.bounding_box()
        assert box is not None
        assert box["height"] > 10
        assert page.locator(".slider, .hint, .readout").count() == 0
        page.locator("summary", has_text="Everything noted in Prod").last.click()
        assert page.get_by_text("green gets 20%").last.is_visible()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_text_stands_out_from_what_is_behind_it(
    reader: Reader, dark: bool, width: int
) -> None:
    with reader.open(whole(), dark=dark, width=width) as opened:
        opened.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        answer = ask(opened.page, "faint")
        assert answer["looked"] > 300
        assert answer["found"] == []


def test_the_dark_page_is_dark(reader: Reader) -> None:
    backgrounds = []
    for dark in (False, True):
        with reader.open(whole(), dark=dark) as opened:
            found = opened.page.evaluate(
                "getComputedStyle(document.documentElement).backgroundColor"
            )
            backgrounds.append(sum(int(one) for one in re.findall(r"\d+", found)[:3]))
    assert backgrounds[0] > 600
    assert backgrounds[1] < 150


def test_paper_is_light_also_for_who_reads_in_the_dark(reader: Reader) -> None:
    with reader.open(whole(), dark=True) as opened:
        opened.page.emulate_media(media="print")
        assert opened.page.evaluate("getComputedStyle(document.body).color") == "rgb(31, 35, 40)"
        assert not opened.page.locator(".slider").first.is_visible()


def test_headings_are_in_order_under_one(reader: Reader) -> None:
    with reader.open(whole()) as opened:
        headings = ask(opened.page, "headings")
    levels = [level for level, _ in headings]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert [text for level, text in headings if level == 2][-3:] == [
        "Gates",
        "What was real, and what was not",
        "How to read this",
    ]
    assert [text for level, text in headings if level == 3] == [
        "Dev", "Staging", "Prod", "Staging", "Prod",
    ]  # fmt: skip


def test_every_table_says_what_it_is_and_what_its_heads_are_of(reader: Reader) -> None:
    with reader.open(whole()) as opened:
        tables = ask(opened.page, "tables")
        assert len(tables) > 8
        for table in tables:
            assert table["caption"], table
            assert table["unscoped"] == [], table
            assert table["heads"] > 1, table
            assert table["ragged"] == 0, table


@pytest.mark.parametrize("width", [360, 1280])
def test_tables_are_tables_to_those_who_listen_on_a_phone_too(reader: Reader, width: int) -> None:
    with reader.open(whole(), width=width) as opened:
        page = opened.page
        gates = page.get_by_role("table", name="Gates that were reached")
        assert gates.get_by_role("columnheader").count() == 6
        row = gates.get_by_role("row").filter(has_text="acceptance")
        assert row.get_by_role("cell").count() == 5
        assert row.get_by_role("rowheader").inner_text() == "Staging"


def test_the_page_has_its_landmarks_and_what_can_be_used_can_be_reached(reader: Reader) -> None:
    with reader.open(whole()) as opened:
        page = opened.page
        assert page.get_by_role("main").count() == 1
        assert page.get_by_role("contentinfo").count() == 1
        title = "A release that is bad under load is taken back"
        region = page.get_by_role("region", name=title)
        assert region.count() == 1
        assert region.get_by_role("img").count() == 7
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "To the verdict"
        reached = set()
        for _ in range(30):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.tagName"))
        assert {"A", "INPUT", "SUMMARY"} <= reached


def test_markup_in_a_recording_is_shown_and_not_run(reader: Reader) -> None:
    run = poisoned(rehearsal(taken_back()))
    with reader.open(run) as opened:
        assert not opened.complaints
        visible = POISON.split("&", maxsplit=1)[0]
        assert visible in opened.page.locator("pre.reason").first.inner_text()
        assert visible in opened.page.locator("h2").first.inner_text()
        opened.page.locator(".slider").focus()
        assert visible in opened.page.locator(".readout").inner_text()


def test_a_script_that_is_not_the_pages_own_does_not_run(reader: Reader) -> None:
    with reader.open(whole()) as opened:
        opened.page.evaluate(
            "() => { const one = document.createElement('script');"
            " one.textContent = 'document.title = \"taken\"'; document.body.append(one); }"
        )
        assert opened.page.title() != "taken"
        assert any("Content Security Policy" in one for one in opened.complaints)


def test_a_title_leads_to_its_scenario(reader: Reader) -> None:
    with reader.open(whole()) as opened:
        page = opened.page
        page.get_by_role("link", name="A release that is bad under load is taken back").click()
        heading = page.get_by_role("heading", name="A release that is bad under load is taken back")
        box = heading.bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 300


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1280])
def test_a_picture_of_it_is_kept(reader: Reader, artifacts: Path, width: int, dark: bool) -> None:
    path = artifacts / f"rehearsal-report-{width}-{'dark' if dark else 'light'}.png"
    with reader.open(whole(), width=width, dark=dark) as opened:
        opened.page.screenshot(path=path, full_page=True)
    assert path.stat().st_size > 50_000


def test_without_a_browser_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("tests.rehearsal.report.browser._PLACES", ())
    assert find_chromium() is None
    assert "\n" not in MISSING
    assert "apt-get install chromium" in MISSING
