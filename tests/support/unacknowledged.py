"""``app.py`` with no finding acknowledged, to learn what would be found: ``python -m``.

The function through which this repository acknowledges is replaced before the stacks import it.
What the CDK acknowledges of its own accord stays.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from constructs import IConstruct

import constructs_lib.acknowledge


def _nothing(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Takes what ``acknowledge_all`` takes, which ``acknowledge`` calls too."""


if __name__ == "__main__":
    constructs_lib.acknowledge.acknowledge_all = _nothing
    import app

    sys.exit(app.main())
