"""The set-up program, as far as it goes without installing anything."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def setup() -> ModuleType:
    """The program as a module of its own for one test."""
    spec = importlib.util.spec_from_file_location("pase_setup", ROOT / "tools" / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_python_that_is_too_old_is_named_with_what_to_do(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup, "OLDEST", (99, 0))
    assert setup.main() == 1
    said = capsys.readouterr().err
    assert sys.executable in said
    assert "make PYTHON=" in said


def test_an_unknown_level_is_answered_with_the_known_ones(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["setup.py", "everything"])
    assert setup.main() == 1
    assert "app|rehearse|dev|ops" in capsys.readouterr().err


def test_a_changed_lock_file_or_another_python_is_another_set_up(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(setup, "ROOT", str(tmp_path))
    lock = tmp_path / "requirements-ops.txt"
    lock.write_text("rich==1\n", encoding="utf-8")
    before = setup.stamp("ops")
    assert setup.stamp("ops") == before
    lock.write_text("rich==2\n", encoding="utf-8")
    assert setup.stamp("ops") != before
    assert ".".join(map(str, sys.version_info[:3])) in before


def test_an_environment_of_this_python_is_kept_and_any_other_made_anew(
    setup: ModuleType, tmp_path: Path
) -> None:
    assert setup.runs_on_this_python(sys.executable)
    assert not setup.runs_on_this_python(str(tmp_path / "bin" / "python"))
    other = tmp_path / "python"
    other.write_text("#!/bin/sh\necho 2.7\n", encoding="utf-8")
    other.chmod(0o755)
    assert not setup.runs_on_this_python(str(other))


def test_no_lock_file_names_an_index_or_leaves_a_package_without_hash() -> None:
    for lock in [*ROOT.glob("requirements*.txt"), *ROOT.glob("services/*/requirements.txt")]:
        lines = lock.read_text("utf-8").splitlines()
        assert not [line for line in lines if line.startswith("--") or "://" in line], lock
        pinned = [number for number, line in enumerate(lines) if line[:1].isalnum()]
        assert pinned, lock
        for number in pinned:
            assert "--hash=sha256:" in lines[number + 1], f"{lock}: {lines[number]}"
