"""Tags that AWS takes.

https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html: a key of
128 characters, a value of 256, letters, digits, spaces and ``_ . : / = + - @``, 50 for each
resource, and no prefix ``aws:``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from config.errors import shown
from config.keys import join
from config.rules.finding import Finding

LONGEST_KEY = 128
LONGEST_VALUE = 256
MOST = 40
"""Of 50; the rest is for tags of the CDK, of AWS's services and of Pase itself."""

_TEXT = re.compile(r"[\w\s.:/=+\-@]*")


def check_tags(
    *, tags: Mapping[str, str], inherited: Mapping[str, str] | None = None
) -> Iterator[Finding]:
    """The tags of one file; ``inherited`` are the platform's, which count towards the number."""
    for key, value in tags.items():
        keys = (join("tags", key),)
        if key.lower().startswith("aws:"):
            yield Finding(
                keys=keys,
                message="AWS keeps keys that begin with aws: for itself.",
                given=shown(key),
                allowed="Keys that do not begin with aws:.",
            )
        for what, text, longest in (("key", key, LONGEST_KEY), ("value", value, LONGEST_VALUE)):
            if len(text) > longest or (what == "key" and not text):
                yield Finding(
                    keys=keys,
                    message=f"The tag's {what} is too {'long' if text else 'short'}.",
                    given=f"{len(text)} characters",
                    allowed=f"{1 if what == 'key' else 0} to {longest} characters",
                )
            elif not _TEXT.fullmatch(text):
                yield Finding(
                    keys=keys,
                    message=f"The tag's {what} has a character that not every AWS service takes.",
                    given=shown(text),
                    allowed="Letters, digits, spaces and _ . : / = + - @",
                )
    together = {**(inherited or {}), **tags}
    if len(together) > MOST:
        added = f" ({len(tags)} here, the others the platform's)" if inherited else ""
        yield Finding(
            keys=("tags",),
            message="There are too many tags.",
            given=f"{len(together)}{added}",
            allowed=f"At most {MOST}: AWS allows 50, and some are set by others.",
        )
