"""Synthesizing once a session: the real ``app.py`` in an environment with nothing in it.

Synth takes seconds, so pytest's workers share what the first of them made.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

STOREFRONT_REPOSITORY = "111111111111.dkr.ecr.ap-southeast-1.amazonaws.com/pase/storefront"
STOREFRONT_DIGEST = "sha256:" + "5e" * 32
"""What the session's synth is told that the pipeline built."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a program ended, and the folder it was to write its assembly to."""

    status: int
    output: str
    assembly: Path


def once(shared: Path, name: str, make: Callable[[Path], Run]) -> Run:
    """The result of ``make(folder)``, made by the first of all workers that asks for ``name``.

    ``shared`` is a folder that all workers of this session know. The lock goes with its process,
    so a worker that is killed blocks nobody.
    """
    shared.mkdir(parents=True, exist_ok=True)
    result = shared / f"{name}.json"
    with (shared / f"{name}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not result.is_file():
            folder = shared / name
            folder.mkdir()
            run = make(folder)
            content = {**asdict(run), "assembly": str(run.assembly)}
            result.write_text(json.dumps(content), encoding="utf-8")
    content = json.loads(result.read_text(encoding="utf-8"))
    return Run(
        status=content["status"], output=content["output"], assembly=Path(content["assembly"])
    )


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
