"""The table at the end of ``make synth``, from the assembly that was synthesized."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from assembly.read import read_assembly
from assembly.summary import rows, unknown_images
from tests.support.synthesis import ROOT


def test_every_environment_has_a_row_with_its_place_and_what_it_releases(
    assembly_dir: Path,
) -> None:
    assembly = read_assembly(assembly_dir)
    by_name = {row.environment: row for row in rows(assembly)}
    assert list(by_name) == [
        "organization (by hand)",
        "pipeline (tools)",
        "Dev",
        "Staging",
        "Prod",
    ]
    assert by_name["organization (by hand)"].account.splitlines() == [
        digit * 12 for digit in "123456"
    ]
    prod = by_name["Prod"]
    assert (prod.account, prod.region, prod.stacks) == ("444444444444", "ap-southeast-1", 8)
    assert dict(zip(prod.services, prod.strategies, strict=True)) == {
        "inventory": "linear 25 % / 3 min",
        "storefront": "canary 20 % / 5 min",
    }
    assert set(by_name["Dev"].strategies) == {"all at once"}
    assert prod.resources == sum(len(stack.resources()) for stack in assembly.stages["Prod"])
    assert all(row.findings == 0 and row.acknowledged > 0 for row in by_name.values())


def test_an_image_that_is_not_known_is_said(assembly_dir: Path, laptop_assembly_dir: Path) -> None:
    assert unknown_images(read_assembly(assembly_dir)) == []
    assert unknown_images(read_assembly(laptop_assembly_dir)) == ["storefront"]
    done = summary(laptop_assembly_dir)
    assert done.returncode == 0
    assert "Image digest of storefront: not known" in done.stdout
    assert "refused by CloudFormation" in done.stdout


def test_a_folder_without_an_assembly_is_answered_with_what_to_do(tmp_path: Path) -> None:
    done = summary(tmp_path)
    assert done.returncode == 2
    assert "there is no cloud assembly here" in done.stderr
    assert "make synth" in done.stderr
    assert "Traceback" not in done.stderr


def summary(folder: Path) -> subprocess.CompletedProcess[str]:
    """The command, as make starts it."""
    return subprocess.run(
        [sys.executable, "-m", "assembly.summary", "--assembly", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
