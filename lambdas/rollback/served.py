"""Which revisions of a service have served, told from its CodeDeploy deployments. Pure: no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

# https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentInfo.html
ACTIVE_STATUSES = ("Created", "Queued", "InProgress", "Baking", "Ready")
SUCCEEDED = "Succeeded"
READY = "Ready"
# The description of a deployment that this package starts begins with it.
ROLLBACK_DESCRIPTION = "pase rollback"
_CODEDEPLOY_ROLLBACK = "codeDeployRollback"


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A CodeDeploy deployment. Times are aware of their zone.

    `task_definition` and `appspec` are None when CodeDeploy no longer has the revision or when it
    was not read; `rolled_back_by` is the deployment that took this one back.
    """

    id: str
    status: str
    created: datetime
    completed: datetime | None = None
    description: str = ""
    creator: str = "user"
    error: str = ""
    rolled_back_by: str | None = None
    rollback_of: str | None = None
    in_standby: bool = False
    task_definition: str | None = None
    appspec: str | None = None

    @property
    def active(self) -> bool:
        """Whether CodeDeploy still works on it, hot standby included."""
        return self.status in ACTIVE_STATUSES

    @property
    def automatic(self) -> bool:
        """Whether CodeDeploy made it to take another one back."""
        return self.creator == _CODEDEPLOY_ROLLBACK

    @property
    def takes_back(self) -> bool:
        """Whether it goes back to a revision that served: CodeDeploy's rollback, or ours."""
        return self.automatic or self.description.startswith(ROLLBACK_DESCRIPTION)


def served_revisions(deployments: Iterable[Deployment]) -> list[str]:
    """Return the task definitions that served, oldest first, without those taken back.

    Only deployments that succeeded count: one that is in hot standby has not, and one stopped
    there was taken back. A rollback removes what came after the revision it went back to, so that
    a second rollback goes further back and never to the version that the first one left.
    """
    served: list[str] = []
    for deployment in sorted(deployments, key=lambda one: (one.created, one.id)):
        revision = deployment.task_definition
        if deployment.status != SUCCEEDED or revision is None:
            continue
        if deployment.takes_back and revision in served:
            last = len(served) - 1 - served[::-1].index(revision)
            del served[last + 1 :]
        elif not served or served[-1] != revision:
            served.append(revision)
    return served


def previous_revision(
    *,
    serving: str,
    deployments: Sequence[Deployment],
    family_revisions: Sequence[str],
) -> str | None:
    """Return the task definition that served before `serving`, None when nothing did.

    `family_revisions` are the family's ACTIVE revisions. They answer when `serving` is the first
    that CodeDeploy deployed (ECS created the service with another one): the nearest revision below
    it that no deployment failed with.
    """
    served = served_revisions(deployments)
    if serving in served:
        del served[len(served) - 1 - served[::-1].index(serving) :]
    earlier = [revision for revision in served if revision != serving]
    if earlier:
        return earlier[-1]
    failed = {one.task_definition for one in deployments if one.status != SUCCEEDED}
    family, number = split_revision(serving)
    older = [
        (split_revision(arn)[1], arn)
        for arn in family_revisions
        if arn not in failed and split_revision(arn)[0] == family
    ]
    below = [(revision, arn) for revision, arn in older if revision < number]
    return max(below)[1] if below else None


_REVISION = re.compile(r"(?:arn:[^/]+:task-definition/)?(?P<family>[A-Za-z0-9_-]+):(?P<number>\d+)")


def split_revision(task_definition: str) -> tuple[str, int]:
    """Return family and number of an ARN or a `family:number`; `ValueError` for anything else."""
    match = _REVISION.fullmatch(task_definition)
    if match is None:
        raise ValueError(f"{task_definition!r} is no task definition with a revision")
    return match["family"], int(match["number"])


def short_revision(task_definition: str) -> str:
    """Return `family:number` of a task definition's ARN."""
    return task_definition.rpartition("/")[2]
