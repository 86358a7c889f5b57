"""The parts of the toolchain fit each other: flags, the CLI, the tool that publishes assets."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from stacks.pipeline import ASSETS_CLI_VERSION, CLI_VERSION
from tests.support.synthesis import ROOT, node

TOOLS = ROOT / "node_modules" / ".bin"


def run(tool: str, *arguments: str) -> str:
    """What the tool prints, run with the set-up's own Node."""
    path = f"{node().parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [str(TOOLS / tool), *arguments],
        cwd=ROOT,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_cdk_json_carries_the_recommended_value_of_every_feature_flag(assembly_dir: Path) -> None:
    manifest: dict[str, Any] = json.loads((assembly_dir / "manifest.json").read_text("utf-8"))
    report = manifest["artifacts"]["aws-cdk-lib/feature-flag-report"]["properties"]["flags"]
    assert len(report) > 80
    differing = {
        name: flag
        for name, flag in report.items()
        if flag.get("userValue") != flag["recommendedValue"]
    }
    assert differing == {}


def test_the_pipelines_steps_use_the_versions_that_are_installed_here() -> None:
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    assert package["devDependencies"] == {
        "aws-cdk": CLI_VERSION,
        "cdk-assets": ASSETS_CLI_VERSION,
    }
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text("utf-8")


def test_the_tool_of_the_assets_step_reads_every_asset_manifest(assembly_dir: Path) -> None:
    """The newest cdk-assets may be older than the library's assembly (aws/aws-cdk#32744)."""
    manifests = sorted(assembly_dir.rglob("*.assets.json"))
    assert manifests
    for manifest in (manifests[0], manifests[-1]):
        assert "file" in run("cdk-assets", "--path", str(manifest), "ls")


def test_an_assembly_newer_than_the_tool_is_what_the_test_above_would_catch(
    assembly_dir: Path, tmp_path: Path
) -> None:
    content = json.loads((assembly_dir / "Pipeline.assets.json").read_text("utf-8"))
    newer = tmp_path / "Pipeline.assets.json"
    newer.write_text(json.dumps(content | {"version": "99.0.0"}), encoding="utf-8")
    with pytest.raises(AssertionError, match="schema version mismatch"):
        run("cdk-assets", "--path", str(newer), "ls")
