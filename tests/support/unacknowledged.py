"""``app.py`` with no finding acknowledged, to learn what would be found: ``python -m``.

The one function through which this repository acknowledges is replaced before the stacks import it.
What the CDK acknowledges of its own accord stays.
"""

from __future__ import annotations

import sys

from constructs import IConstruct

import constructs_lib.acknowledge


def _nothing(construct: IConstruct, rule: str, reason: str) -> None:
    """Takes what ``acknowledge`` takes."""


if __name__ == "__main__":
    constructs_lib.acknowledge.acknowledge = _nothing
    import app

    sys.exit(app.main())
