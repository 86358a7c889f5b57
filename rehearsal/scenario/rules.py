"""The rules between a scenario's keys, and between a scenario and the configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from config.errors import ConfigError, choices, shown
from config.keys import Segment, join
from config.model.service import Service
from config.suggest import suggestion

from .draft import Draft
from .model import FIRST_VERSION, VERSION_PATTERN, Action, FaultSpec, Step

_OF_REQUESTS = {"share", "paths", "above_rate", "after_seconds"}
_FAULT_KEYS = {
    "errors": {*_OF_REQUESTS, "status"},
    "latency": {*_OF_REQUESTS, "milliseconds"},
    "hang": _OF_REQUESTS,
    "unhealthy": {"after_seconds"},
    "crash": {"seconds"},
    "slow_start": {"seconds"},
}
_FAULT_NEEDS = {"latency": "milliseconds", "crash": "seconds", "slow_start": "seconds"}
_ACTION_NEEDS = {
    "kill_task": "colour",
    "set_users": "rate",
    "release": "version",
    "silence_function": "function",
}
_ACTION_MAY = {"rotate": "every_seconds"}
_EXAMPLES = {
    "milliseconds": "milliseconds = 400",
    "seconds": "seconds = 60",
    "colour": 'colour = "green"',
    "rate": "rate = 900",
    "version": 'version = "v3"',
    "function": 'function = "release_checks"',
}


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the configuration and the repository have. ``functions``: packages under lambdas/."""

    road: Sequence[str]
    services: Mapping[str, Service]
    functions: Sequence[str]


def check(draft: Draft, known: Known) -> list[ConfigError]:
    """Every mistake that the file's form does not show."""
    return list(_Rules(draft=draft, known=known).errors())


@dataclass(frozen=True, kw_only=True)
class _Rules:
    draft: Draft
    known: Known

    def errors(self) -> Iterator[ConfigError]:
        yield from self._environments()
        yield from self._service()
        yield from self._versions()
        for index, step in self.draft.steps.items():
            yield from self._step(step, "steps", index)

    @property
    def _opened(self) -> tuple[str, ...]:
        """The opened environments in the road's order; without unknown ones, unless all are."""
        given = self.draft.environments or tuple(self.known.road)
        return tuple(one for one in self.known.road if one in given) or given

    def _error(
        self, *key: Segment, message: str, given: object = None, allowed: str = "", hint: str = ""
    ) -> ConfigError:
        return ConfigError(
            file=self.draft.file,
            key=join(*key),
            message=message,
            given="" if given is None else shown(given),
            allowed=allowed,
            hint=hint,
        )

    def _among(
        self, *key: Segment, given: str, known: Sequence[str], message: str, hint: str = ""
    ) -> Iterator[ConfigError]:
        if given not in known:
            yield self._error(
                *key,
                message=message,
                given=given,
                allowed=choices(known),
                hint=suggestion(given, known) or hint,
            )

    def _environments(self) -> Iterator[ConfigError]:
        given, road = self.draft.environments or (), self.known.road
        unknown = [one for one in given if one not in road]
        for one in unknown:
            yield from self._among(
                "environments",
                given=one,
                known=road,
                message="There is no environment of that name on the road",
            )
        if not unknown and list(given) != [one for one in road if one in given]:
            yield self._error(
                "environments",
                message="These are not in the road's order, each once",
                given=given,
                allowed=choices(road),
            )

    def _service(self) -> Iterator[ConfigError]:
        services = self.known.services
        playable = [name for name, one in services.items() if one.container.local_command]
        given = self.draft.service
        if given is None:
            if not playable:
                yield self._error(
                    "service",
                    message="No service can be played: none has a container.local_command",
                    hint="Write one into its file under config/services",
                )
        elif given in services and given not in playable:
            yield self._error(
                "service",
                message="This service cannot be played: it has no container.local_command",
                given=given,
                allowed=choices(playable),
                hint=f"Write one into config/services/{given}.toml",
            )
        else:
            yield from self._among(
                "service",
                given=given,
                known=playable,
                message="There is no service of that name",
            )

    def _versions(self) -> Iterator[ConfigError]:
        for name in self.draft.names:
            if name == FIRST_VERSION:
                yield self._error(
                    "versions",
                    name,
                    message=f'"{FIRST_VERSION}" is what runs at the beginning and is not declared',
                    hint="Give this version another name",
                )
            elif not re.fullmatch(VERSION_PATTERN, name):
                yield self._error(
                    "versions",
                    name,
                    message="This is no name of a version",
                    given=name,
                    allowed="1 to 16 lower-case letters, digits and hyphens, a letter first",
                )
        for name, version in self.draft.versions.items():
            for index, fault in enumerate(version.faults):
                yield from self._fault(fault, "versions", name, "faults", index)

    def _fault(self, fault: FaultSpec, *key: Segment) -> Iterator[ConfigError]:
        need = _FAULT_NEEDS.get(fault.kind)
        if need and getattr(fault, need) is None:
            yield self._missing(*key, need, of=f'kind = "{fault.kind}"')
        for name in fault.environments:
            yield from self._is_opened(name, *key, "environments")
        may = _FAULT_KEYS[fault.kind]
        for name in sorted(fault.model_fields_set - may - {"kind", "environments"}):
            yield self._error(
                *key,
                name,
                message=f'A fault of kind "{fault.kind}" has no such key',
                given=getattr(fault, name),
                allowed=f"The keys here are {', '.join(sorted(['environments', 'kind', *may]))}",
            )

    def _missing(self, *key: Segment, of: str) -> ConfigError:
        return self._error(
            *key,
            message=f"This key is missing; {of} needs it",
            hint=f"For example {_EXAMPLES[str(key[-1])]}",
        )

    def _step(self, step: Step, *key: Segment) -> Iterator[ConfigError]:
        yield from self._version(step.release, *key, "release")
        if step.serves:
            yield from self._version(step.serves, *key, "serves")
        if step.to:
            yield from self._is_opened(step.to, *key, "to")
        reached = self._reached(step.to)
        if step.outcome == "failed":
            yield from self._failed(step, reached, *key)
        else:
            yield from self._released(step, *key)
        if step.at in reached:
            reached = reached[: reached.index(step.at) + 1]
        for index, action in enumerate(step.actions):
            yield from self._action(action, reached, *key, "actions", index)

    def _reached(self, to: str) -> tuple[str, ...]:
        """The opened environments that a release to there passes through."""
        opened = self._opened
        return opened[: opened.index(to) + 1] if to in opened else opened

    def _failed(self, step: Step, reached: Sequence[str], *key: Segment) -> Iterator[ConfigError]:
        if step.reason is None:
            yield self._error(
                *key,
                "reason",
                message='This key is missing; outcome = "failed" needs it',
                hint='A text that the stack\'s reason contains, such as reason = "ErrorRate"',
            )
        if step.at is None and len(self._opened) > 1:
            yield self._error(
                *key,
                "at",
                message="This key is missing; with more than one environment opened, a step that "
                "fails says in which",
                allowed=choices(reached),
            )
        elif step.at is not None:
            yield from self._is_reached(step.at, reached, *key, "at")

    def _released(self, step: Step, *key: Segment) -> Iterator[ConfigError]:
        for name in ("at", "reason"):
            given = getattr(step, name)
            if given is not None:
                yield self._error(
                    *key,
                    name,
                    message='A step with outcome = "released" has no such key',
                    given=given,
                    hint='Remove it, or write outcome = "failed"',
                )

    def _action(
        self, action: Action, reached: Sequence[str], *key: Segment
    ) -> Iterator[ConfigError]:
        if action.environment:
            yield from self._is_reached(action.environment, reached, *key, "in")
        need = _ACTION_NEEDS.get(action.do)
        owners = {what: do for do, what in (*_ACTION_NEEDS.items(), *_ACTION_MAY.items())}
        for name, belongs in owners.items():
            given = getattr(action, name)
            if name == need and given is None:
                yield self._missing(*key, name, of=f'do = "{action.do}"')
            elif belongs != action.do and given is not None:
                yield self._error(
                    *key,
                    name,
                    message=f'do = "{action.do}" has no such key',
                    given=given,
                    hint=f'It belongs to do = "{belongs}"',
                )
        if action.do == "release" and action.version is not None:
            yield from self._version(action.version, *key, "version")
        if action.do == "rotate":
            yield from self._has_database(*key, "do")
        if action.do == "silence_function" and action.function is not None:
            yield from self._among(
                *key,
                "function",
                given=action.function,
                known=self.known.functions,
                message="There is no function of that name under lambdas/",
            )

    def _has_database(self, *key: Segment) -> Iterator[ConfigError]:
        services = self.known.services
        playable = [name for name, one in services.items() if one.container.local_command]
        name = self.draft.service or next(iter(playable), "")
        if name in services and services[name].database is None:
            yield self._error(
                *key,
                message=f"{name} has no database, so no secret of one can be rotated",
                given="rotate",
                hint=f"Write [database] into config/services/{name}.toml",
            )

    def _version(self, given: str, *key: Segment) -> Iterator[ConfigError]:
        names = (FIRST_VERSION, *(one for one in self.draft.names if one != FIRST_VERSION))
        yield from self._among(
            *key,
            given=given,
            known=names,
            message="There is no version of that name",
            hint=f"Declare it with [{join('versions', given)}]",
        )

    def _is_opened(self, given: str, *key: Segment) -> Iterator[ConfigError]:
        yield from self._among(
            *key,
            given=given,
            known=self._opened,
            message=self._not_opened(given),
        )

    def _is_reached(
        self, given: str, reached: Sequence[str], *key: Segment
    ) -> Iterator[ConfigError]:
        message = (
            "This step's release does not get that far"
            if given in self._opened
            else self._not_opened(given)
        )
        yield from self._among(*key, given=given, known=reached, message=message)

    def _not_opened(self, given: str) -> str:
        if given in self.known.road:
            return "That environment is not opened in this scenario"
        return "There is no environment of that name on the road"
