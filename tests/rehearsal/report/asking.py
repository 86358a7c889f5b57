"""Calls of the functions in page.js within a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_FUNCTIONS = (Path(__file__).parent / "page.js").read_text(encoding="utf-8")


def ask(page: Page, function: str, argument: Any = None) -> Any:
    """What a function of page.js says of the page."""
    functions = _FUNCTIONS[_FUNCTIONS.index("({") :].rstrip()
    return page.evaluate(f"(argument) => {functions}.{function}(argument)", argument)
