"""``python -m config``: what it prints and how it exits, as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from config.__main__ import main
from tests.config.example import DEV, PLATFORM, REPOSITORY, STOREFRONT, Example


def _run(example: Example, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "config", "--root", str(example.root), *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_errors_go_to_stderr_with_status_2_and_without_a_traceback(example: Example) -> None:
    example.edit(STOREFRONT, "port = 8080", "prot = 8080")
    example.edit(DEV, '"10.10.0.0/16"', '"10.10.0.1/16"')
    example.edit(PLATFORM, 'mirror = "staging"', "mirror = staging")

    lines = (example.root / PLATFORM).read_text(encoding="utf-8").splitlines()
    line = lines.index("mirror = staging") + 1

    done = _run(example)

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("3 errors in the configuration; nothing was written.")
    assert 'Did you mean "port"?' in done.stderr
    assert 'Did you mean "10.10.0.0/16"?' in done.stderr
    assert f"line {line}, column 10" in done.stderr
    assert "mirror = staging" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_valid_configuration_is_summed_up_with_status_0(example: Example) -> None:
    done = _run(example)

    assert (done.returncode, done.stderr) == (0, "")
    assert "dev -> staging -> prod" in done.stdout
    assert "inventory, storefront" in done.stdout


def test_a_folder_without_a_configuration_is_an_error_like_any_other(
    example: Example, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["--root", str(example.root / "nowhere")])

    assert status == 2
    assert "config/platform.toml\n    The file is missing." in capsys.readouterr().err


def test_a_service_is_shown_as_the_environment_sees_it(
    example: Example, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["--root", str(example.root), "--show", "storefront", "dev"])

    shown = json.loads(capsys.readouterr().out)
    assert status == 0
    assert shown["container"]["cpu"] == 256
    assert shown["container"]["port"] == 8080
    assert shown["scaling"]["peaks"] == []
    assert shown["checks"][2]["json"] == {"service": "storefront"}


@pytest.mark.parametrize(
    ("service", "environment", "said"),
    [
        ("storfront", "prod", 'no service "storfront"; there are: inventory, storefront'),
        ("storefront", "production", 'no environment "production"; there are: dev, staging, prod'),
    ],
)
def test_an_unknown_name_is_answered_with_the_names_there_are(
    example: Example,
    capsys: pytest.CaptureFixture[str],
    service: str,
    environment: str,
    said: str,
) -> None:
    status = main(["--root", str(example.root), "--show", service, environment])

    captured = capsys.readouterr()
    assert status == 2
    assert captured.out == ""
    assert said in captured.err
