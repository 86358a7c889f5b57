"""The scenarios that come with the repository, and how a person names one."""

from __future__ import annotations

from pathlib import Path

from config.suggest import suggestion

from ..view.words import printable
from .errors import ScenarioError

DEFAULT = "default"
_FOLDER = Path(__file__).resolve().parents[1] / "scenarios"


def find_scenarios() -> list[Path]:
    """The built-in scenarios' files: the default one, then the others by name."""
    return sorted(_FOLDER.glob("*.toml"), key=lambda path: (path.stem != DEFAULT, path.stem))


def resolve(name_or_path: str) -> Path:
    """The file of a built-in scenario's name, or the file itself when a path is given.

    Raises `ScenarioError` with one line that lists the names there are.
    """
    known = {path.stem: path for path in find_scenarios()}
    if name_or_path in known:
        return known[name_or_path]
    path = Path(name_or_path)
    if path.is_file():
        return path
    is_path = path.suffix == ".toml" or len(path.parts) > 1
    what = "There is no such file" if is_path else "There is no scenario of that name"
    near = suggestion(path.stem if is_path else name_or_path, known)
    parts = [
        f"{name_or_path}: {what}",
        f"the scenarios here are {', '.join(known)}",
        near or "a scenario of your own is named by its path, such as ./mine.toml",
    ]
    raise ScenarioError([printable("; ".join(parts))])
