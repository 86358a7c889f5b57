"""Staging is Prod's likeness: each difference is declared with its reason, or it is an error.

The environment's file and every service as both environments see it are compared value by value,
under dotted keys: ``environment.regions.0.cidr``, ``services.storefront.scaling.max_tasks``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from pydantic import BaseModel

from config.errors import ConfigError, shown
from config.keys import join, split
from config.model.platform import Parity
from config.parsed import PLATFORM_FILE, Parsed, environment_file, service_file
from config.secret_words import hidden, names_a_secret, secret_in
from config.suggest import suggestion

Path: TypeAlias = tuple[str, ...]


def check_parity(*, parsed: Parsed) -> Iterator[ConfigError]:
    """Undeclared differences between ``parity.mirror`` and ``parity.of``, and idle declarations.

    Nothing is compared unless both environments and all services of both could be read.
    """
    if parsed.platform is None:
        return
    parity = parsed.platform.parity
    both = (parity.mirror, parity.of)
    if parity.mirror == parity.of or not all(
        name in parsed.environments and parsed.resolved[name].keys() == set(parsed.service_names)
        for name in both
    ):
        return
    mirror, of = (_view(parsed, name) for name in both)
    patterns = [
        (join("parity", "may_differ", index, "keys", place), split(pattern))
        for index, declared in enumerate(parity.may_differ)
        for place, pattern in enumerate(declared.keys)
    ]
    known = _paths(mirror) | _paths(of)
    undeclared = {
        _topmost(path, mirror, of)
        for path, _, _ in differences(mirror, of)
        if not any(matches(pattern=pattern, path=path) for _, pattern in patterns)
    }
    for path in sorted(undeclared):
        yield _undeclared(
            parsed=parsed, parity=parity, path=path, left=_at(mirror, path), right=_at(of, path)
        )
    for key, pattern in patterns:
        if "**" in pattern[:-1]:
            yield ConfigError(
                file=PLATFORM_FILE,
                key=key,
                message='"**" stands for the rest of a key, so it comes last.',
                given=shown(join(*pattern)),
                hint='For one segment, write "*".',
            )
        elif pattern[:1] not in (("environment",), ("services",)):
            yield ConfigError(
                file=PLATFORM_FILE,
                key=key,
                message="This is no key of an environment or of a service.",
                given=shown(join(*pattern)),
                allowed='Keys that begin with "environment." or "services.".',
                hint=suggestion(join(*pattern), sorted(join(*path) for path in known)),
            )
        elif not any(matches(pattern=pattern, path=path) for path in known):
            near = suggestion(join(*pattern), sorted(join(*path) for path in known))
            yield ConfigError(
                file=PLATFORM_FILE,
                key=key,
                message=f"This declares a difference in a key that neither {parity.mirror} nor "
                f"{parity.of} has.",
                given=shown(join(*pattern)),
                allowed='Keys below "environment" or "services.<name>".',
                hint=near or "Remove it.",
            )


def matches(*, pattern: Path, path: Path) -> bool:
    """Whether the pattern names the path: ``*`` is any one segment, a last ``**`` any rest."""
    if pattern and pattern[-1] == "**":
        head = pattern[:-1]
        return len(path) >= len(head) and matches(pattern=head, path=path[: len(head)])
    return len(pattern) == len(path) and all(
        one in ("*", segment) for one, segment in zip(pattern, path, strict=True)
    )


def differences(
    mirror: Mapping[str, Any], of: Mapping[str, Any]
) -> Iterator[tuple[Path, object, object]]:
    """(path, the mirror's value, the other's) of every value in which the two differ.

    A value is what has nothing below it. One that is not there is ``None``, which no file can say.
    """
    left, right = dict(_leaves(mirror)), dict(_leaves(of))
    for path in sorted(left.keys() | right.keys()):
        one, other = left.get(path), right.get(path)
        if one != other or type(one) is not type(other):
            yield path, one, other


def _topmost(path: Path, mirror: Mapping[str, Any], of: Mapping[str, Any]) -> Path:
    """The path, or the table or item above it that one of the two does not have at all."""
    for length in range(1, len(path)):
        above = path[:length]
        if (_at(mirror, above) is None) != (_at(of, above) is None):
            return above
    return path


def _at(value: Any, path: Path) -> Any:
    for segment in path:
        value = dict(_inside(value) or ()).get(segment)
    return value


def _view(parsed: Parsed, name: str) -> dict[str, Any]:
    return {
        "environment": _plain(parsed.environments[name]),
        "services": {
            service: _plain(content) for service, content in parsed.resolved[name].items()
        },
    }


def _plain(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True)


def _leaves(value: Any, *path: str) -> Iterator[tuple[Path, object]]:
    inside = _inside(value)
    if value is None:
        return
    if inside is None:
        yield path, value
        return
    for key, item in inside:
        yield from _leaves(item, *path, key)


def _paths(value: Any, *path: str) -> set[Path]:
    found = {path}
    for key, item in _inside(value) or ():
        found |= _paths(item, *path, key)
    return found


def _inside(value: Any) -> list[tuple[str, Any]] | None:
    if isinstance(value, Mapping):
        return list(value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [(str(index), item) for index, item in enumerate(value)]
    return None


def _undeclared(
    *, parsed: Parsed, parity: Parity, path: Path, left: object, right: object
) -> ConfigError:
    if path[0] == "environment":
        file, key = environment_file(parity.mirror), join(*path[1:])
        files = f"{file} and {environment_file(parity.of)}"
    else:
        source = parsed.services[path[1]]
        file = service_file(path[1])
        inner = join(*path[2:])
        key = source.written(environment=parity.mirror, keys=(inner,))
        if key == inner:
            key = source.written(environment=parity.of, keys=(inner,))
        files = f"both in {file}"
    whole = _inside(left if left is not None else right) is not None
    pattern = f"{join(*path)}.**" if whole else join(*path)
    return ConfigError(
        file=file,
        key=key,
        message=f"{join(*path)} differs between {parity.mirror} and {parity.of}, and the "
        "difference is not declared.",
        given=f"{parity.mirror}: {_value(path, left)}; "
        f"{parity.of}: {_value(path, right)} ({files})",
        allowed="The same in both, or a declared difference.",
        hint=f"Make them equal, or add {shown(pattern)} to the keys of a [[parity.may_differ]] "
        f"with its reason in {PLATFORM_FILE}.",
    )


def _value(path: Path, value: object) -> str:
    if value is None:
        return "(absent)"
    text = shown(value)
    return hidden(text) if secret_in(text) or names_a_secret(path[-1]) else text
