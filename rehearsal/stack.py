"""One stack: its operations, each of which goes on as far as it can whenever the clock is turned.

What an operation does when a resource fails is CloudFormation's default: everything is rolled back
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html).
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .clock import Clock
from .policies import statements_of
from .resources.base import Place
from .stack_calls import Calls
from .stack_changes import Changes
from .stack_run import Run
from .stack_state import Event, History, Resource, Status
from .stack_values import Outputs
from .stack_version import Version, read_version
from .template import Template

Operation = Generator[Run, None, None]

_UPDATABLE = (Status.CREATE_COMPLETE, Status.UPDATE_COMPLETE, Status.UPDATE_ROLLBACK_COMPLETE)


class StackError(Exception):
    """An operation is refused in the stack's present status; nothing has been changed."""


@dataclass(frozen=True, kw_only=True)
class NotHonoured:
    """Something a template says and the model does not do."""

    type: str
    logical_id: str
    why: str


class Stack:
    """A stack of one account and region; made by `CloudFormation.stack`.

    An operation goes as far as it can at once, and on in `run_due`.
    """

    def __init__(
        self,
        name: str,
        *,
        stack_id: str,
        place: Place,
        clock: Clock,
        calls: Calls,
        outputs: Outputs,
    ) -> None:
        self.name = name
        self.id = stack_id
        self.status = Status.NONE
        self.outputs: dict[str, str] = {}
        self._place = place
        self._clock = clock
        self._calls = calls
        self._read_output = outputs
        self._history = History(stack=name, stack_id=stack_id, clock=clock)
        self._changes = Changes(history=self._history, calls=calls)
        self._deployed: Version | None = None
        self._before: Mapping[str, Resource] = {}
        self._operation: Operation | None = None
        self._run: Run | None = None
        self._playing = False

    @property
    def events(self) -> list[Event]:
        """What happened, oldest first."""
        return list(self._history.events)

    @property
    def resources(self) -> dict[str, Resource]:
        """Logical id -> resource."""
        return dict(self._changes.resources)

    @property
    def not_honoured(self) -> list[NotHonoured]:
        """What its template says and the model does not do."""
        found = []
        for resource in self._changes.resources.values():
            shortfall = self._calls.shortfall(resource.type)
            for why in (*([shortfall] if shortfall else []), *resource.notes):
                found.append(
                    NotHonoured(type=resource.type, logical_id=resource.logical_id, why=why)
                )
        return found

    def policies_of(self, role_arn: str) -> list[dict[str, Any]]:
        """Every statement that the stack attaches to a role, resolved."""
        return statements_of(role_arn, self._changes.resources.values())

    def deploy(
        self, template: Mapping[str, Any], parameters: Mapping[str, str] | None = None
    ) -> None:
        """Create the stack if it is not there, else update it."""
        if self.status in (Status.NONE, Status.DELETE_COMPLETE):
            self.create(template, parameters)
        else:
            self.update(template, parameters)

    def create(
        self, template: Mapping[str, Any], parameters: Mapping[str, str] | None = None
    ) -> None:
        """Start to create the stack. Raises `StackError` and `TemplateError`."""
        if self.status not in (Status.NONE, Status.DELETE_COMPLETE):
            raise StackError(f"Stack [{self.name}] already exists")
        self._start(self._created(self._version(template, parameters)))

    def update(
        self, template: Mapping[str, Any], parameters: Mapping[str, str] | None = None
    ) -> None:
        """Start to update the stack. Raises `StackError` and `TemplateError`.

        The same template with the same parameters is refused, as CloudFormation does.
        """
        self._require(_UPDATABLE, "updated")
        deployed = self._version_deployed()
        wanted = self._version(template, parameters)
        if wanted.same_as(deployed):
            raise StackError("No updates are to be performed.")
        if retyped := wanted.retyped(deployed):
            raise StackError(
                "Update of resource type is not permitted. The new template modifies resource type "
                f"of the following resources: [{', '.join(retyped)}]"
            )
        self._start(self._updated(wanted))

    def continue_update_rollback(self, *, skip: Collection[str] = ()) -> None:
        """Go on with a rollback that failed, when its cause is gone; `skip` takes resources as they
        are.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-continueupdaterollback.html
        """
        self._require((Status.UPDATE_ROLLBACK_FAILED,), "rolled back further")
        incomplete = {n for n, one in self._changes.resources.items() if one.incomplete}
        if wrong := set(skip) - incomplete:
            raise StackError(
                f"The following resource(s) cannot be skipped: [{', '.join(sorted(wrong))}]; only "
                "those can whose rollback failed"
            )
        self._start(self._rolled_back("User Initiated", skip))

    def delete(self) -> None:
        """Start to delete the stack."""
        if self.status.in_progress or self.status is Status.NONE:
            raise StackError(f"Stack:{self.id} is in {self.status} state and can not be deleted.")
        self._start(self._deleted())

    def run_due(self) -> None:
        """Do everything that can be done now. A call from within a function's does nothing."""
        if self._operation is None or self._playing:
            return
        self._playing = True
        try:
            self._run = next(self._operation, None)
        finally:
            self._playing = False
        if self._run is None:
            self._operation = None

    def next_due(self) -> datetime | None:
        """When something happens by itself; now when an answer is there or it has just begun."""
        if self._operation is None:
            return None
        now = self._clock.now()
        return now if self._run is None else self._run.next_due(now)

    def _start(self, operation: Operation) -> None:
        self._operation = operation
        self._run = None
        self.run_due()

    def _created(self, wanted: Version) -> Operation:
        self._set(Status.CREATE_IN_PROGRESS, "User Initiated")
        run = self._changes.apply(wanted.template, wanted.values)
        yield from self._driven(run)
        if not run.failed:
            self._deploy(wanted)
            self._set(Status.CREATE_COMPLETE)
            return
        self._set(Status.ROLLBACK_IN_PROGRESS, _failures("create", run.failed))
        removal = self._changes.remove(self._changes.resources.values(), clean_up=False)
        yield from self._driven(removal)
        if removal.failed:
            self._set(Status.ROLLBACK_FAILED, _failures("delete", removal.failed))
        else:
            self._set(Status.ROLLBACK_COMPLETE)

    def _updated(self, wanted: Version) -> Operation:
        self._set(Status.UPDATE_IN_PROGRESS, "User Initiated")
        self._before = self.resources
        run = self._changes.apply(wanted.template, wanted.values)
        yield from self._driven(run)
        if run.failed:
            new = [name for name in run.failed if name not in self._before]
            old = [name for name in run.failed if name in self._before]
            reason = _failures("create", new) + _failures("update", old)
            yield from self._rolled_back(reason, ())
            return
        self._deploy(wanted)
        self._set(Status.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS)
        yield from self._cleaned_up(wanted.template)
        self._set(Status.UPDATE_COMPLETE)

    def _rolled_back(self, reason: str, skip: Collection[str]) -> Operation:
        """An update to what was deployed before, but for resources that nothing was done to.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-monitor-stack.html
        """
        deployed = self._version_deployed()
        self._set(Status.UPDATE_ROLLBACK_IN_PROGRESS, reason)
        run = self._changes.apply(
            deployed.template, deployed.values, before=self._before, skip=skip
        )
        yield from self._driven(run)
        if run.failed:
            self._set(Status.UPDATE_ROLLBACK_FAILED, _failures("update", run.failed))
            return
        self._set(Status.UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS)
        yield from self._cleaned_up(deployed.template)
        self._deploy(deployed)
        self._set(Status.UPDATE_ROLLBACK_COMPLETE)

    def _cleaned_up(self, template: Template) -> Operation:
        resources = self._changes.resources
        gone = [one for name, one in resources.items() if name not in template.resources]
        yield from self._driven(
            self._changes.remove([*gone, *self._changes.garbage], clean_up=True)
        )

    def _deleted(self) -> Operation:
        self._set(Status.DELETE_IN_PROGRESS, "User Initiated")
        run = self._changes.remove(self._changes.resources.values(), clean_up=False)
        yield from self._driven(run)
        if run.failed:
            self._set(Status.DELETE_FAILED, _failures("delete", run.failed))
            return
        self._deployed = None
        self.outputs = {}
        self._set(Status.DELETE_COMPLETE)

    def _driven(self, run: Run) -> Operation:
        while True:
            run.advance(self._clock.now)
            if run.finished:
                return
            yield run

    def _deploy(self, version: Version) -> None:
        self._deployed = version
        self.outputs = version.outputs()

    def _version(self, body: Mapping[str, Any], parameters: Mapping[str, str] | None) -> Version:
        return read_version(
            body,
            parameters or {},
            place=self._place,
            stack=self.name,
            stack_id=self.id,
            resources=lambda: self._changes.resources,
            outputs=self._read_output,
        )

    def _version_deployed(self) -> Version:
        assert self._deployed is not None, f"{self.name} has never been deployed"
        return self._deployed

    def _require(self, allowed: Collection[Status], what: str) -> None:
        if self.status is Status.NONE:
            raise StackError(f"Stack [{self.name}] does not exist")
        if self.status not in allowed:
            raise StackError(f"Stack:{self.id} is in {self.status} state and can not be {what}.")

    def _set(self, status: Status, reason: str = "") -> None:
        self.status = status
        self._history.status(status, reason)


def _failures(verb: str, names: Collection[str]) -> str:
    if not names:
        return ""
    listed = ", ".join(name.split(" ")[0] for name in names)
    return f"The following resource(s) failed to {verb}: [{listed}]. "
