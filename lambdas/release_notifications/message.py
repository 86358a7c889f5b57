"""How a message looks: a first line that can stand alone, then what to do, then the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .change import Change
from .facts import Facts, Version

# Amazon SNS takes less than 100 characters, without line breaks or control characters:
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
MAX_SUBJECT_CHARACTERS = 99
MAX_LINES = 12
MAX_LINE_CHARACTERS = 600


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the services are. `environment` is what the operator's commands call it."""

    platform: str
    environment: str


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is sent. `subject` is ASCII of `MAX_SUBJECT_CHARACTERS` at most."""

    subject: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Story:
    """What a message says: the subject's end, the first line, what to do, and why it happened.

    `mismatch` is there when what serves is not what the stack asked for.
    """

    subject: str
    first: str
    to_do: Sequence[str]
    why: Sequence[tuple[str, Sequence[str]]] = ()
    why_title: str = "Why"
    mismatch: Sequence[str] = ()


def render(change: Change, facts: Facts, place: Place, story: Story) -> Message:
    """Return the message. The same change and facts give the same text."""
    blocks = [_one_line(story.first), _section("What to do", story.to_do)]
    if story.mismatch:
        blocks.append(_section("Not what the stack asked for", story.mismatch))
    if story.why:
        blocks.append(_table(story.why_title, story.why))
    blocks.append(_table("Release", _release(change, facts, place)))
    if facts.unknown:
        blocks.append(_section("Could not be found out", facts.unknown))
    subject = f"[{place.environment}] {change.service}: {story.subject}"
    return Message(subject=_subject(subject), text="\n\n".join(blocks) + "\n")


def command(place: Place, verb: str, service: str) -> str:
    """Return an operator's command (`ops/`)."""
    return f"python -m ops {verb} {place.environment} {service}"


def named(version: Version | None, otherwise: str = "an unknown version") -> str:
    """Return the version for a sentence."""
    return otherwise if version is None else version.short


def clock(moment: datetime) -> str:
    """Return a moment for people: date and minute, UTC."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _release(change: Change, facts: Facts, place: Place) -> Sequence[tuple[str, Sequence[str]]]:
    release = facts.release
    new = release.version if release is not None else None
    unknown = "unknown"
    rows = [
        ("Service", change.service),
        ("Environment", f"{place.environment} ({change.account}, {change.region})"),
        ("Old", facts.before.full if facts.before else unknown),
        ("New", new.full if new else unknown),
        ("Serving", facts.serving.full if facts.serving else unknown),
        ("Deployment", _deployment(change, facts)),
        ("At", clock(change.at)),
        ("Console", _console(change)),
    ]
    return [(name, [value]) for name, value in rows]


def _deployment(change: Change, facts: Facts) -> str:
    deployment = facts.deployment
    if deployment is not None and deployment.rollback:
        return f"{change.deployment_id}, taking back {deployment.rolls_back or 'an unknown one'}"
    if deployment is not None and deployment.rollback_id:
        return f"{change.deployment_id}, taken back by {deployment.rollback_id}"
    return change.deployment_id


def _console(change: Change) -> str:
    return (
        f"https://{change.region}.console.aws.amazon.com/codesuite/codedeploy/deployments/"
        f"{change.deployment_id}?region={change.region}"
    )


def _section(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, *(f"  {_one_line(line)}" for line in _few(lines))])


def _table(title: str, rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    width = max(len(name) for name, _ in rows)
    lines = [title]
    for name, values in rows:
        shown = [_one_line(value) for value in _few(values)]
        lines.append(f"  {name:<{width}}  {shown[0]}")
        lines += [f"  {'':<{width}}  {value}" for value in shown[1:]]
    return "\n".join(lines)


def _few(lines: Sequence[str]) -> Sequence[str]:
    if len(lines) <= MAX_LINES:
        return lines
    return [*lines[: MAX_LINES - 1], f"… and {len(lines) - MAX_LINES + 1} more"]


def _one_line(text: str) -> str:
    # A check's report may quote anything that a site answered.
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= MAX_LINE_CHARACTERS else line[:MAX_LINE_CHARACTERS] + "…"


def _subject(text: str) -> str:
    plain = _one_line(text).encode("ascii", "replace").decode()
    if len(plain) <= MAX_SUBJECT_CHARACTERS:
        return plain
    return plain[: MAX_SUBJECT_CHARACTERS - 3] + "..."
