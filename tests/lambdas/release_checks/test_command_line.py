"""The same program from a laptop, as a real process where the exit status is the contract."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lambdas.release_checks.__main__ import main

from .site import Server, serve

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    with serve({"/": lambda r: r.answer(), "/broken": lambda r: r.answer(500)}) as server:
        yield server


def _write(folder: Path, path: str) -> str:
    check = {"name": "page", "gates": ["smoke"], "path": path, "repetitions": 2}
    file = folder / "checks.json"
    file.write_text(json.dumps([check]))
    return str(file)


def _process(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lambdas.release_checks", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_failed_check_ends_the_process_with_1(site: Server, tmp_path: Path) -> None:
    done = _process("--url", site.url, "--checks", _write(tmp_path, "/broken"), "--gate", "smoke")
    assert done.returncode == 1, done.stderr
    assert "FAIL  page  (2/2 requests, p95 " in done.stdout
    assert "2 of 2 requests: expected status 200, got 500" in done.stdout
    assert done.stderr == ""


def test_passed_checks_end_with_0(
    site: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--url", site.url, "--checks", _write(tmp_path, "/"), "--gate", "smoke"]
    assert main(arguments) == 0
    assert "service smoke in local: all 1 checks passed" in capsys.readouterr().out
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["passed"] is True


def test_bad_input_ends_with_2_and_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = str(tmp_path / "absent.json")
    assert main(["--url", "https://a", "--checks", absent, "--gate", "smoke"]) == 2
    assert "No such file or directory" in capsys.readouterr().err
    checks = _write(tmp_path, "/")
    assert main(["--url", "a", "--checks", checks, "--gate", "smoke"]) == 2
    assert "expected https://host" in capsys.readouterr().err


def test_gates_need_nothing_but_python() -> None:
    """Isolated and without site-packages: boto3 is imported only when CodeDeploy asks."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); "
        "import lambdas.release_checks.handler as h; h.handler"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True, timeout=30)
