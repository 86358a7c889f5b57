"""Reads the checks that a service's config declares, and says exactly what is wrong with them.

The document is a JSON list; every object's keys are the fields of `checks.Check`. An optional key
may be absent or null. In Lambda it travels in the environment variable CHECKS, and all variables
of a function together hold at most 4 KB
(https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html).
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from .checks import Check, Gate, InvalidInput, is_number

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
MAX_REPETITIONS = 1000
MAX_TIMEOUT_SECONDS = 60
_PATH = re.compile(r"/[!-~]*")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t -~]*")


def parse_checks(document: str, *, where: str) -> tuple[Check, ...]:
    """Return the checks in `document`, or raise `InvalidInput` with the first thing wrong.

    `where` names the document in messages (`CHECKS`, or a file's name).
    """
    try:
        entries = json.loads(document)
    except ValueError as error:
        raise InvalidInput(f"{where} is not JSON: {error}") from None
    if not isinstance(entries, list):
        raise InvalidInput(f"{where} must be a JSON list of checks, not {type(entries).__name__}")
    checks = tuple(
        _parse_check(entry, where=f"{where}[{index}]") for index, entry in enumerate(entries)
    )
    names = [check.name for check in checks]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise InvalidInput(f"{where}[{index}].name: {name!r} is used twice; names are unique")
    return checks


def _parse_check(entry: object, *, where: str) -> Check:
    if not isinstance(entry, dict):
        raise InvalidInput(f"{where} must be a JSON object, not {type(entry).__name__}")
    unknown = sorted(entry.keys() - _FIELDS.keys())
    if unknown:
        raise InvalidInput(f"{where}: unknown key {unknown[0]!r}; allowed: {', '.join(_FIELDS)}")
    given = {key: value for key, value in entry.items() if value is not None}
    for key in ("name", "gates", "path"):
        if key not in given:
            raise InvalidInput(f"{where}.{key} is missing")
    values = {key: _FIELDS[key](value, f"{where}.{key}") for key, value in given.items()}
    check = Check(**values)
    if check.method == "HEAD" and (check.body_contains is not None or check.json):
        raise InvalidInput(
            f"{where}: an answer to HEAD has no body, so body_contains and json cannot be checked"
        )
    return check


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"{where} must be a text that is not empty, got {value!r}")
    return value


def _any_text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise InvalidInput(f"{where} must be a text, got {value!r}")
    return value


def _path(value: object, where: str) -> str:
    text = _text(value, where)
    if not _PATH.fullmatch(text):
        raise InvalidInput(
            f"{where} must begin with '/' and hold printable ASCII without spaces "
            f"(percent-encode the rest), got {text!r}"
        )
    return text


def _method(value: object, where: str) -> str:
    if value not in METHODS:
        raise InvalidInput(f"{where}: {value!r} is not allowed; allowed: {', '.join(METHODS)}")
    return str(value)


def _gates(value: object, where: str) -> frozenset[Gate]:
    if not isinstance(value, list) or not value:
        raise InvalidInput(f"{where} must be a list with at least one of: {', '.join(Gate)}")
    try:
        return frozenset(Gate.parse(item) for item in value)
    except InvalidInput as error:
        raise InvalidInput(f"{where}: {error}") from None


def _whole(low: int, high: int) -> Callable[[object, str], int]:
    def parse(value: object, where: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise InvalidInput(f"{where} must be a whole number {low}..{high}, got {value!r}")
        return value

    return parse


def _positive(high: float | None, unit: str) -> Callable[[object, str], float]:
    def parse(value: object, where: str) -> float:
        if is_number(value):
            number = float(value)  # type: ignore[arg-type]
            if number > 0 and (high is None or number <= high):
                return number
        limit = "" if high is None else f" and at most {high:g}"
        raise InvalidInput(f"{where} must be a number of {unit} above 0{limit}, got {value!r}")

    return parse


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InvalidInput(f"{where} must be a JSON object, got {value!r}")
    return value


def _headers(value: object, where: str) -> Mapping[str, str]:
    for name, text in _mapping(value, where).items():
        if not _HEADER_NAME.fullmatch(name):
            raise InvalidInput(f"{where}: {name!r} is not a header's name")
        if not isinstance(text, str) or not _HEADER_VALUE.fullmatch(text):
            raise InvalidInput(f"{where}.{name} must be a printable ASCII text, got {text!r}")
    return _mapping(value, where)


_FIELDS: Mapping[str, Callable[[object, str], Any]] = {
    "name": _text,
    "gates": _gates,
    "path": _path,
    "method": _method,
    "headers": _headers,
    "request_body": _any_text,
    "status": _whole(200, 599),
    "body_contains": _text,
    "json": _mapping,
    "response_headers": _headers,
    "repetitions": _whole(1, MAX_REPETITIONS),
    "p95_ms": _positive(None, "milliseconds"),
    "timeout_seconds": _positive(MAX_TIMEOUT_SECONDS, "seconds"),
}
assert list(_FIELDS) == [field.name for field in dataclasses.fields(Check)]
