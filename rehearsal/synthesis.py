"""Synthesizes the templates that are played, as the pipeline would: with an image's digest.

No image is built: a digest that no image has stands for the one that the pipeline would know.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from assembly.read import Assembly, AssemblyNotFound, read_assembly
from config.model.configuration import Configuration

from .errors import RehearsalError

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
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=root,
        env={
            **os.environ,
            "JSII_NODE": os.environ.get("JSII_NODE") or str(Path(sys.executable).parent / "node"),
            "CDK_OUTDIR": str(output),
            "CDK_CONTEXT_JSON": json.dumps({"images": str(images)}),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RehearsalError(f"the templates cannot be synthesized:\n{done.stdout.strip()}")
    return read_assembly(output)


def existing(folder: Path) -> Assembly:
    """An assembly that has been synthesized already. Raises `RehearsalError`."""
    try:
        return read_assembly(folder)
    except AssemblyNotFound as error:
        raise RehearsalError(str(error)) from None
