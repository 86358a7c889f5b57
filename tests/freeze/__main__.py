"""``python -m tests.freeze --reason "..."``: accept the resources of ``cdk.out`` as they are."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from tests.freeze.frozen import FILE, accept, changes, fingerprints, read_reviewed
from tests.support.templates import read_templates

SHORTEST_REASON = 15


def main() -> int:
    """Exit status: 0 accepted or nothing to accept, 2 without a reason or an assembly."""
    parser = argparse.ArgumentParser(prog="tests.freeze", description=__doc__)
    parser.add_argument("--assembly", type=Path, default=Path("cdk.out"))
    parser.add_argument("--reason", default="")
    options = parser.parse_args()
    reason = options.reason.strip()
    if len(reason) < SHORTEST_REASON:
        print(
            f"freeze: a reason is needed, at least {SHORTEST_REASON} characters, got {reason!r}: "
            'make accept-frozen REASON="why this must change"',
            file=sys.stderr,
        )
        return 2
    if not (options.assembly / "manifest.json").is_file():
        print(f"freeze: {options.assembly}: no cloud assembly; run make synth", file=sys.stderr)
        return 2
    current = fingerprints(read_templates(options.assembly))
    before = read_reviewed()["resources"] if FILE.exists() else {}
    count = len(list(changes(before, current)))
    if not accept(current, reason=reason, date=date.today().isoformat()):
        print("freeze: nothing has changed; the reviewed file is as it was")
        return 0
    print(f"freeze: {count} changes accepted in {FILE.name}; read its diff before you commit it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
