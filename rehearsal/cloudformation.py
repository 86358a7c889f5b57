"""A model of CloudFormation for the stacks of the release path.

It deploys synthesized templates: functions and custom resources are asked as CloudFormation asks
them, load balancers, services and alarms are made in moto, deployment groups in the model of
CodeDeploy. What it does not do is listed by `Stack.not_honoured`, and what it does not know is an
error. Each behaviour names the page of AWS it comes from; where the public record is silent the
choice says "not documented". Only custom resources take time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from .answers import Answers
from .clock import Clock
from .custom_resource import CustomResources, Invoke
from .outside import OutsideStacks
from .resources.base import Place, guid
from .resources.ecs import CreateService
from .resources.functions import RegisterFunction, RegisterStateMachine
from .resources.registry import Handlers
from .stack import Stack
from .stack_calls import Calls


class CloudFormation:
    """The stacks of one account and region.

    ``client``: service name -> boto3 client that reaches moto (codedeploy's: the model); each is
    asked for once. ``invoke``: given a function's ARN and the event of a custom resource; the
    function may run then and there or later, its answer counts once it has arrived at `answers`.
    ``register_function`` is given a function's ARN and its properties, ``register_layer`` those of
    a version of a layer, ``register_state_machine`` a name, an ARN, the definition with its
    substitutions made, and the role's ARN, on every change.
    ``create_service`` is ECS's CreateService.

    An output of another stack is that of a stack deployed here, else the one in ``outputs`` by
    (stack, output), else what `OutsideStacks` makes of its name.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        client: Callable[[str], Any],
        answers: Answers,
        invoke: Invoke,
        register_function: RegisterFunction,
        register_state_machine: RegisterStateMachine,
        register_layer: RegisterFunction = lambda _arn, _properties: None,
        create_service: CreateService | None = None,
        outputs: Mapping[tuple[str, str], str] | None = None,
        account: str = "123456789012",
        region: str,
    ) -> None:
        self._clock = clock
        self._place = Place(account=account, region=region, client=cache(client))
        self._outputs = outputs or {}
        self._outside: OutsideStacks | None = None
        self._calls = Calls(
            handlers=Handlers(
                self._place,
                create_service=create_service,
                register_function=register_function,
                register_layer=register_layer,
                register_state_machine=register_state_machine,
            ),
            custom=CustomResources(clock=clock, answers=answers, invoke=invoke),
        )
        self._stacks: dict[str, Stack] = {}

    def stack(self, name: str) -> Stack:
        """The stack of that name; it need not exist yet."""
        if name not in self._stacks:
            unique = guid(self._place.account, self._place.region, name)
            self._stacks[name] = Stack(
                name,
                stack_id=self._place.arn("cloudformation", f"stack/{name}/{unique}"),
                place=self._place,
                clock=self._clock,
                calls=self._calls,
                outputs=self._output,
            )
        return self._stacks[name]

    def run_due(self) -> None:
        """Let every stack's operation go on."""
        for stack in list(self._stacks.values()):
            stack.run_due()

    def next_due(self) -> datetime | None:
        """When something happens in a stack by itself."""
        dues = [due for one in self._stacks.values() if (due := one.next_due()) is not None]
        return min(dues, default=None)

    def _output(self, stack: str, name: str) -> str:
        deployed = self._stacks.get(stack)
        if deployed and name in deployed.outputs:
            return deployed.outputs[name]
        if (stack, name) in self._outputs:
            return self._outputs[stack, name]
        if self._outside is None:
            self._outside = OutsideStacks(self._place)
        return self._outside(stack, name)
