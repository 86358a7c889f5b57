"""Bad input to the application: said plainly, with exit status 2, and nothing written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.load import load
from stacks.images import ImageFileInvalid, released_images
from tests.config.example import DEV, PROD, Example, copy_example
from tests.support.synthesis import ROOT, STOREFRONT_REPOSITORY, bare_environment

FROM = "import sys, pathlib, app; sys.exit(app.main(pathlib.Path({root!r})))"


def start(
    tmp_path: Path, *, root: Path = ROOT, images: Path | None = None
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Run the application for the configuration under ``root``; its answer and output folder."""
    home = tmp_path / "home"
    home.mkdir()
    out = tmp_path / "cdk.out"
    environment = bare_environment(home) | {"CDK_OUTDIR": str(out)}
    if images is not None:
        environment["CDK_CONTEXT_JSON"] = json.dumps({"images": str(images)})
    done = subprocess.run(
        [sys.executable, "-c", FROM.format(root=str(root))],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done, out


def refused(done: subprocess.CompletedProcess[str], out: Path) -> str:
    """What was said; fails unless it was a refusal without a traceback and without output."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    # The CDK makes its output folder before the application may look at the command line.
    assert not out.exists() or not any(out.iterdir())
    return done.stderr


@pytest.fixture
def example(tmp_path: Path) -> Example:
    return copy_example(tmp_path / "project")


def test_every_mistake_of_the_configuration_is_shown_at_once_and_nothing_is_written(
    tmp_path: Path, example: Example
) -> None:
    example.edit(DEV, 'account = "222222222222"', 'account = "2222"')
    example.edit(PROD, "readers = 2", "raeders = 2")
    said = refused(*start(tmp_path, root=example.root))
    assert "errors in the configuration; nothing was written" in said
    assert "config/environments/dev.toml: account" in said
    assert "2222" in said
    assert "raeders" in said
    assert "readers" in said


def test_a_folder_of_digests_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    said = refused(*start(tmp_path, images=tmp_path / "nowhere"))
    assert f"-c images={tmp_path / 'nowhere'}: there is no such folder" in said


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "not a digest file (JSONDecodeError"),
        ("{}", "not a digest file (KeyError"),
        ("[]", "not a digest file (TypeError"),
        (
            json.dumps({"repository": "elsewhere/storefront", "digest": "sha256:" + "a" * 64}),
            "the image is in 'elsewhere/storefront'",
        ),
        (
            json.dumps({"repository": STOREFRONT_REPOSITORY, "digest": "latest"}),
            '"digest" is \'latest\'; allowed is "sha256:" and 64 hexadecimal digits',
        ),
    ],
    ids=["broken JSON", "no digest", "a list", "another repository", "a tag in place of a digest"],
)
def test_a_digest_file_that_cannot_be_used_is_refused_by_name(
    tmp_path: Path, content: str, reason: str
) -> None:
    folder = tmp_path / "images" / "storefront"
    folder.mkdir(parents=True)
    (folder / "storefront.json").write_text(content, encoding="utf-8")
    with pytest.raises(ImageFileInvalid) as refusal:
        released_images(load(ROOT), folder=tmp_path / "images")
    assert str(folder / "storefront.json") in str(refusal.value)
    assert reason in str(refusal.value)


def test_the_command_of_the_cdk_cli_is_this_application() -> None:
    command = json.loads((ROOT / "cdk.json").read_text("utf-8"))["app"]
    assert command.endswith(".venv/bin/python app.py")
    assert os.access(ROOT / "app.py", os.R_OK)
