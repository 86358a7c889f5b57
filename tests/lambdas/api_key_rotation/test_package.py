"""What a cold start of the function costs."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MILLISECONDS = 400
KILOBYTES = 200
_TIMED = (
    "import time, boto3, botocore.config; start = time.perf_counter(); "
    "import lambdas.api_key_rotation.handler; print((time.perf_counter() - start) * 1000)"
)


def test_importing_the_handler_is_quick() -> None:
    """boto3 aside, which is there before a function is; the best of some, on a busy machine."""
    took = [
        float(subprocess.check_output([sys.executable, "-c", _TIMED], cwd=ROOT)) for _ in range(3)
    ]
    assert min(took) < MILLISECONDS, statistics.median(took)


def test_the_package_is_small() -> None:
    """The function, the library it is packed with, and what all functions share."""
    folders = ("api_key_rotation", "rotation", "common")
    files = [one for name in folders for one in (ROOT / "lambdas" / name).glob("*.py")]
    assert sum(one.stat().st_size for one in files) < KILOBYTES * 1024
