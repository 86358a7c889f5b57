"""Policies that AWS would not take are refused before anything is written, without a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import main
from tests.config.example import PLATFORM, copy_example


def many(name: str) -> str:
    return ", ".join(f'"{name}-{number:03}-{"x" * 40}"' for number in range(60))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            (
                'log_account = "666666666666"\n',
                f'log_account = "666666666666"\nadministrator_roles = [{many("admin")}]\n',
            ),
            "The policy pase-everywhere has",
        ),
        (
            ('users = ["testers/*"]', f"users = [{many('tester')}]"),
            "the role pase-qa: the trust policy has",
        ),
    ],
    ids=["a control policy", "a role's trust"],
)
def test_a_policy_that_is_too_long_is_refused(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    change: tuple[str, str],
    said: str,
) -> None:
    example = copy_example(tmp_path / "project")
    example.edit(PLATFORM, *change)
    monkeypatch.setenv("CDK_OUTDIR", str(tmp_path / "out"))

    assert main(example.root) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.strip().endswith("Nothing was written.")
    assert not (tmp_path / "out" / "manifest.json").exists()
