"""The real ``cdk synth '**'`` over the planted application."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

from tests.support.runs import Run
from tests.support.synthesis import ROOT, bare_environment, node

CDK = ROOT / "node_modules/.bin/cdk"
EVERYTHING = ("--plant", "guard", "nag", "schema", "difference", "declaration")
APP = ROOT / "tests/planted/app.py"


def synthesize_planted(folder: Path) -> Run:
    """Everything planted, under the real checks."""
    return _synth(folder, *EVERYTHING)


def synthesize_unchecked(folder: Path) -> Run:
    """The same without ``stacks/validation.py`` and without the flag that makes errors fail."""
    return _synth(folder, "--unchecked", *EVERYTHING)


def _synth(folder: Path, *arguments: str) -> Run:
    home = folder / "home"
    work = folder / "work"
    home.mkdir()
    work.mkdir()
    assembly = folder / "cdk.out"
    done = subprocess.run(
        [
            CDK,
            "synth",
            "**",
            "--app",
            shlex.join([sys.executable, str(APP), *arguments]),
            "--output",
            assembly,
            "--quiet",
            "--no-notices",
            "--no-version-reporting",
        ],
        # Not the repository: the CLI would read its cdk.json and write cdk.context.json.
        cwd=work,
        env={
            **bare_environment(home),
            "PATH": f"{node().parent}:/usr/bin:/bin",
            "CDK_DISABLE_CLI_TELEMETRY": "true",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Run(status=done.returncode, output=done.stdout, assembly=assembly)
