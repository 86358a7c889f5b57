"""What a rollback needs of the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from .served import Deployment


class CallFailed(Exception):
    """AWS refused a call or did not answer it.

    `action` and `resource` are what IAM calls them; `cause` is boto3's error.
    """

    def __init__(self, *, doing: str, action: str, resource: str, cause: Exception) -> None:
        super().__init__(f"{doing}: {cause}")
        self.doing = doing
        self.action = action
        self.resource = resource
        self.cause = cause


class Overtaken(Exception):
    """What was planned no longer fits: a deployment ended or began meanwhile."""


@dataclass(frozen=True, kw_only=True)
class TaskSets:
    """Task definitions of a service's PRIMARY task set (None: it has none) and of the others."""

    serving: str | None
    others: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TaskDefinition:
    """A task definition. `image` is that of the container called `app`, else of the first."""

    arn: str
    active: bool
    image: str

    @property
    def digest(self) -> str | None:
        """The image's digest, `sha256:...`; None when its reference has none."""
        return self.image.partition("@")[2] or None


class Releases(Protocol):
    """The releases of one cluster's services. Every method raises `CallFailed`."""

    def task_sets(self, service: str) -> TaskSets | None:
        """Return the service's task sets; None when it does not exist or is not ACTIVE."""

    def deployments(self, service: str) -> list[Deployment]:
        """Return the latest deployments with their revisions, newest first."""

    def task_definition(self, name: str) -> TaskDefinition | None:
        """Return the task definition of an ARN or `family:number`; None when there is none."""

    def family_revisions(self, family: str) -> list[str]:
        """Return the ARNs of the family's newest ACTIVE revisions, newest first."""

    def alarms(self, service: str) -> tuple[Sequence[str], Sequence[str]]:
        """Return the deployment group's alarms: those in ALARM, and all others."""

    def stop(self, deployment: str) -> None:
        """Stop it with rollback. Raises `Overtaken` when it has ended."""

    def start(
        self, *, service: str, appspec: str, description: str, alarms: Sequence[str] | None
    ) -> str:
        """Start a deployment and return its id. Raises `Overtaken` when another is active.

        `alarms` are the only ones that may stop it; None leaves the deployment group's.
        """
