"""Synthesizes Pase: loads the configuration and builds the pipeline with its three environments."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

if __name__ == "__main__":
    # Before the CDK starts its own process: Ctrl-C then ends the program at once and in silence.
    # Nothing outside its output folder was touched.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import aws_cdk as cdk

from config.errors import ConfigurationInvalid
from config.load import load
from constructs_lib.policy_documents import PolicyTooLong
from guardrails.policies import PolicyRefused
from stacks.application import build
from stacks.images import ImageFileInvalid, released_images

ROOT = Path(__file__).resolve().parent


def main(root: Path = ROOT) -> int:
    """Synthesize the application whose configuration is under ``root``.

    Returns the exit status: 0; 1 for findings of the checks, which the CDK has printed by then;
    2 for input that is not valid, in which case nothing is written.
    """
    try:
        configuration = load(root)
        # Nothing here reads tree.json, and writing it takes a twentieth of a large synth.
        app = cdk.App(context=context(ROOT), tree_metadata=False)
        folder = app.node.try_get_context("images")
        images = released_images(configuration, folder=Path(folder) if folder else None)
    except ConfigurationInvalid as invalid:
        return _refuse(invalid.render(), status=2)
    except ImageFileInvalid as invalid:
        return _refuse(str(invalid), status=2)
    try:
        build(app, configuration=configuration, images=images)
    except (PolicyRefused, PolicyTooLong) as refused:
        return _refuse(f"{refused}\nNothing was written.", status=2)
    try:
        app.synth()
    except RuntimeError as error:
        if "ValidationFailed" not in str(error):
            raise
        return _refuse(str(error).replace("ValidationFailed: ", ""), status=1)
    return 0


def context(root: Path) -> Mapping[str, object]:
    """The context of ``cdk.json``, so that every way of starting the app has its feature flags.

    What the CDK CLI passes (``-c key=value``) comes on top. Stack traces are left out: they are
    those of the CDK's own Node process and cost time for every construct.
    """
    content: dict[str, Mapping[str, object]] = json.loads((root / "cdk.json").read_text("utf-8"))
    return {"aws:cdk:disable-stack-trace": True, **content["context"]}


def _refuse(message: str, *, status: int) -> int:
    print(message, file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
