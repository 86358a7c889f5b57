"""One browser for each module: its event loop would be in the way of other modules' tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .browser import MISSING, Reader, chromium, find_chromium


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Someone with a browser."""
    executable = find_chromium()
    if executable is None:
        pytest.fail(MISSING, pytrace=False)
    with chromium(executable) as browser:
        yield Reader(browser=browser, folder=tmp_path_factory.mktemp("report"))


@pytest.fixture
def artifacts(tmp_path: Path) -> Path:
    """Where screenshots are kept: the folder named by PASE_ARTIFACTS, else the test's own."""
    folder = Path(os.environ.get("PASE_ARTIFACTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
