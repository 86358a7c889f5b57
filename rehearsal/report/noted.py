"""Which marks get a numbered pin on the timeline, and what kinds of marks are called."""

from __future__ import annotations

from ..recording import EnvironmentRecord, Mark, MarkKind

PINNED: frozenset[MarkKind] = frozenset(
    {"alarm", "rollback", "task", "action", "approval", "message", "failed", "rotation"}
)
KINDS: dict[MarkKind, str] = {
    "deploy": "Update began",
    "done": "Update ended",
    "failed": "Update failed",
    "approval": "Approval",
    "gate": "Gate",
    "traffic": "Traffic",
    "alarm": "Alarm",
    "rollback": "Rollback decided",
    "scaling": "Scaling",
    "task": "Task ended",
    "action": "Scenario",
    "message": "Message",
    "rotation": "Rotation",
}
TONES: dict[MarkKind, str] = {
    "alarm": "bad",
    "rollback": "bad",
    "failed": "bad",
    "approval": "approval",
    "task": "approval",
    "action": "gate",
    "message": "muted",
    "rotation": "muted",
}


def pinned(record: EnvironmentRecord) -> list[Mark]:
    """The marks that get a pin, in the order of time: the first has number 1."""
    return sorted((one for one in record.marks if one.kind in PINNED), key=lambda one: one.at)


def quiet(record: EnvironmentRecord) -> bool:
    """Whether nothing happened in the environment: nothing released, failed, alarmed or noted."""
    return not (
        any(one.result != "not reached" for one in record.releases)
        or record.deployments
        or pinned(record)
        or any(one.failed or one.alarms for one in record.samples)
    )
