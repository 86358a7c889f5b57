"""The shipped configuration with a second Region for Staging and Prod, and a provider at a port."""

from __future__ import annotations

from pathlib import Path

from tests.config.example import PROD, STAGING, STOREFRONT, copy_example
from tests.support.runs import Run
from tests.support.synthesis import synthesize

SECOND = "ap-southeast-2"
PORT = 8443
CIDRS = {STAGING: "10.16.0.0/16", PROD: "10.21.0.0/16"}

PROGRAM = "import sys, pathlib, app; sys.exit(app.main(pathlib.Path(sys.argv[1])))"


def synthesize_two_regions(folder: Path) -> Run:
    """Synth of that configuration, in the same way as any other."""
    example = copy_example(folder / "project")
    for file, cidr in CIDRS.items():
        name = Path(file).stem
        example.edit(
            file,
            "[network]",
            f"""[[regions]]
name = "{SECOND}"
availability_zones = ["{SECOND}a", "{SECOND}b", "{SECOND}c"]
cidr = "{cidr}"
hosted_zone = {{ id = "Z0000000SYDNEY{name.upper()}", name = "sydney.{name}.example.com" }}

[network]""",
        )
    example.edit(STOREFRONT, "keys.payments.example.com", f"keys.payments.example.com:{PORT}")
    return synthesize(folder, program=("-c", PROGRAM, str(example.root)))
