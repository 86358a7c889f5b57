"""A service's checks: what the release checks program can read and run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from config.checks_document import LARGEST_BYTES, checks_document
from config.errors import shown
from config.keys import join
from config.model.service import Check, Service
from config.rules.finding import Finding
from config.secret_words import hidden, names_a_secret, secret_in

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t -~]*")
_CARRIES_A_SECRET = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})


def check_checks(*, service: Service) -> Iterator[Finding]:
    """Names are unique, gates named once, nothing is asked of an answer that it cannot have."""
    names: dict[str, int] = {}
    for index, check in enumerate(service.checks):
        key = f"checks.{index}"
        if check.name in names:
            yield Finding(
                keys=(f"{key}.name",),
                message=f"Check {names[check.name]} has this name already.",
                given=shown(check.name),
                hint="A report names the check that failed; each needs a name of its own.",
            )
        names.setdefault(check.name, index)
        if len(set(check.gates)) < len(check.gates):
            yield Finding(
                keys=(f"{key}.gates",), message="A gate is named twice.", given=shown(check.gates)
            )
        if check.method == "HEAD" and (check.body_contains is not None or check.json_equals):
            yield Finding(
                keys=(f"{key}.method",),
                message="An answer to HEAD has no body, so nothing can be expected of it.",
                given=shown(check.method),
                allowed='"GET", or no body_contains and no json.',
            )
        yield from _headers(key=key, check=check)
    size = len(checks_document(service.checks))
    if size > LARGEST_BYTES:
        yield Finding(
            keys=("checks",),
            message="The checks are too large together: they travel in a Lambda's environment.",
            given=f"{size} bytes as compact JSON",
            allowed=f"At most {LARGEST_BYTES} bytes.",
            hint="Shorten names and bodies, or check more with one request.",
        )


def _headers(*, key: str, check: Check) -> Iterator[Finding]:
    for table, headers in (
        ("headers", check.headers),
        ("response_headers", check.response_headers),
    ):
        for name, value in headers.items():
            keys = (f"{key}.{join(table, name)}",)
            if not _HEADER_NAME.fullmatch(name):
                yield Finding(
                    keys=keys, message="This is not the name of a header.", given=shown(name)
                )
            elif not _HEADER_VALUE.fullmatch(value):
                yield Finding(
                    keys=keys,
                    message="A header's value is printable ASCII on one line.",
                    given=shown(value),
                )
            elif table == "headers" and (
                name.lower() in _CARRIES_A_SECRET or names_a_secret(name) or secret_in(value)
            ):
                yield Finding(
                    keys=keys,
                    message="This header would carry a secret, readable by everyone.",
                    given=hidden(value),
                    allowed="Checks of what anyone may ask.",
                )
    body = check.request_body
    if body is not None and (kind := secret_in(body)):
        yield Finding(
            keys=(f"{key}.request_body",),
            message=f"The body holds {kind}, readable by everyone.",
            given=hidden(body),
        )
