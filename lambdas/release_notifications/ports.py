"""What the function needs of the world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .facts import Deployment, LifecycleEvent
from .message import Message


class Unavailable(Exception):
    """A fact cannot be had; the message says which call, and why."""


@dataclass(frozen=True, kw_only=True)
class Described:
    """A deployment without its events and versions, and the revisions that stand for the latter.

    A revision is a RevisionLocation of CodeDeploy's API; None when the deployment names none.
    """

    deployment: Deployment
    revision: Mapping[str, Any] | None = None
    previous_revision: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class TaskSet:
    """A task set: whether it is the PRIMARY one, and the ARN of its task definition."""

    primary: bool
    task_definition: str


class Aws(Protocol):
    """What AWS knows of one service. Every method raises `Unavailable`."""

    def deployment(self, deployment_id: str) -> Described:
        """The deployment, as far as CodeDeploy describes it itself."""

    def events(self, deployment_id: str) -> tuple[LifecycleEvent, ...]:
        """Its lifecycle events in their order; none before it has begun."""

    def task_definition(self, revision: Mapping[str, Any]) -> str:
        """The ARN of the task definition that a revision deploys."""

    def task_sets(self) -> tuple[TaskSet, ...]:
        """The service's task sets."""

    def image(self, task_definition: str) -> str:
        """Its image's digest, or the image as it is written when that names none."""

    def asked(self) -> str | None:
        """The ARN of the task definition that the stack asked for last; None when there is none."""

    def checks_report(self) -> str | None:
        """What the release checks wrote last, as they wrote it; None when there is nothing."""

    def alarms(self) -> tuple[str, ...]:
        """The names of the group's alarms that are in ALARM."""


class Topic(Protocol):
    """Where people are told."""

    def publish(self, message: Message) -> None:
        """Send it, or raise."""
