"""HTML by small functions: what is not markup already is escaped, so text can never become any.

Characters that a reader cannot see but a browser obeys (controls, changes of writing direction,
halves of surrogate pairs) are shown as their code points.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

_EMPTY = frozenset({"meta", "br", "hr"})
_SHAPES = frozenset({"path", "rect", "line", "circle", "stop"})
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Content = str | Iterable[str] | None
Attribute = str | float | bool | None


def text(value: str) -> Html:
    """The value escaped for a text or an attribute; markup stays what it is."""
    if isinstance(value, Html):
        return value
    seen = _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", value.replace("\r\n", "\n"))
    return Html(escape(seen))


def join(*content: Content) -> Html:
    """The content one after another; None is left out."""
    parts: list[str] = []
    for one in content:
        if one is None:
            continue
        parts.extend([text(one)] if isinstance(one, str) else map(text, one))
    return Html("".join(parts))


def element(name: str, /, *content: Content, **attributes: Attribute) -> Html:
    """An element. ``class_`` is ``class``, ``aria_label`` is ``aria-label``; None and False are
    left out, True is an attribute without a value.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _EMPTY:
        return Html(f"<{name}{written}>")
    if name in _SHAPES:
        return Html(f"<{name}{written}/>")
    return Html(f"<{name}{written}>{join(*content)}</{name}>")


def hidden(content: str) -> Html:
    """Text for those who listen; it takes no place on the page."""
    return element("span", content, class_="unseen")


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    shown = value if isinstance(value, str) else f"{value:g}"
    return f' {name}="{text(shown)}"'
