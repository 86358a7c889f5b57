"""The whole page: the verdict, then each scenario, the gates, and what was done differently."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from ..recording import Rehearsal
from .explain import how_to_read
from .markup import Html, element
from .scenario import scenario
from .tables import gates, not_honoured, parts
from .tokens import stylesheet_of_colours
from .verdict import sentence, verdict

_HERE = Path(__file__).parent


def render(rehearsal: Rehearsal) -> str:
    """The report as one HTML document that needs nothing else: no network, no file, no script."""
    style = stylesheet_of_colours() + _data("style.css")
    script = _data("script.js")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element(
            "meta",
            http_equiv="Content-Security-Policy",
            content=_policy(script),
        ),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{sentence(rehearsal)}: rehearsal of {rehearsal.platform}"),
        element("style", Html(style)),
    )
    body = element(
        "body",
        element("a", "To the verdict", href="#verdict", class_="skip"),
        _patterns(),
        element("main", *_sections(rehearsal)),
        element("footer", element("p", f"Written by {rehearsal.command}.")),
        element("script", Html(script)),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _sections(rehearsal: Rehearsal) -> list[Html]:
    return [
        verdict(rehearsal),
        *[scenario(one, index) for index, one in enumerate(rehearsal.recordings, start=1)],
        _section("Gates", gates(rehearsal)),
        _section(
            "What was real, and what was not",
            not_honoured(rehearsal.not_honoured),
            parts(rehearsal.parts),
        ),
        _section("How to read this", how_to_read(rehearsal)),
    ]


def _section(title: str, *content: Html) -> Html:
    name = title.lower().replace(",", "").replace(" ", "-")
    return element(
        "section", element("h2", title, id=name), *content, class_="whole", aria_labelledby=name
    )


def _patterns() -> Html:
    """The lines by which green differs from blue without its colour."""
    pattern = element(
        "pattern",
        element("path", d="M0 8h40", class_="ruling"),
        id="ruled",
        width=40,
        height=20,
        patternUnits="userSpaceOnUse",
    )
    defs = element("defs", pattern)
    return element("svg", defs, width=0, height=0, class_="defs", aria_hidden="true")


def _policy(script: str) -> str:
    """Only this page's own script may run, by its hash; styles only from within the page."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'"
    )


def _data(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
