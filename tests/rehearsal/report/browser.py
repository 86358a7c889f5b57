"""A real Chromium that opens the report from disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from rehearsal.recording import Rehearsal
from rehearsal.report import write_report

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PLACES = (
    "/usr/bin/chromium",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = (
    "The report's tests need Chromium or Google Chrome, and none was found: "
    "install it (Debian: apt-get install chromium; macOS: brew install --cask google-chrome)."
)


def find_chromium() -> str | None:
    """Where Chromium is on this machine."""
    found = [shutil.which(name) for name in _NAMES]
    found += [place for place in _PLACES if os.access(place, os.X_OK)]
    return next((one for one in found if one), None)


@contextmanager
def chromium(executable: str) -> Iterator[Browser]:
    """A browser with a new profile, closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, chromium_sandbox=False, args=list(_ARGUMENTS)
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass(kw_only=True)
class Opened:
    """A page with everything it complained about and asked for."""

    page: Page
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Opens reports. ``folder``: where they are written."""

    browser: Browser
    folder: Path

    @contextmanager
    def open(
        self,
        rehearsal: Rehearsal,
        *,
        width: int = 1280,
        dark: bool = False,
        script: bool = True,
    ) -> Iterator[Opened]:
        """The rehearsal's report in a window of that width."""
        path = self.folder / "report.html"
        write_report(rehearsal, path)
        context = self.browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            java_script_enabled=script,
        )
        try:
            opened = Opened(page=context.new_page(), context=context)
            page = opened.page
            page.on("console", lambda message: opened.complaints.append(message.text))
            page.on("pageerror", lambda error: opened.complaints.append(str(error)))
            page.on("request", lambda request: opened.requests.append(request.url))
            page.goto(path.as_uri())
            yield opened
        finally:
            context.close()
