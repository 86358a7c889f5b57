"""Finds out what a message is made of. What cannot be had is noted, and the rest goes on.

Knows no boto3: AWS is a port.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from ..common.ports import Clock
from .change import Change, State
from .facts import Checks, Deployment, Facts, Version
from .ports import Aws, Described, TaskSet, Unavailable

T = TypeVar("T")
_ENDED = (State.SUCCESS, State.FAILURE, State.STOP)


def gather(change: Change, aws: Aws, *, clock: Clock, ends_at: float) -> Facts:
    """Return what is known about `change`. Never raises.

    Nothing more is asked once `ends_at`, a moment of `clock`, has come: a message that lacks
    something is better than none.
    """
    return _Inquiry(aws, clock, ends_at).facts(change)


class _Inquiry:
    def __init__(self, aws: Aws, clock: Clock, ends_at: float) -> None:
        self._aws = aws
        self._clock = clock
        self._ends_at = ends_at
        self._unknown: list[str] = []
        self._versions: dict[str, Version] = {}

    def facts(self, change: Change) -> Facts:
        sets = self._ask("What serves (ECS's task sets)", self._aws.task_sets) or ()
        primary = next((one.task_definition for one in sets if one.primary), None)
        serving = self._version(primary)
        found = self._deployment(change.deployment_id)
        if found is None:
            return Facts(serving=serving, unknown=tuple(self._unknown))
        deployment, described = found
        release = self._release(deployment)
        before = (
            deployment.version if deployment.rollback else self._before(sets, deployment, described)
        )
        bad = deployment.rollback or change.state in (State.FAILURE, State.STOP)
        asked = checks = alarms = None
        if change.state in _ENDED:
            asked = self._version(self._ask("What the stack asked for", self._aws.asked))
        if release is not None and (bad or change.state is State.READY):
            checks = self._ask("The report of the release checks", lambda: self._checks(release.id))
        if bad:
            alarms = self._ask("The alarms", self._aws.alarms)
        return Facts(
            deployment=deployment,
            taken_back=release if deployment.rollback else None,
            serving=serving,
            before=before,
            asked=asked,
            checks=checks,
            alarms=alarms,
            unknown=tuple(self._unknown),
        )

    def _release(self, deployment: Deployment) -> Deployment | None:
        """The release that it is, or takes back."""
        if not deployment.rollback:
            return deployment
        if deployment.rolls_back is None:
            return None
        found = self._deployment(deployment.rolls_back)
        return None if found is None else found[0]

    def _before(
        self, sets: Iterable[TaskSet], deployment: Deployment, described: Described
    ) -> Version | None:
        """What served before a release: another task set's version, PRIMARY's first.

        Blue's task set is there until the hot standby has ended. After that, and when the release
        was one of the same revision, CodeDeploy's own record says it.
        """
        if deployment.version is not None:
            for one in sorted(sets, key=lambda one: not one.primary):
                if one.task_definition != deployment.version.task_definition:
                    return self._version(one.task_definition)
        return self._deployed(
            f"What was deployed before {deployment.id}", described.previous_revision
        )

    def _deployment(self, deployment_id: str) -> tuple[Deployment, Described] | None:
        described = self._ask(
            f"Deployment {deployment_id}", lambda: self._aws.deployment(deployment_id)
        )
        if described is None:
            return None
        events = self._ask(
            f"The lifecycle events of {deployment_id}", lambda: self._aws.events(deployment_id)
        )
        version = self._deployed(f"What {deployment_id} deploys", described.revision)
        return replace(described.deployment, events=events, version=version), described

    def _deployed(self, what: str, revision: Mapping[str, Any] | None) -> Version | None:
        if revision is None:
            return None
        return self._version(self._ask(what, lambda: self._aws.task_definition(revision)))

    def _version(self, task_definition: str | None) -> Version | None:
        if task_definition is None:
            return None
        if task_definition not in self._versions:
            named = task_definition.rpartition("/")[2]
            image = self._ask(f"The image of {named}", lambda: self._aws.image(task_definition))
            self._versions[task_definition] = Version(task_definition=task_definition, image=image)
        return self._versions[task_definition]

    def _checks(self, deployment_id: str) -> Checks | None:
        """The report, when it is of this deployment: an older release's may still be there."""
        text = self._aws.checks_report()
        if text is None:
            return None
        try:
            document = json.loads(text)
            if document["deploymentId"] != deployment_id:
                return None
            return Checks(
                passed=document["passed"] is True,
                summary=str(document["summary"]),
                failures=tuple(str(failure) for failure in document["failures"]),
            )
        except (ValueError, TypeError, KeyError):
            raise Unavailable(f"it is not what the checks write; it begins {text[:80]!r}") from None

    def _ask(self, what: str, call: Callable[[], T]) -> T | None:
        if self._clock.monotonic() >= self._ends_at:
            self._unknown.append(f"{what}: not asked, the function's time was over")
            return None
        try:
            return call()
        except Unavailable as error:
            self._unknown.append(f"{what}: {error}")
        except Exception as error:
            traceback.print_exc()
            self._unknown.append(f"{what}: unexpected {type(error).__name__}: {error}")
        return None
