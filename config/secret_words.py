"""Telling a secret from a setting: in the configuration, which is public, and in what is shown."""

from __future__ import annotations

import re

# A name that ends like this says where a secret is, not what it is.
_POINTER = re.compile(r"(_ID|_ARN|_NAME|_PATH|_FILE|_URL|_TTL|_SECONDS|_MINUTES|_LENGTH|_HEADER)$")
_NAME = re.compile(
    r"PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIAL"
)
_VALUES = (
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    (re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"), "an AWS access key id"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"), "a private key"),
    (re.compile(r"\b[a-zA-Z][a-zA-Z0-9+.-]*://[^/\s:@]*:[^/\s@]+@"), "a URL with a password"),
    (re.compile(r"\b(ghp|gho|ghs|github_pat)_[A-Za-z0-9_]{20,}"), "a GitHub token"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\."), "a JSON web token"),
)
_LINE = re.compile(r"""^(?P<key>["'A-Za-z0-9_.-]+)(?P<equals>\s*=\s*)(?P<value>.*)$""")


def names_a_secret(name: str) -> bool:
    """Whether a variable of that name would hold a secret itself, not a pointer to one.

    ``DB_PASSWORD`` does; ``DB_SECRET_ARN``, ``TOKEN_URL`` and ``TOKEN_TTL`` do not.
    """
    upper = name.upper().replace("-", "_")
    return bool(_NAME.search(upper)) and not _POINTER.search(upper)


def secret_in(value: str) -> str:
    """What kind of secret the text holds (such as "an AWS access key id"); empty when none."""
    return next((kind for pattern, kind in _VALUES if pattern.search(value)), "")


def hidden(value: str) -> str:
    """A stand-in for a value that must not be shown."""
    return f"(not shown, {len(value)} characters)"


def without_secret(line: str) -> str:
    """A line of a file as it may be shown: the value goes when key or value may be a secret."""
    found = _LINE.match(line)
    if found and (names_a_secret(found["key"].strip("\"'")) or secret_in(found["value"])):
        return f"{found['key']}{found['equals']}{hidden(found['value'])}"
    return hidden(line) if secret_in(line) or _NAME.search(line.upper()) else line
