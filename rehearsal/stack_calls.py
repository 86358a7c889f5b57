"""Asks whoever makes a resource: its type's handler, which answers at once, or a function."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

from botocore.exceptions import ClientError

from .custom_resource import CustomResources
from .resources.base import Made, Request, ResourceError, api_error
from .resources.registry import Handlers
from .stack_run import Wait
from .template import is_custom

Call = Generator[Wait, None, Made]
T = TypeVar("T")


class Calls:
    """Creations, updates and deletions; each raises `ResourceError` when it fails."""

    def __init__(self, *, handlers: Handlers, custom: CustomResources) -> None:
        self._handlers = handlers
        self._custom = custom

    def replaces(self, type_: str, changed: set[str]) -> bool:
        """Whether a change of these properties makes another resource; a function tells later."""
        return not is_custom(type_) and self._handlers.of(type_).replaces(changed)

    def name_property(self, type_: str) -> str:
        """The property that names resources of the type, empty when a template cannot."""
        return self._handlers.of(type_).name_property

    def shortfall(self, type_: str) -> str:
        """What is not done for resources of the type, empty when nothing is missing."""
        return "" if is_custom(type_) else self._handlers.of(type_).shortfall

    def create(self, request: Request) -> Call:
        """Make a resource."""
        if is_custom(request.type):
            return (yield from self._custom.create(request))
        return _asked(lambda: self._handlers.of(request.type).create(request))

    def update(self, request: Request) -> Call:
        """Change a resource in place; a function may answer that it is another one now."""
        if is_custom(request.type):
            return (yield from self._custom.update(request))
        return _asked(lambda: self._handlers.of(request.type).update(request))

    def delete(self, request: Request) -> Generator[Wait, None, None]:
        """Delete a resource."""
        if is_custom(request.type):
            yield from self._custom.delete(request)
        else:
            _asked(lambda: self._handlers.of(request.type).delete(request))


def _asked(call: Callable[[], T]) -> T:
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] == "UnknownOperationException":
            # A model has been asked for what it does not know: no refusal of AWS's.
            raise
        raise ResourceError(api_error(error)) from error
