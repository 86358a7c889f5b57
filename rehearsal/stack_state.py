"""What a stack has, and what happened to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from .clock import Clock
from .template import is_custom


class Status(StrEnum):
    """A stack's status.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html#cfn-console-view-stack-data-resources-status-codes
    """

    NONE = "DOES_NOT_EXIST"
    CREATE_IN_PROGRESS = "CREATE_IN_PROGRESS"
    CREATE_COMPLETE = "CREATE_COMPLETE"
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    ROLLBACK_COMPLETE = "ROLLBACK_COMPLETE"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"
    UPDATE_IN_PROGRESS = "UPDATE_IN_PROGRESS"
    UPDATE_COMPLETE_CLEANUP_IN_PROGRESS = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    UPDATE_COMPLETE = "UPDATE_COMPLETE"
    UPDATE_ROLLBACK_IN_PROGRESS = "UPDATE_ROLLBACK_IN_PROGRESS"
    UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
    UPDATE_ROLLBACK_COMPLETE = "UPDATE_ROLLBACK_COMPLETE"
    UPDATE_ROLLBACK_FAILED = "UPDATE_ROLLBACK_FAILED"
    DELETE_IN_PROGRESS = "DELETE_IN_PROGRESS"
    DELETE_COMPLETE = "DELETE_COMPLETE"
    DELETE_FAILED = "DELETE_FAILED"

    @property
    def in_progress(self) -> bool:
        """Whether an operation is under way."""
        return self.endswith("_IN_PROGRESS")


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource that the stack has. ``properties`` are the resolved ones it was last given.

    ``incomplete``: its last change failed or was cancelled, so nobody knows which properties it
    has. ``request_id`` is the last request to a custom resource.
    """

    logical_id: str
    type: str
    physical_id: str
    properties: Mapping[str, Any]
    attributes: Mapping[str, Any]
    after: frozenset[str]
    deletion_policy: str
    update_replace_policy: str
    notes: tuple[str, ...] = ()
    incomplete: bool = False
    request_id: str = ""

    @property
    def custom(self) -> bool:
        """Whether a function of the template's author stands behind it."""
        return is_custom(self.type)


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line of the stack's history; the stack itself has its name as logical id."""

    moment: datetime
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str = ""

    def __str__(self) -> str:
        reason = f": {self.reason}" if self.reason else ""
        return f"{self.moment:%H:%M:%S} {self.logical_id} {self.status}{reason}"


@dataclass(kw_only=True)
class History:
    """The events of a stack, oldest first."""

    stack: str
    stack_id: str
    clock: Clock
    events: list[Event] = field(default_factory=list)

    def resource(
        self, logical_id: str, type_: str, physical_id: str, status: str, reason: str = ""
    ) -> None:
        """Something happened to a resource."""
        self.events.append(
            Event(
                moment=self.clock.now(),
                logical_id=logical_id,
                physical_id=physical_id,
                type=type_,
                status=status,
                reason=reason,
            )
        )

    def status(self, status: Status, reason: str = "") -> None:
        """The stack has another status."""
        self.resource(self.stack, "AWS::CloudFormation::Stack", self.stack_id, status, reason)
