"""What every test may ask for: the assemblies of this session, synthesized once for all workers."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.planted.command import synthesize_planted, synthesize_unchecked
from tests.support.regions import synthesize_two_regions
from tests.support.runs import Run, SharedRuns
from tests.support.synthesis import synthesize, write_digest_file
from tests.support.templates import Templates, read_templates

LONGEST = ("test_any_order.py", "test_killed.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest begin first: no worker is left alone with one at the end."""
    items.sort(
        key=lambda item: item.path.parent.name != "releases" or item.path.name not in LONGEST
    )


@pytest.fixture(autouse=True)
def clients_of_its_own() -> Iterator[None]:
    """Functions keep their AWS clients for the next invocation; a test is another process."""
    yield
    common = sys.modules.get("lambdas.common.aws")
    if common is not None:
        common.aws_client.cache_clear()


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> SharedRuns:
    """Everything that takes seconds and is wanted by more than one test."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    return SharedRuns(
        base / "shared",
        {
            "pipeline": lambda folder: synthesize(
                folder, images=write_digest_file(folder / "images")
            ),
            # A second Region changes nothing in the first, so one run serves both.
            "laptop": synthesize_two_regions,
            "unacknowledged": lambda folder: synthesize(
                folder,
                program=("-m", "tests.support.unacknowledged"),
                images=write_digest_file(folder / "images"),
            ),
            "planted": synthesize_planted,
            "unchecked": synthesize_unchecked,
        },
    )


@pytest.fixture(scope="session")
def pipeline_synth(runs: SharedRuns) -> Run:
    """Synth as the pipeline runs it, with the digest of the image it built."""
    return runs.get("pipeline")


@pytest.fixture(scope="session")
def laptop_synth(runs: SharedRuns) -> Run:
    """Synth as a person runs it, without any digest; with a second Region configured."""
    return runs.get("laptop")


@pytest.fixture(scope="session")
def assembly_dir(pipeline_synth: Run) -> Path:
    """The assembly that the pipeline would deploy."""
    assert pipeline_synth.status == 0, pipeline_synth.output
    return pipeline_synth.assembly


@pytest.fixture(scope="session")
def laptop_assembly_dir(laptop_synth: Run) -> Path:
    """The assembly that a laptop gets."""
    assert laptop_synth.status == 0, laptop_synth.output
    return laptop_synth.assembly


@pytest.fixture(scope="session")
def templates(assembly_dir: Path) -> Templates:
    """The stacks that the pipeline would deploy."""
    return read_templates(assembly_dir)


@pytest.fixture(scope="session")
def laptop_templates(laptop_assembly_dir: Path) -> Templates:
    """The same stacks, synthesized without the pipeline's digests."""
    return read_templates(laptop_assembly_dir)
