"""One image, built once: the same digest in every environment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from config.errors import ConfigError, choices, shown
from config.keys import holds, join
from config.model.service import Service
from config.parsed import ServiceFile
from config.rules.finding import Finding
from config.suggest import suggestion

_STAGE = re.compile(
    r"^\s*FROM\s+(?:--\S+\s+)*\S+\s+AS\s+([A-Za-z0-9][A-Za-z0-9_.-]*)\s*$",
    re.IGNORECASE | re.MULTILINE,
)


def check_built_once(*, source: ServiceFile) -> Iterator[ConfigError]:
    """No environment has an image, or a processor to run it on, of its own."""
    for environment, override in source.overrides.items():
        for key, what in (("image", "image"), ("container.architecture", "processor")):
            if holds(override, key):
                yield ConfigError(
                    file=source.file,
                    key=f"{join('environments', environment)}.{key}",
                    message=f"An environment cannot have a {what} of its own."
                    if what == "processor"
                    else "An environment cannot have an image of its own.",
                    allowed="One image for all environments: it is built once, and what was tested "
                    "is what is released.",
                    hint=f"Remove it, or change {key} for all environments.",
                )


def check_image(*, service: Service, root: Path) -> Iterator[Finding]:
    """Exactly one of source and reference; the source has a Dockerfile with the target stage.

    ``root`` is the repository's root; the source is a folder below it.
    """
    image = service.image
    if image.source is not None and image.reference is not None:
        yield Finding(
            keys=("image",),
            message="The image has both a source and a reference.",
            given=f"source = {shown(image.source)}, reference = {shown(image.reference)}",
            allowed="source, built here; or reference, built elsewhere.",
            hint="Remove one of them.",
        )
    elif image.source is None and image.reference is None:
        yield Finding(
            keys=("image",),
            message="The image has neither a source nor a reference.",
            allowed="source, a folder with a Dockerfile; or reference, an image by digest.",
            hint='For instance: source = "services/storefront"',
        )
    elif image.source is not None:
        yield from _source(source=image.source, target=image.target, root=root)


def _source(*, source: str, target: str, root: Path) -> Iterator[Finding]:
    path = PurePosixPath(source)
    if path.is_absolute() or ".." in path.parts or "\\" in source or not path.parts:
        yield Finding(
            keys=("image.source",),
            message="The source is not a folder inside the repository.",
            given=shown(source),
            allowed='A path from the repository\'s root, such as "services/storefront".',
        )
        return
    folder = root / path
    if not folder.is_dir():
        parent = folder.parent
        near = [str(path.parent / one.name) for one in parent.iterdir()] if parent.is_dir() else []
        yield Finding(
            keys=("image.source",),
            message="There is no folder of that name in the repository.",
            given=shown(source),
            hint=suggestion(source, near),
        )
        return
    if not folder.resolve().is_relative_to(root.resolve()):
        yield Finding(
            keys=("image.source",),
            message="The folder is a link that leads out of the repository.",
            given=shown(source),
        )
        return
    try:
        dockerfile = (folder / "Dockerfile").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        yield Finding(
            keys=("image.source",),
            message="The folder has no Dockerfile that can be read.",
            given=shown(source),
            hint=f"Write {path / 'Dockerfile'}.",
        )
        return
    stages = _STAGE.findall(dockerfile)
    if target not in stages:
        yield Finding(
            keys=("image.target", "image.source"),
            message=f"{path / 'Dockerfile'} has no stage of that name.",
            given=shown(target),
            allowed=choices(stages) if stages else "The Dockerfile names no stage.",
            hint=suggestion(target, stages) or f"A stage begins: FROM ... AS {target}",
        )
