"""The parts of one environment: AWS's as models over moto, everything else for real."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ..answers import Answers
from ..aws.account import Account
from ..clock import ScaledClock
from ..cloudformation import CloudFormation
from ..cloudwatch.alarms import AlarmEvaluator
from ..cloudwatch.metrics import Metrics
from ..codedeploy import CodeDeploy
from ..event_rules import EventRules
from ..functions.pool import FunctionPool
from ..host.faults import Fault
from ..host.ports import HOST, Ports
from ..host.processes import Processes
from ..host.tasks import LocalFleet
from ..scaling.target_tracking import TargetTracking
from ..secrets_manager import SecretsManager
from ..state_machine import StateMachines
from .databases import Databases
from .function_environment import FunctionEnvironment
from .launching import Launcher
from .plan import Plan, digest_of
from .recorder import Zero

_STACK_OUTPUT = re.compile(
    r'"Fn::GetStackOutput": \{"StackName": "([^"]+)"[^}]*"OutputName": "([^"]+)"'
)


LATE_SECONDS = 0.3
"""Real: so late the load balancer's last lines of a period may come."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What all environments of a rehearsal share.

    ``turn``: the lock under which moto and the models are used, by one thread at a time; calls of
    functions are waited for without it. ``watched``: the lock of the recording. ``accounts``: by
    environment. ``versions``: all that the scenario knows;
    ``faults``: (environment, version) -> what is wrong with it there.
    """

    clock: ScaledClock
    processes: Processes
    ports: Ports
    listeners: Ports
    turn: threading.Lock
    watched: threading.Lock
    endpoint: Callable[[], str]
    zero: Zero
    accounts: Mapping[str, Account]
    versions: Sequence[str]
    faults: Callable[[str, str], Sequence[Fault]]
    databases: Databases

    def seconds(self, moment: datetime) -> float:
        """A moment of the model as a second of the recording."""
        return round(self.clock.monotonic(moment) - self.zero.at, 2)


@dataclass(frozen=True, kw_only=True)
class Told:
    """Who is told of what happens, in words."""

    task: Callable[[str], None]
    alarm: Callable[[Any], None]
    scaled: Callable[[Any], None]
    rotated: Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, kw_only=True)
class Parts:
    """One environment's parts. They are used under ``turn``."""

    account: Account
    launcher: Launcher
    metrics: Metrics
    function_environment: FunctionEnvironment
    functions: FunctionPool
    machines: StateMachines
    rules: EventRules
    fleet: LocalFleet
    codedeploy: CodeDeploy
    secrets: SecretsManager
    answers: Answers
    cloudformation: CloudFormation
    alarms: AlarmEvaluator
    tracking: TargetTracking

    def run_due(self) -> None:
        """Let everything go on that is due, but state machines, rotations and functions.

        State machines and rotations have threads of their own; functions begin when the load
        balancer has been told what the models have changed, because they may ask it.
        """
        self.rules.run_due()
        self.codedeploy.run_due()
        self.cloudformation.run_due()
        self.alarms.run_due()
        self.tracking.run_due()

    def suspended(self, cluster: str, service: str) -> bool:
        """Whether any scaling of the service is suspended."""
        answer = self.account.client("application-autoscaling").describe_scalable_targets(
            ServiceNamespace="ecs", ResourceIds=[f"service/{cluster}/{service}"]
        )
        return any(
            flag for one in answer["ScalableTargets"] for flag in one["SuspendedState"].values()
        )

    def close(self) -> None:
        """End processes."""
        self.functions.close()
        self.fleet.close()
        self.answers.close()


def make_parts(
    plan: Plan, around: Surroundings, *, listeners: Mapping[int, str], told: Told
) -> Parts:
    """Make them, within moto. ``listeners``: a listener's port in the template -> its URL here."""
    clock = around.clock
    account = around.accounts[plan.name]
    function_environment = FunctionEnvironment(
        account=account,
        endpoint=around.endpoint,
        listeners=listeners,
        authority=around.databases.authority,
    )
    functions = FunctionPool(
        clock=clock,
        start=around.processes.start,
        code=plan.code,
        environment=_in_turn(around.turn, function_environment),
        on_error=_once_begun(around.zero, told.task),
    )
    machines = StateMachines(clock=clock, invoke=_out_of_turn(around.turn, functions.invoke))
    rules = EventRules(
        clock=clock, deliver=functions.invoke_later, account=plan.account, region=plan.region
    )
    launcher = _launcher(plan, around, account)
    fleet = LocalFleet(
        clock=clock,
        factor=clock.factor,
        processes=around.processes,
        ports=around.ports,
        elbv2=account.client("elbv2"),
        launch=launcher.launch,
        check=launcher.check,
        on_change=told.task,
    )
    codedeploy = CodeDeploy(
        clock=clock,
        ecs=account.client("ecs"),
        elbv2=account.client("elbv2"),
        cloudwatch=account.client("cloudwatch"),
        fleet=fleet,
        invoke=functions.invoke_later,
        publish=rules.publish,
        account=plan.account,
    )
    secrets = SecretsManager(
        # Functions compare its dates with their own clock and with when tasks began: both are real.
        clock=ScaledClock(datetime.now(UTC), factor=1),
        account=plan.account,
        region=plan.region,
        invoke=_out_of_turn(around.turn, functions.invoke),
        publish=_each(rules.publish, told.rotated),
    )
    account.models.update(codedeploy=codedeploy, stepfunctions=machines, secretsmanager=secrets)
    metrics = Metrics()
    answers = Answers()
    late = timedelta(seconds=LATE_SECONDS * clock.factor)
    return Parts(
        account=account,
        launcher=launcher,
        metrics=metrics,
        function_environment=function_environment,
        functions=functions,
        machines=machines,
        rules=rules,
        fleet=fleet,
        codedeploy=codedeploy,
        secrets=secrets,
        answers=answers,
        cloudformation=CloudFormation(
            clock=clock,
            client=account.client,
            answers=answers,
            invoke=functions.invoke_later,
            register_function=functions.register,
            register_layer=functions.register_layer,
            register_state_machine=lambda _name, arn, definition, _role: machines.define(
                arn, definition
            ),
            outputs=_outputs(plan, account, around.databases),
            account=plan.account,
            region=plan.region,
        ),
        alarms=AlarmEvaluator(
            clock=clock,
            cloudwatch=account.client("cloudwatch"),
            metrics=metrics,
            on_change=told.alarm,
            delay=late,
        ),
        tracking=TargetTracking(
            clock=clock,
            metrics=metrics,
            scaling=account.client("application-autoscaling"),
            ecs=account.client("ecs"),
            on_scale=told.scaled,
            delay=late,
        ),
    )


def _launcher(plan: Plan, around: Surroundings, account: Account) -> Launcher:
    versions = {digest_of(name): name for name in around.versions}
    return Launcher(
        plan=plan,
        account=account,
        endpoint=around.endpoint,
        version=lambda digest: versions.get(digest, digest[:15]),
        faults=lambda version: around.faults(plan.name, version),
    )


def _outputs(plan: Plan, account: Account, databases: Databases) -> dict[tuple[str, str], str]:
    """What the data's stack, which is not deployed here, would say of the database."""
    found: dict[tuple[str, str], str] = {}
    answer = account.client("secretsmanager").create_secret(
        Name=f"{plan.name}/administrator", SecretString=databases.admin_secret(plan.name)
    )
    values = {
        "EndpointAddress": HOST,
        "EndpointPort": str(databases.port(plan.name)),
        "AdminSecret": str(answer["ARN"]),
    }
    for one in (*plan.stacks, plan.service_stack):
        for stack, output in _STACK_OUTPUT.findall(json.dumps(one.template)):
            for part, value in values.items():
                if part in output:
                    found[stack, output] = value
    return found


def _each(*told: Callable[[Mapping[str, Any]], None]) -> Callable[[Mapping[str, Any]], None]:
    def published(event: Mapping[str, Any]) -> None:
        for one in told:
            one(event)

    return published


def _once_begun(zero: Zero, tell: Callable[[str], None]) -> Callable[[str, str], None]:
    """Errors of functions, but not of tries before users come: an API key is not there at first.

    What fails a stack is told with the stack.
    """

    def failed(package: str, why: str) -> None:
        if zero.moment is not None:
            tell(f"{package} ended in an error: {why}")

    return failed


def _out_of_turn(turn: threading.Lock, invoke: Callable[[str, Any], Any]) -> Callable[..., Any]:
    """Waits for a function without holding up what the function calls."""

    def invoked(function: str, event: Any) -> Any:
        turn.release()
        try:
            return invoke(function, event)
        finally:
            turn.acquire()

    return invoked


def _in_turn(
    turn: threading.Lock, environment: Callable[[Mapping[str, Any]], Mapping[str, str]]
) -> Callable[[Mapping[str, Any]], Mapping[str, str]]:
    """Threads that start a function's process ask moto for its role's credentials."""

    def asked(properties: Mapping[str, Any]) -> Mapping[str, str]:
        with turn:
            return environment(properties)

    return asked
