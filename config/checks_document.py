"""A service's checks as the release checks program reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable

from config.model.service import Check

LARGEST_BYTES = 3_500
"""The document travels in a Lambda function's environment, where all variables together hold 4 KB;
the rest is for the function's other variables:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""


def checks_document(checks: Iterable[Check]) -> str:
    """The checks as compact JSON, in ASCII; what has its default value is left out.

    The program's defaults are the model's: ``tests/config`` compares them.
    """
    entries = [
        check.model_dump(mode="json", by_alias=True, exclude_defaults=True) for check in checks
    ]
    return json.dumps(entries, separators=(",", ":"))
