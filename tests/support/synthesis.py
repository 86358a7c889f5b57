"""Synthesizing as the CDK CLI would, in an environment with nothing in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.runs import Run

ROOT = Path(__file__).resolve().parents[2]

STOREFRONT_REPOSITORY = "111111111111.dkr.ecr.ap-southeast-1.amazonaws.com/pase/storefront"
STOREFRONT_DIGEST = "sha256:" + "5e" * 32
"""What the session's synth is told that the pipeline built."""


def synthesize(
    folder: Path, *, program: Sequence[str] = ("app.py",), images: Path | None = None
) -> Run:
    """Run ``program`` with this interpreter as the CDK CLI would, without the CLI.

    ``images`` is what ``cdk synth -c images=...`` would be given.
    """
    home = folder / "home"
    home.mkdir()
    assembly = folder / "cdk.out"
    environment = bare_environment(home)
    environment["CDK_OUTDIR"] = str(assembly)
    if images is not None:
        environment["CDK_CONTEXT_JSON"] = json.dumps({"images": str(images)})
    done = subprocess.run(
        [sys.executable, *program],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Run(status=done.returncode, output=done.stdout, assembly=assembly)


def bare_environment(home: Path) -> dict[str, str]:
    """Variables for synth: no credentials, no AWS settings, an empty home, no PATH.

    Only Node's place is given, and jsii's cache of unpacked packages, which costs half a minute to
    fill and holds nothing of ours.
    """
    return {
        "HOME": str(home),
        "JSII_NODE": str(node()),
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(_jsii_cache()),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def node() -> Path:
    """The Node of the virtual environment."""
    return Path(sys.executable).parent / "node"


def write_digest_file(folder: Path) -> Path:
    """A folder like the one the pipeline hands to synth, with storefront's digest in it."""
    folder.mkdir()
    content = {"repository": STOREFRONT_REPOSITORY, "digest": STOREFRONT_DIGEST}
    (folder / "storefront.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def _jsii_cache(environment: Mapping[str, str] = os.environ) -> Path:
    """Where jsii keeps its cache (``@jsii/kernel``, ``tar-cache/default-cache-root``)."""
    if "JSII_RUNTIME_PACKAGE_CACHE_ROOT" in environment:
        return Path(environment["JSII_RUNTIME_PACKAGE_CACHE_ROOT"])
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/com.amazonaws.jsii/package-cache"
    return Path.home() / ".cache/aws/jsii/package-cache"
