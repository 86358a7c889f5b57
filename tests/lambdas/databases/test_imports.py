"""What a function that rotates loads: one driver, and nothing that the layer has not."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
for missing in ("cryptography", "nacl"):
    sys.modules[missing] = None
from lambdas.databases.engine import Trust
from lambdas.databases.engines import engine_of
before = {"pg8000", "pymysql"} & set(sys.modules)
engine_of(sys.argv[1], Trust(bundle=""))
print(sorted(before), sorted({"pg8000", "pymysql"} & set(sys.modules)))
"""


@pytest.mark.parametrize(
    ("engine", "driver"), [("postgres", "pg8000"), ("mysql", "pymysql"), ("mariadb", "pymysql")]
)
def test_an_engine_loads_its_own_driver_and_no_other(engine: str, driver: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, engine], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"[] ['{driver}']\n"
