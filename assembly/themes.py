"""The colours of the pictures, light and dark. Blue and green mean blue and green, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Tone = Literal[
    "card", "lane", "surface", "text", "muted", "line", "blue", "green", "gate", "approval"
]
TONES: tuple[Tone, ...] = get_args(Tone)


@dataclass(frozen=True)
class Paint:
    """A tone's colours in one theme: of a box, its border, and of a text or line."""

    fill: str
    stroke: str
    ink: str


LIGHT: dict[Tone, Paint] = {
    "card": Paint("#ffffff", "#d0d7de", "#1f2328"),
    "lane": Paint("#f6f8fa", "#d8dee4", "#1f2328"),
    "surface": Paint("#ffffff", "#c4ccd4", "#1f2328"),
    "text": Paint("#ffffff", "#d0d7de", "#1f2328"),
    "muted": Paint("#eaeef2", "#eaeef2", "#59636e"),
    "line": Paint("#ffffff", "#8c959f", "#6e7781"),
    "blue": Paint("#ddf0ff", "#54a3f0", "#0550ae"),
    "green": Paint("#dafbe1", "#4ac26b", "#116329"),
    "gate": Paint("#f3eefc", "#a98be0", "#6639ba"),
    "approval": Paint("#fff4d6", "#d9a938", "#7d4e00"),
}
DARK: dict[Tone, Paint] = {
    "card": Paint("#0d1117", "#30363d", "#e6edf3"),
    "lane": Paint("#151b23", "#2b323b", "#e6edf3"),
    "surface": Paint("#0d1117", "#434c56", "#e6edf3"),
    "text": Paint("#0d1117", "#30363d", "#e6edf3"),
    "muted": Paint("#262c36", "#262c36", "#9aa4af"),
    "line": Paint("#0d1117", "#6e7681", "#848d97"),
    "blue": Paint("#0c2d5a", "#388bfd", "#9ecbff"),
    "green": Paint("#0f3a1d", "#2ea043", "#7ee787"),
    "gate": Paint("#2a1f45", "#8a63d2", "#d2bdfa"),
    "approval": Paint("#3a2a08", "#bb8009", "#f0c674"),
}
FONT = (
    "-apple-system,BlinkMacSystemFont,'Segoe UI','Noto Sans',Helvetica,Arial,"
    "'Liberation Sans',sans-serif"
)


def _rules(paints: dict[Tone, Paint]) -> str:
    return "".join(
        f".box-{tone}{{fill:{paint.fill};stroke:{paint.stroke}}}"
        f".ink-{tone}{{fill:{paint.ink}}}"
        f".line-{tone}{{stroke:{paint.stroke}}}"
        f".fill-{tone}{{fill:{paint.stroke}}}"
        for tone, paint in paints.items()
    )


STYLESHEET = (
    f"text{{font-family:{FONT}}}path{{fill:none;stroke-width:1.5}}"
    f"{_rules(LIGHT)}@media (prefers-color-scheme:dark){{{_rules(DARK)}}}"
)
