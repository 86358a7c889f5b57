"""Synthesizes Pase: loads the configuration and builds the pipeline with its three environments."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk

from config.errors import ConfigurationInvalid
from config.load import load
from stacks.application import build
from stacks.images import ImageFileInvalid, released_images

ROOT = Path(__file__).resolve().parent


def main() -> None:
    """Exit status 2 for a configuration that is not valid; then nothing is written."""
    try:
        configuration = load(ROOT)
        app = cdk.App(context=context(ROOT))
        folder = app.node.try_get_context("images")
        images = released_images(configuration, folder=Path(folder) if folder else None)
    except ConfigurationInvalid as invalid:
        sys.exit(_refuse(invalid.render()))
    except ImageFileInvalid as invalid:
        sys.exit(_refuse(str(invalid)))
    build(app, configuration=configuration, images=images)
    app.synth()


def context(root: Path) -> Mapping[str, object]:
    """The context of ``cdk.json``, so that every way of starting the app has its feature flags.

    What the CDK CLI passes (``-c key=value``) comes on top.
    """
    content: dict[str, Mapping[str, object]] = json.loads((root / "cdk.json").read_text("utf-8"))
    return content["context"]


def _refuse(message: str) -> int:
    print(message, file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
