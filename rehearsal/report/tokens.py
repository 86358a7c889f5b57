"""The colours of the page as CSS variables: the pictures' palette, and what only a report needs.

Blue and green mean blue and green, nothing else. What went well is ink; what did not is red.
"""

from __future__ import annotations

from assembly.themes import DARK, FONT, LIGHT, Paint, Tone

_LIGHT: dict[str, str] = {
    "page": "#f3f5f8",
    "bad-fill": "#ffe3e0",
    "bad-stroke": "#d1342f",
    "bad-ink": "#a3121b",
    "solid-bad": "#b3161f",
    "on-solid": "#ffffff",
    "solid-ok": "#1f2328",
    "blue-area": "#b9dcfb",
    "green-area": "#bff0c9",
    "green-rule": "#4fae67",
    "plain-area": "#dde3ea",
    "rule": "#e4e9ee",
    "shadow": "0 1px 2px rgb(31 35 40 / 6%),0 4px 16px rgb(31 35 40 / 5%)",
}
_DARK: dict[str, str] = {
    "page": "#070a0f",
    "bad-fill": "#471a1c",
    "bad-stroke": "#f06058",
    "bad-ink": "#ffaaa3",
    "solid-bad": "#ffaaa3",
    "on-solid": "#0d1117",
    "solid-ok": "#e6edf3",
    "blue-area": "#12427f",
    "green-area": "#123f20",
    "green-rule": "#2c7d42",
    "plain-area": "#2c343f",
    "rule": "#222933",
    "shadow": "none",
}


def stylesheet_of_colours() -> str:
    """Variables such as ``--blue-ink`` for both colour schemes. Paper is always light."""
    return (
        f":root{{color-scheme:light dark;--font:{FONT};{_variables(LIGHT, _LIGHT)}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{_variables(DARK, _DARK)}}}}}"
    )


def _variables(paints: dict[Tone, Paint], own: dict[str, str]) -> str:
    house = "".join(
        f"--{tone}-fill:{paint.fill};--{tone}-stroke:{paint.stroke};--{tone}-ink:{paint.ink};"
        for tone, paint in paints.items()
    )
    return house + "".join(f"--{name}:{value};" for name, value in own.items())
