"""What CloudFormation asks for: the resource's properties, checked, and the request around them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

# CloudFormation waits 3,600 s at most:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
LATEST_ANSWER = timedelta(minutes=59)
"""After the start; by then an answer is given, whatever is known. CloudFormation waits an hour."""
MAX_TIMEOUT_MINUTES = 57
"""Leaves a rollback two minutes before `LATEST_ANSWER`: traffic goes back in seconds."""

_WHOLE = re.compile(r"[0-9]{1,6}")
_TASK_DEFINITION = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):ecs:(?P<region>[a-z0-9-]+):[0-9]{12}:"
    r"task-definition/(?P<revision>[A-Za-z0-9_-]+:[0-9]+)"
)


class InvalidRequest(ValueError):
    """The event cannot be used; the message is meant for the template's author."""


@dataclass(frozen=True, kw_only=True, order=True)
class Capacity:
    """One item of a capacity provider strategy.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
    """

    provider: str
    weight: int
    base: int


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where tasks run: on what capacity and in which network. Order means nothing in any of it."""

    capacity: frozenset[Capacity]
    subnets: frozenset[str]
    security_groups: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The resource's properties. `hook_function` is empty when there are no release checks."""

    cluster: str
    service: str
    application: str
    group: str
    task_definition: str
    image: str
    container: str
    port: int
    hook_function: str
    placement: Placement
    install: timedelta
    bake: timedelta
    timeout: timedelta
    repeat: int
    checks_parameter: str
    asked_parameter: str

    @property
    def physical_id(self) -> str:
        """The resource's identity: constant for a service, so that no update replaces it."""
        return f"{self.cluster}/{self.service}/release"

    @property
    def revision(self) -> str:
        """`family:revision` of the task definition."""
        return revision_of(self.task_definition)

    @property
    def digest(self) -> str:
        """The image's digest, `sha256:...`; the image itself when it names none."""
        return self.image.rpartition("@")[2]

    @property
    def region(self) -> str:
        """The Region that the task definition is in."""
        match = _TASK_DEFINITION.fullmatch(self.task_definition)
        return match["region"] if match else ""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request: what is wanted, what was before, and when it was made.

    `previous` is None on Create, and when the former properties cannot be used. `started_at` is
    when the waiting began; both times are aware.
    """

    request_id: str
    wanted: Wanted
    previous: Wanted | None
    started_at: datetime

    @property
    def deadline(self) -> datetime:
        """When a deployment that has not moved all traffic yet is taken back."""
        return self.started_at + self.wanted.timeout

    @property
    def latest_answer(self) -> datetime:
        """When CloudFormation is told that it failed, whatever is still going on."""
        return self.started_at + LATEST_ANSWER

    @property
    def repeats(self) -> bool:
        """Whether this update asks to release what it asked for already."""
        return self.previous is not None and self.wanted.repeat > self.previous.repeat

    @property
    def placement_changes(self) -> bool:
        """Whether this update asks for other capacity or another network than the last one."""
        return self.previous is not None and self.previous.placement != self.wanted.placement


def asked(event: Mapping[str, Any], *, started_at: datetime) -> Asked:
    """Return the request of CloudFormation's Create or Update, or raise `InvalidRequest`."""
    request_id = event.get("RequestId")
    if not isinstance(request_id, str) or not request_id:
        raise InvalidRequest(f"the event has no RequestId, got {request_id!r}")
    return Asked(
        request_id=request_id,
        wanted=parse(event.get("ResourceProperties")),
        previous=_previous(event.get("OldResourceProperties")),
        started_at=started_at,
    )


def _previous(properties: object) -> Wanted | None:
    try:
        return parse(properties)
    except InvalidRequest:
        # An update to bad properties failed, and CloudFormation goes back to good ones. Refusing
        # because of the bad ones would leave the stack in UPDATE_ROLLBACK_FAILED.
        return None


def parse(properties: object) -> Wanted:
    """Return what a resource's properties ask for, or raise `InvalidRequest`."""
    if not isinstance(properties, Mapping):
        raise InvalidRequest("the request has no ResourceProperties")
    task_definition = _text(properties, "TaskDefinition")
    if not _TASK_DEFINITION.fullmatch(task_definition):
        raise InvalidRequest(
            "TaskDefinition must be the ARN of one revision "
            f"(arn:aws:ecs:REGION:ACCOUNT:task-definition/FAMILY:REVISION), got {task_definition!r}"
        )
    return Wanted(
        cluster=_text(properties, "Cluster"),
        service=_text(properties, "Service"),
        application=_text(properties, "Application"),
        group=_text(properties, "DeploymentGroup"),
        task_definition=task_definition,
        image=_text(properties, "Image"),
        container=_text(properties, "ContainerName"),
        port=_whole(properties, "ContainerPort", 1, 65535),
        hook_function=_optional_text(properties, "HookFunction"),
        placement=Placement(
            capacity=_capacity(_text(properties, "Capacity")),
            subnets=_texts(properties, "Subnets"),
            security_groups=_texts(properties, "SecurityGroups"),
        ),
        install=timedelta(minutes=_whole(properties, "InstallMinutes", 1, MAX_TIMEOUT_MINUTES)),
        bake=timedelta(minutes=_whole(properties, "BakeMinutes", 0, MAX_TIMEOUT_MINUTES)),
        timeout=timedelta(minutes=_whole(properties, "TimeoutMinutes", 1, MAX_TIMEOUT_MINUTES)),
        repeat=_whole(properties, "Repeat", 0, 999_999),
        checks_parameter=_optional_text(properties, "ChecksParameter"),
        asked_parameter=_optional_text(properties, "AskedParameter"),
    )


def moment(value: object, name: str) -> datetime:
    """Return the ISO-8601 time that the state machine gave, or raise `InvalidRequest`."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        raise InvalidRequest(f"{name} must be an ISO-8601 time, got {value!r}") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def revision_of(task_definition: str) -> str:
    """Return `family:revision` of a task definition's ARN."""
    return task_definition.rpartition("/")[2]


def _capacity(text: str) -> frozenset[Capacity]:
    try:
        items = json.loads(text)
        return frozenset(
            Capacity(
                provider=str(item["CapacityProvider"]),
                weight=int(item.get("Weight", 0)),
                base=int(item.get("Base", 0)),
            )
            for item in items
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        raise InvalidRequest(
            'Capacity must be a JSON list of {"CapacityProvider": name, "Weight": number, "Base": '
            f"number}}, got {text!r}"
        ) from None


def _text(properties: Mapping[str, Any], name: str) -> str:
    value = properties.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidRequest(f"{name} must be a text that is not empty, got {value!r}")
    return value


def _optional_text(properties: Mapping[str, Any], name: str) -> str:
    value = properties.get(name, "")
    if not isinstance(value, str):
        raise InvalidRequest(f"{name} must be a text, got {value!r}")
    return value


def _texts(properties: Mapping[str, Any], name: str) -> frozenset[str]:
    value = properties.get(name)
    if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
        raise InvalidRequest(f"{name} must be a list of texts that is not empty, got {value!r}")
    return frozenset(value)


def _whole(properties: Mapping[str, Any], name: str, least: int, most: int) -> int:
    value = properties.get(name)
    # CloudFormation makes every number of a template a text.
    if isinstance(value, str) and _WHOLE.fullmatch(value) and least <= int(value) <= most:
        return int(value)
    raise InvalidRequest(f"{name} must be a whole number {least}..{most}, got {value!r}")
