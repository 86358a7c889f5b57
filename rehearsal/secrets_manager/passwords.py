"""GetRandomPassword.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from typing import Any

from ..errors import ApiError

_LENGTH, _LONGEST = 32, 4096
_TYPES = {
    "ExcludeUppercase": string.ascii_uppercase,
    "ExcludeLowercase": string.ascii_lowercase,
    "ExcludeNumbers": string.digits,
    "ExcludePunctuation": string.punctuation,
}


def random_password(given: Mapping[str, Any]) -> str:
    """A password of every type of character that is not excluded. Raises `ApiError`."""
    excluded = set(given.get("ExcludeCharacters", ""))
    types = [letters for key, letters in _TYPES.items() if not given.get(key)]
    if given.get("IncludeSpace"):
        types.append(" ")
    usable = [sorted(set(letters) - excluded) for letters in types]
    usable = [letters for letters in usable if letters]
    length = int(given.get("PasswordLength", _LENGTH))
    required = len(usable) if given.get("RequireEachIncludedType", True) else 0
    if not usable or not max(1, required) <= length <= _LONGEST:
        raise ApiError(
            "InvalidParameterException",
            f"no password of {length} characters can be made of {len(usable)} types of characters",
        )
    every = [letter for letters in usable for letter in letters]
    while True:
        found = [secrets.choice(every) for _ in range(length)]
        if not required or all(set(found) & set(letters) for letters in usable):
            return "".join(found)
