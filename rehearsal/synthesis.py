"""Synthesizes the templates that are played, as the pipeline would: with an image's digest.

No image is built: a digest that no image has stands for the one that the pipeline would know.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from assembly.read import Assembly, AssemblyNotFound, read_assembly
from config.model.configuration import Configuration

from .errors import RehearsalError
from .host.processes import Processes

_DIGEST = "sha256:" + "5e" * 32


def synthesize(configuration: Configuration, *, root: Path, folder: Path) -> Assembly:
    """Synthesize ``root``'s application into ``folder``. Raises `RehearsalError`."""
    images = folder / "images"
    images.mkdir(parents=True)
    tools = configuration.platform.tools
    for name, service in configuration.environments[0].services.items():
        if service.image.source is not None:
            repository = (
                f"{tools.account}.dkr.ecr.{tools.region}.amazonaws.com/"
                f"{configuration.platform.name}/{name}"
            )
            document = {"repository": repository, "digest": _DIGEST}
            (images / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    output = folder / "cdk.out"
    with Processes() as processes:
        said = processes.folder / "said.log"
        with said.open("wb") as log:
            application = processes.start(
                [sys.executable, "app.py"],
                name="application",
                environment={
                    **os.environ,
                    "JSII_NODE": os.environ.get("JSII_NODE") or str(_node()),
                    "CDK_OUTDIR": str(output),
                    "CDK_CONTEXT_JSON": json.dumps({"images": str(images)}),
                    # The CDK leaves its own files behind when it is ended.
                    "TMPDIR": str(processes.folder),
                },
                folder=root,
                stdout=log,
                stderr=log,
            )
        if application.wait() != 0:
            text = said.read_text(encoding="utf-8", errors="replace").strip()
            raise RehearsalError(f"the templates cannot be synthesized:\n{text}")
    return read_assembly(output)


def existing(folder: Path) -> Assembly:
    """An assembly that has been synthesized already. Raises `RehearsalError`."""
    try:
        found = read_assembly(folder.resolve())
        for stacks in found.stages.values():
            for one in stacks:
                one.template  # noqa: B018  (read now, so that a part that is missing is told now)
    except AssemblyNotFound:
        raise RehearsalError(
            f"{folder}: there is no cloud assembly here (no manifest.json). Leave --assembly out, "
            "and the templates are synthesized"
        ) from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise RehearsalError(
            f"{folder}: the cloud assembly here cannot be read ({type(error).__name__}: {error}); "
            "synthesize it again"
        ) from None
    return found


def _node() -> Path:
    return Path(sys.executable).parent / "node"
