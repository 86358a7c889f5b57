"""What the handlers of resource types have in common."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.exceptions import ClientError

Properties = Mapping[str, Any]


class ResourceError(Exception):
    """A resource could not be made, changed or deleted. The text is the event's reason.

    ``physical_id``: what a failed creation left behind, to be deleted by the rollback.
    """

    def __init__(self, reason: str, *, physical_id: str = "") -> None:
        super().__init__(reason)
        self.physical_id = physical_id


@dataclass(frozen=True, kw_only=True)
class Request:
    """One resource as a handler is asked for it, its properties resolved.

    ``physical_id`` and ``old`` (the properties it was last given) are empty on a creation.
    """

    stack: str
    stack_id: str
    logical_id: str
    type: str
    properties: Properties
    physical_id: str = ""
    old: Properties = field(default_factory=dict)

    def name(self, most: int = 64) -> str:
        """A physical name as CloudFormation makes one up: stack, logical id and something unique.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
        """
        unique = digest(self.stack_id, self.logical_id, repr(self.properties))[:12].upper()
        room = most - len(unique) - 2
        logical_id = self.logical_id[: room // 2]
        return f"{self.stack[: room - len(logical_id)]}-{logical_id}-{unique}"


@dataclass(frozen=True, kw_only=True)
class Made:
    """A resource as it is now. `Ref` gives its physical id.

    ``attributes``: None after an update that leaves them as they are. ``notes``: properties that
    the place it was made in does not honour, and why. ``request_id``: of the request to a custom
    resource's function that made it.
    """

    physical_id: str
    attributes: Mapping[str, Any] | None = field(default_factory=dict)
    request_id: str = ""
    notes: tuple[str, ...] = ()


class Handler(Protocol):
    """Makes resources of a type. Its methods raise `ResourceError` or botocore's `ClientError`.

    ``name_property``: the property that names the resource, if a template may. ``shortfall`` says
    what is not done for resources of this type; empty when everything the release path needs is.
    """

    name_property: str
    shortfall: str

    def replaces(self, changed: Collection[str], /) -> bool:
        """Whether a change of these properties makes another resource of it."""

    def create(self, request: Request) -> Made:
        """Make the resource."""

    def update(self, request: Request) -> Made:
        """Change the resource in place."""

    def delete(self, request: Request) -> None:
        """Delete the resource; ``request.properties`` are its last ones."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """The account and region that resources are made in. ``client``: service name -> client."""

    account: str
    region: str
    client: Callable[[str], Any]
    partition: str = "aws"

    def arn(self, service: str, resource: str) -> str:
        """An ARN here."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


@dataclass(frozen=True)
class Parameters:
    """Properties as the parameters of an operation, and the names it has no parameter for."""

    values: dict[str, Any]
    unknown: tuple[str, ...]

    def notes(self, operation: str) -> tuple[str, ...]:
        """The unknown ones, as `Made.notes`."""
        return tuple(f"{name}: {operation} has no such parameter" for name in self.unknown)


def parameters(
    client: Any, operation: str, properties: Properties, *, without: Iterable[str] = ()
) -> Parameters:
    """Turn properties into parameters by the operation's own shape.

    CloudFormation's names differ from the API's in their capitals only, and its scalars may be
    texts. Keys of maps, as of a container's log options, are left as they are; tags may become one.
    """
    unknown: list[str] = []
    shape = client.meta.service_model.operation_model(operation).input_shape
    left = {key: value for key, value in properties.items() if key not in set(without)}
    return Parameters(_convert(shape, left, "", unknown), tuple(unknown))


def api_error(error: ClientError) -> str:
    """A refusal of a service's API in the words of CloudFormation's events."""
    details = error.response["Error"]
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return (
        f'Resource handler returned message: "{details.get("Message", "")} '
        f"(Operation: {error.operation_name}; Status Code: {status}; "
        f'Error Code: {details.get("Code", "")})" (HandlerErrorCode: GeneralServiceException)'
    )


def digest(*parts: str) -> str:
    """A text that is always the same for these parts: 64 hexadecimal digits."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def guid(*parts: str) -> str:
    """An id as of keys and stacks, always the same for these parts."""
    return str(uuid.UUID(digest(*parts)[:32]))


def _boolean(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).lower() == "true"


def _string(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_SCALARS: Mapping[str, Callable[[Any], Any]] = {
    "boolean": _boolean,
    "double": float,
    "float": float,
    "integer": int,
    "long": int,
    "string": _string,
}


def _convert(shape: Any, value: Any, path: str, unknown: list[str]) -> Any:
    match shape.type_name:
        case "structure":
            return _structure(shape, value, path, unknown)
        case "list":
            return [_convert(shape.member, item, path, unknown) for item in value]
        case "map":
            if isinstance(value, list):
                value = {one["Key"]: one["Value"] for one in value}
            return {key: _convert(shape.value, item, path, unknown) for key, item in value.items()}
        case kind:
            return _SCALARS.get(kind, lambda as_it_is: as_it_is)(value)


def _structure(shape: Any, value: Properties, path: str, unknown: list[str]) -> dict[str, Any]:
    names = {name.lower(): name for name in shape.members}
    converted = {}
    for key, item in value.items():
        name = names.get(key.lower())
        if name is None:
            unknown.append(f"{path}{key}")
        else:
            converted[name] = _convert(shape.members[name], item, f"{path}{key}.", unknown)
    return converted
