"""Laying an environment's table over a service's base."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.keys import Table


def merged(*, base: Table, override: Table) -> dict[str, Any]:
    """The base with the override laid over it; neither argument is changed.

    Tables merge key by key, at any depth. Anything else in the override, a list too, replaces what
    the base has under that key. Keys only one of them has are kept.
    """
    result = dict(base)
    for key, value in override.items():
        below = result.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            result[key] = merged(base=below, override=value)
        else:
            result[key] = value
    return result
