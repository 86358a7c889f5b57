"""Which image every service runs: the digests that the pipeline's build steps wrote down.

One digest goes through every environment, so they are read once and handed to every stage.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from config.model.configuration import Configuration
from constructs_lib.released_image import ReleasedImage
from stacks.names import image_repository_uri

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class ImageFileInvalid(Exception):
    """A digest file that cannot be used; the message says which, why, and what to do."""


def released_images(
    configuration: Configuration, *, folder: Path | None
) -> Mapping[str, ReleasedImage]:
    """Service name -> image.

    ``folder`` holds ``<service>.json`` files as ``ops.image`` writes them, itself or in folders of
    its own; None when there are none (a laptop). A service built by the pipeline and without a
    file gets an image whose digest is not known. Raises ``ImageFileInvalid`` for a folder that
    does not exist and for a file that is not a digest file of this service's repository.
    """
    if folder is not None and not folder.is_dir():
        raise ImageFileInvalid(
            f"-c images={folder}: there is no such folder. Give the folder with the digest files "
            "of the pipeline's build steps, or leave the option out."
        )
    # The pipeline hands each build step's output over as a folder (a link) of its own.
    found = [*folder.glob("*.json"), *folder.glob("*/*.json")] if folder else []
    files = {path.stem: path for path in sorted(found)}
    tools = configuration.platform.tools
    images: dict[str, ReleasedImage] = {}
    for name, service in configuration.environments[0].services.items():
        if service.image.reference is not None:
            repository, digest = service.image.reference.split("@")
            images[name] = ReleasedImage(repository=repository, digest=digest)
            continue
        repository = image_repository_uri(
            configuration.platform.name, name, tools.account, tools.region
        )
        digest_known = _digest(files[name], repository) if name in files else None
        images[name] = ReleasedImage(repository=repository, digest=digest_known)
    return images


def _digest(path: Path, repository: str) -> str:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        digest, given = content["digest"], content["repository"]
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        raise ImageFileInvalid(
            f"{path}: not a digest file ({error.__class__.__name__}: {error}). Expected JSON with "
            '"repository" and "digest", as `python -m ops.image build` writes it.'
        ) from error
    if given != repository:
        raise ImageFileInvalid(
            f"{path}: the image is in {given!r}; this service's repository is {repository!r}. "
            "Build it again for this platform."
        )
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise ImageFileInvalid(
            f'{path}: "digest" is {digest!r}; allowed is "sha256:" and 64 hexadecimal digits.'
        )
    return digest
