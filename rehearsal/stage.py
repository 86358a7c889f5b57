"""What deployments act on, and the queue through which their effects leave."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .deployment import Deployment
from .ecs_service import EcsServices
from .errors import InvocationRefusedError
from .events import Publish, State, state_change
from .lifecycle import Hook
from .traffic import Listeners

Invoke = Callable[[str, Mapping[str, Any]], None]


@dataclass(kw_only=True)
class Stage:
    """The world of the deployments. `moment` is the one whose events are being played.

    Effects are only queued: hooks and receivers of events may call the API, which must find every
    deployment between two of its own steps.
    """

    services: EcsServices
    listeners: Listeners
    invoke: Invoke
    publish: Publish
    account: str
    region: str
    moment: datetime
    new_id: Callable[[], str]
    effects: deque[Callable[[], None]] = field(default_factory=deque)

    def announce(self, deployment: Deployment, state: State) -> None:
        """Queue the event of a change of state."""
        event = state_change(
            state=state,
            deployment_id=deployment.id,
            application=deployment.group.application,
            group=deployment.group.name,
            group_id=deployment.group.id,
            account=self.account,
            region=self.region,
            moment=self.moment,
        )
        self.effects.append(lambda: self.publish(event))

    def call(self, deployment: Deployment, hook: Hook) -> None:
        """Queue the invocation of a hook function.

        The payload: https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
        """
        payload = {
            "DeploymentId": deployment.id,
            "LifecycleEventHookExecutionId": hook.execution_id,
        }

        def run() -> None:
            try:
                self.invoke(hook.function, payload)
            except InvocationRefusedError as error:
                hook.refused = str(error)

        self.effects.append(run)

    def play_effects(self) -> bool:
        """Let the queued effects out, and those that they queue. Whether there were any."""
        any_effect = bool(self.effects)
        while self.effects:
            self.effects.popleft()()
        return any_effect
