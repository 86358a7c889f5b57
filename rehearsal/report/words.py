"""Numbers as people read them. A space that must not break a line stands before each unit."""

from __future__ import annotations

from datetime import datetime

SPACE = "\N{NO-BREAK SPACE}"
TIMES = "\N{MULTIPLICATION SIGN}"
DASH = "\N{EN DASH}"


def count(number: float) -> str:
    """A whole number with separators: ``41,233``."""
    return f"{number:,.0f}"


def several(number: int, one: str, many: str = "") -> str:
    """``1 request``, ``2 requests``, ``no requests``."""
    words = one if number == 1 else many or f"{one}s"
    return f"{count(number) if number else 'no'}{SPACE}{words}"


def plain(number: float) -> str:
    """At most one decimal, none when it would be 0."""
    return f"{number:,.1f}".removesuffix(".0")


def span(seconds: float) -> str:
    """A length of real time: ``12.3 s``, ``2 min 3 s``, ``1 h 5 min``."""
    if seconds < 99.95:
        return f"{plain(seconds)}{SPACE}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}{SPACE}min" + (f" {rest}{SPACE}s" if rest else "")
    return f"{minutes // 60}{SPACE}h" + (f" {minutes % 60}{SPACE}min" if minutes % 60 else "")


def clock(seconds: float) -> str:
    """A moment, or a length on the axis of time, always in seconds: ``196 s``, ``0.3 s``."""
    if 0 < seconds < 0.05:
        return f"under 0.1{SPACE}s"
    return f"{plain(seconds)}{SPACE}s"


def model(seconds: float, factor: float) -> str:
    """Real seconds as minutes of the model's time: ``4.1 min``, ``24 min``, ``2 h 4 min``."""
    minutes = seconds * factor / 60
    if 0 < minutes < 0.05:
        return f"under 0.1{SPACE}min"
    if minutes < 9.95:
        return f"{plain(minutes)}{SPACE}min"
    whole = round(minutes)
    if whole < 120:
        return f"{whole}{SPACE}min"
    return f"{whole // 60}{SPACE}h" + (f" {whole % 60}{SPACE}min" if whole % 60 else "")


def both(seconds: float, factor: float) -> str:
    """A moment or a length in real time and in the model's: ``12.3 s · AWS 4.1 min``."""
    return f"{clock(seconds)} · AWS{SPACE}{model(seconds, factor)}"


def short(seconds: float, factor: float) -> str:
    """The same where an axis says which is which: ``12.3 s (4.1 min)``, ``0.1 s``."""
    if seconds * factor < 3:
        return clock(seconds)
    return f"{clock(seconds)} ({model(seconds, factor)})"


def latency(milliseconds: float) -> str:
    """``4.2 ms``, ``42 ms``, ``1.2 s``."""
    if milliseconds < 9.95:
        return f"{plain(milliseconds)}{SPACE}ms"
    if milliseconds < 999.5:
        return f"{milliseconds:.0f}{SPACE}ms"
    return f"{plain(milliseconds / 1000)}{SPACE}s"


def percent(share: float) -> str:
    """A share of 1 in percent. Only nothing is 0 %, only everything is 100 %."""
    value = 100 * share
    if value in (0, 100):
        return f"{value:.0f}{SPACE}%"
    if value < 0.01:
        return f"under 0.01{SPACE}%"
    digits = 2 if value < 0.995 else 1
    return f"{min(value, 99.9):.{digits}f}".removesuffix(".0") + f"{SPACE}%"


def times(factor: float) -> str:
    """How much faster time ran, as ``20`` and the sign."""
    return f"{factor:g}{TIMES}"


def moment(iso: str) -> str:
    """An ISO 8601 time as ``26 November 2025, 02:42 UTC``; another text as it is."""
    try:
        when = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    zone = when.strftime("%Z").removesuffix("+00:00") if when.tzinfo else ""
    return f"{when.day} {when:%B %Y, %H:%M}" + (f" {zone}" if zone else "")


def titled(name: str) -> str:
    """A name with a capital: ``prod`` is ``Prod``."""
    return name[:1].upper() + name[1:]


def listed(words: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
