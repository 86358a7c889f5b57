"""The templates that are played: synthesized now, or given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assembly.read import Assembly
from config.model.configuration import Configuration
from rehearsal.errors import RehearsalError
from rehearsal.synthesis import existing, synthesize

from ..scenario.files import configuration

APPLICATION = """
import json, os, pathlib
context = json.loads(os.environ["CDK_CONTEXT_JSON"])
output = pathlib.Path(os.environ["CDK_OUTDIR"])
output.mkdir()
images = {one.name: one.read_text() for one in pathlib.Path(context["images"]).iterdir()}
(output / "images.json").write_text(json.dumps(images))
(output / "manifest.json").write_text('{"artifacts": {}}')
"""


@pytest.fixture
def shipped() -> Configuration:
    """The repository's."""
    return configuration()


def test_an_application_is_given_a_digest_for_each_image_that_the_pipeline_builds(
    tmp_path: Path, shipped: Configuration
) -> None:
    (tmp_path / "app.py").write_text(APPLICATION, encoding="utf-8")
    found = synthesize(shipped, root=tmp_path, folder=tmp_path / "work")
    images = json.loads((found.root / "images.json").read_text(encoding="utf-8"))
    services = shipped.environments[0].services
    built = {f"{name}.json" for name, one in services.items() if one.image.source is not None}
    assert set(images) == built == {"storefront.json"}
    document = json.loads(images["storefront.json"])
    tools = shipped.platform.tools
    assert document["repository"] == (
        f"{tools.account}.dkr.ecr.{tools.region}.amazonaws.com/{shipped.platform.name}/storefront"
    )
    assert document["digest"] == "sha256:" + "5e" * 32


def test_what_the_application_says_is_why_it_failed(tmp_path: Path, shipped: Configuration) -> None:
    text = "import sys; print('on the way'); sys.exit('CIDR 10.0.0.0/8 is too large')"
    (tmp_path / "app.py").write_text(text, encoding="utf-8")
    with pytest.raises(RehearsalError) as caught:
        synthesize(shipped, root=tmp_path, folder=tmp_path / "work")
    assert str(caught.value).startswith("the templates cannot be synthesized:\n")
    assert "on the way" in str(caught.value)
    assert "CIDR 10.0.0.0/8 is too large" in str(caught.value)


def test_an_assembly_that_exists_is_read(assembly: Assembly) -> None:
    found = existing(assembly.root)
    assert list(found.stages) == ["Dev", "Staging", "Prod"]


def test_a_folder_without_an_assembly_is_told(tmp_path: Path) -> None:
    with pytest.raises(RehearsalError, match="there is no cloud assembly here"):
        existing(tmp_path)
