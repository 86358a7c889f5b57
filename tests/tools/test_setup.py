"""The set-up program, as far as it goes without a package index."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import os
import sys
import zipfile
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


def test_no_npm_lock_file_names_a_registry_or_leaves_a_package_without_hash() -> None:
    for lock in (ROOT / "package-lock.json", ROOT / "tests" / "iam" / "package-lock.json"):
        packages = json.loads(lock.read_text("utf-8"))["packages"]
        installed = {name: package for name, package in packages.items() if name}
        assert installed, lock
        for name, package in installed.items():
            assert "resolved" not in package, f"{lock}: {name}"
            assert package["integrity"].startswith("sha512-"), f"{lock}: {name}"


@pytest.fixture
def project(setup: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A project whose drivers are one small wheel, which pip finds in a folder beside it."""
    root = tmp_path / "project"
    (root / ".venv" / "bin").mkdir(parents=True)
    (root / ".venv" / "bin" / "python").symlink_to(sys.executable)
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for version in ("1", "2"):
        write_wheel(wheels, version)
    lock(root, wheels, "1")
    monkeypatch.setattr(setup, "ROOT", str(root))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    return root


def write_wheel(folder: Path, version: str) -> None:
    """A wheel of a package ``driver`` with a module and a program."""
    name = f"driver-{version}"
    files = {
        "driver/__init__.py": f"VERSION = {version}\n",
        f"{name}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: driver\nVersion: {version}\n",
        f"{name}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{name}.dist-info/entry_points.txt": "[console_scripts]\ndrive = driver:main\n",
    }
    record = "".join(f"{path},sha256={digest(text)},{len(text)}\n" for path, text in files.items())
    files[f"{name}.dist-info/RECORD"] = f"{record}{name}.dist-info/RECORD,,\n"
    with zipfile.ZipFile(folder / f"{name}-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0)), text)


def digest(text: str) -> str:
    """As RECORD has it."""
    raw = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def lock(root: Path, wheels: Path, version: str, *, known: str = "") -> None:
    """The project's lock file, with the wheel's hash (or another one)."""
    wheel = wheels / f"driver-{version}-py3-none-any.whl"
    sha = known or hashlib.sha256(wheel.read_bytes()).hexdigest()
    text = f"driver=={version} \\\n    --hash=sha256:{sha}\n"
    (root / "requirements-drivers.txt").write_text(text, encoding="utf-8")


def drivers(root: Path) -> list[Path]:
    """What is in the folder of drivers."""
    return sorted((root / "build" / "drivers").iterdir())


def test_the_drivers_are_put_where_synth_looks_for_them(setup: ModuleType, project: Path) -> None:
    setup.install_drivers(".venv")

    (folder,) = drivers(project)
    content = (project / "requirements-drivers.txt").read_bytes()
    assert folder.name == hashlib.sha256(content).hexdigest()[:16]
    assert (folder / "python" / "driver" / "__init__.py").is_file()


def test_nothing_that_differs_between_machines_is_among_the_drivers(
    setup: ModuleType, project: Path
) -> None:
    setup.install_drivers(".venv")

    (folder,) = drivers(project)
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    # No RECORD and INSTALLER, no bin with this machine's interpreter in it, no bytecode.
    assert files == {
        "python/driver/__init__.py",
        "python/driver-1.dist-info/METADATA",
        "python/driver-1.dist-info/WHEEL",
        "python/driver-1.dist-info/entry_points.txt",
    }


def test_the_drivers_are_the_same_whoever_installs_them(setup: ModuleType, project: Path) -> None:
    seen = []
    for mask in (0o077, 0o022):
        before = os.umask(mask)
        try:
            setup.install_drivers(".venv")
        finally:
            os.umask(before)
        (folder,) = drivers(project)
        seen.append(
            {
                str(path.relative_to(folder)): (
                    path.stat().st_mode,
                    path.read_bytes() if path.is_file() else b"",
                )
                for path in folder.rglob("*")
            }
        )
        folder.rename(project / f"kept-{mask}")

    assert seen[0] == seen[1]


@pytest.mark.usefixtures("project")
def test_drivers_that_are_there_are_left_alone(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup.install_drivers(".venv")
    monkeypatch.setattr(setup, "run", lambda *_: pytest.fail("it was installed again"))

    setup.install_drivers(".venv")


def test_drivers_of_another_hash_are_refused_and_leave_nothing_behind(
    setup: ModuleType, project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lock(project, project.parent / "wheels", "1", known="0" * 64)

    with pytest.raises(SystemExit):
        setup.install_drivers(".venv")

    assert drivers(project) == []
    assert "this command failed" in capfd.readouterr().err


def test_a_set_up_that_was_killed_halfway_is_no_set_up(setup: ModuleType, project: Path) -> None:
    half = project / "build" / "drivers" / "half-abc" / "python"
    half.mkdir(parents=True)

    setup.install_drivers(".venv")

    # A young one may be at work still, an old one is nobody's.
    assert half.is_dir()
    os.utime(half.parent, (0, 0))
    setup.install_drivers(".venv")
    assert [path.name for path in drivers(project) if path.name.startswith("half")] == []


def test_drivers_of_an_older_lock_file_go_when_nobody_can_be_reading_them(
    setup: ModuleType, project: Path
) -> None:
    setup.install_drivers(".venv")
    (first,) = drivers(project)
    lock(project, project.parent / "wheels", "2")
    os.utime(first, (0, 0))

    setup.install_drivers(".venv")

    (second,) = drivers(project)
    assert second != first
    assert "VERSION = 2" in (second / "python" / "driver" / "__init__.py").read_text("utf-8")


def write_npm(root: Path) -> Path:
    """An npm that installs one file and says where it did, and the lock file that it reads."""
    npm = root / ".venv" / "bin" / "npm"
    said = root / "npm.log"
    npm.write_text(f'#!/bin/sh\nmkdir -p node_modules\necho "$PWD $1" >> {said}\n', "utf-8")
    npm.chmod(0o755)
    (root / "tests" / "iam").mkdir(parents=True)
    (root / "tests" / "iam" / "package-lock.json").write_text("{}", encoding="utf-8")
    return said


def test_the_simulator_is_installed_into_its_own_folder_once_for_each_lock_file(
    setup: ModuleType, project: Path
) -> None:
    said = write_npm(project)
    place = project / "tests" / "iam"
    for _ in range(2):
        setup.install_npm(".venv", "tests/iam", "the simulator")
    assert said.read_text("utf-8").splitlines() == [f"{place} ci"]
    assert not (project / "node_modules").exists()

    (place / "package-lock.json").write_text("{ }", encoding="utf-8")
    setup.install_npm(".venv", "tests/iam", "the simulator")
    assert said.read_text("utf-8").splitlines() == [f"{place} ci"] * 2


def test_an_installation_that_failed_is_done_again(setup: ModuleType, project: Path) -> None:
    said = write_npm(project)
    npm = project / ".venv" / "bin" / "npm"
    works = npm.read_text("utf-8")
    npm.write_text("#!/bin/sh\nmkdir -p node_modules\nexit 1\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        setup.install_npm(".venv", "tests/iam", "the simulator")
    npm.write_text(works, encoding="utf-8")

    setup.install_npm(".venv", "tests/iam", "the simulator")
    assert len(said.read_text("utf-8").splitlines()) == 1


@pytest.mark.parametrize(
    ("level", "places"),
    [("app", [""]), ("rehearse", [""]), ("dev", ["", "tests/iam"]), ("ops", [])],
)
def test_the_simulator_is_for_development_alone(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, level: str, places: list[str]
) -> None:
    installed = []
    for step in ("install_packages", "link_node", "warm_cdk", "warm_type_checker", "write"):
        monkeypatch.setattr(setup, step, lambda *_: None)
    monkeypatch.setattr(setup, "install_drivers", lambda *_: None)
    monkeypatch.setattr(setup, "install_npm", lambda _, place, __: installed.append(place))
    monkeypatch.setattr(sys, "argv", ["setup.py", level])

    assert setup.main() == 0
    assert installed == places
