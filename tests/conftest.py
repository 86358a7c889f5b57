"""What every test may ask for: the assemblies of this session, synthesized once for all workers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.synthesis import Run, once, synthesize, write_digest_file
from tests.support.templates import Templates, read_templates


@pytest.fixture(scope="session")
def session_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this session share."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"


@pytest.fixture(scope="session")
def pipeline_synth(session_dir: Path) -> Run:
    """Synth as the pipeline runs it, with the digest of the image it built."""
    return once(
        session_dir,
        "pipeline-synth",
        lambda folder: synthesize(folder, images=write_digest_file(folder / "images")),
    )


@pytest.fixture(scope="session")
def laptop_synth(session_dir: Path) -> Run:
    """Synth as a person runs it, without any digest."""
    return once(session_dir, "laptop-synth", synthesize)


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
