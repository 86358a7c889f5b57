"""The operations of the API that the model answers.

https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .clock import Clock
from .deployments_api import DeploymentsApi
from .errors import ApiError
from .registry import Registry
from .stage import Stage


class Operations:
    """Finds the method of an operation: `GetDeployment` is `get_deployment`."""

    def __init__(self, *, stage: Stage, clock: Clock) -> None:
        self._registry = Registry(clock=clock, new_id=stage.new_id)
        self._deployments = DeploymentsApi(stage=stage, clock=clock, registry=self._registry)
        self.deployments = self._deployments.all
        self.active = self._deployments.active
        self.add = self._deployments.add
        self.note_end = self._deployments.note_end
        self._methods = {
            **self._registry.operations(),
            **self._deployments.operations(),
        }

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Answer, or raise `ApiError`."""
        method = self._methods.get(operation)
        if method is None:
            raise ApiError(
                "UnknownOperationException",
                f"{operation} is not part of the model, which knows "
                f"{', '.join(sorted(self._methods))}",
            )
        return method(parameters)
