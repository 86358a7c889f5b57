"""The layer with the database drivers: pure Python, small, and named by its lock file."""

from __future__ import annotations

from pathlib import Path

import pytest

from constructs_lib.database_drivers import DriversMissing, drivers_folder
from tests.constructs.test_function_code import folder_of, layer_of
from tests.support.templates import Templates

MOST_BYTES = 4_000_000


def size(folder: Path) -> int:
    """Bytes of the files in it."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_nothing_in_the_layer_is_compiled_for_a_machine(templates: Templates) -> None:
    suffixes = {path.suffix for path in layer_of(templates).rglob("*") if path.is_file()}

    assert ".py" in suffixes
    assert suffixes.isdisjoint({".so", ".pyd", ".dylib", ".dll", ".pyc"})


def test_code_and_drivers_together_stay_under_4_mb(templates: Templates) -> None:
    layer = size(layer_of(templates))

    for package in ("secret_rotation", "database_access"):
        assert 0 < layer + size(folder_of(templates, package)) < MOST_BYTES


def test_everybody_may_read_the_layer(templates: Templates) -> None:
    """Lambda runs as another user than whoever ran the set-up."""
    for path in layer_of(templates).rglob("*"):
        assert path.stat().st_mode & 0o004, path


def test_missing_drivers_are_answered_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "requirements-drivers.txt").write_text("pg8000==1\n", encoding="utf-8")

    with pytest.raises(DriversMissing, match=r"build/drivers/[0-9a-f]{16}/python.*make setup"):
        drivers_folder(tmp_path)


def test_a_changed_lock_file_wants_other_drivers(tmp_path: Path) -> None:
    lock = tmp_path / "requirements-drivers.txt"
    wanted = set()
    for version in ("1", "2"):
        lock.write_text(f"pg8000=={version}\n", encoding="utf-8")
        with pytest.raises(DriversMissing) as raised:
            drivers_folder(tmp_path)
        wanted.add(str(raised.value))

    assert len(wanted) == 2
