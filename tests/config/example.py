"""The shipped example as a copy that a test may break."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from config.errors import ConfigError, ConfigurationInvalid
from config.load import load

REPOSITORY = Path(__file__).resolve().parents[2]
PLATFORM = "config/platform.toml"
DEV = "config/environments/dev.toml"
STAGING = "config/environments/staging.toml"
PROD = "config/environments/prod.toml"
STOREFRONT = "config/services/storefront.toml"
INVENTORY = "config/services/inventory.toml"

DOCKERFILE = """\
FROM python:3.13-slim AS builder
FROM builder AS development
FROM --platform=linux/amd64 python:3.13-slim as production
"""


@dataclass(frozen=True, kw_only=True)
class Example:
    """A copy of the example in a folder of its own."""

    root: Path

    def edit(self, file: str, old: str, new: str) -> None:
        """Replaces the text, which stands exactly once in the file; an empty one means its end."""
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        if not old:
            path.write_text(f"{text}\n{new}\n", encoding="utf-8")
            return
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def write(self, file: str, content: str | bytes) -> None:
        """Writes the file anew."""
        data = content.encode() if isinstance(content, str) else content
        (self.root / file).write_bytes(data)

    def errors(self) -> tuple[ConfigError, ...]:
        """What ``load`` says of the copy; none when it is valid."""
        try:
            load(self.root)
        except ConfigurationInvalid as invalid:
            return invalid.errors
        return ()


def copy_example(to: Path) -> Example:
    """The example's TOML files, with a small Dockerfile that has the stages they name."""
    for folder in ("config/environments", "config/services", "services/storefront"):
        (to / folder).mkdir(parents=True)
    for file in (PLATFORM, DEV, STAGING, PROD, STOREFRONT, INVENTORY):
        shutil.copyfile(REPOSITORY / file, to / file)
    (to / "services/storefront/Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
    return Example(root=to)
