"""One environment as it is played: built from its templates, then looked after all the time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from assembly.read import AssembledStack

from ..balancer import Balancer, Group, Listener
from ..cloudwatch.alarms import AlarmChange
from ..deployment import Deployment
from ..errors import RehearsalError
from ..event_rules import rules_of
from ..recording import EnvironmentRecord
from ..stack import Stack
from ..stack_state import Status
from .listeners import BlueGreen, blue_green_of, full_name, shares
from .measure import BalancerMetrics
from .parts import Parts, Surroundings, Told, make_parts
from .plan import Plan, another_policy, patient, touched_policy
from .recorder import Recorder
from .rotations import RotationLog
from .watching import Watching

PRODUCTION_PORT = 443
TEST_PORT = 8443
_BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"
"""What a bootstrapped account has, and each template asks for: docs/guide.md."""


_DATABASE_SECRET = ("DATABASE_SECRET_ID", "DATABASE_SECRET")
"""Variables of a task, docs/guide.md: where its secret is, or what is in it."""


class Environment:
    """An environment: `build` it, `create` its stacks, and `tick` from then on; `serve` when the
    service's stack is there.
    """

    def __init__(self, plan: Plan, around: Surroundings) -> None:
        self.plan = plan
        self.record = EnvironmentRecord(
            name=plan.name,
            account=plan.account,
            region=plan.region,
            service=plan.service_name,
            strategy=plan.strategy,
        )
        self.recorder = Recorder(record=self.record, zero=around.zero, lock=around.watched)
        self.groups: BlueGreen | None = None
        self._seen: Watching | None = None
        self.asked_for = ""
        self._to_create: list[AssembledStack] = []
        self._first = ""
        self._active: dict[str, None] = {}
        self._around = around
        self._production = Listener(name="production", port=around.listeners.take())
        self._test = Listener(name="test", port=around.listeners.take())
        self._loaded: Mapping[str, Sequence[Group]] = {}
        self._wanted: Mapping[str, Sequence[Group]] = {}

    @property
    def name(self) -> str:
        """As in the configuration."""
        return self.plan.name

    @property
    def url(self) -> str:
        """The production listener."""
        return f"http://127.0.0.1:{self._production.port}"

    @property
    def stack(self) -> Stack:
        """The service's stack."""
        return self.parts.cloudformation.stack(self.plan.service_stack.stack_name)

    @property
    def seen(self) -> Watching:
        """What has been seen since `serve`."""
        assert self._seen is not None, f"{self.name} does not serve yet"
        return self._seen

    def build(self) -> None:
        """Start the load balancer and make the models. moto must be there, under ``turn``."""
        self.parts: Parts = make_parts(
            self.plan,
            self._around,
            listeners={
                PRODUCTION_PORT: self.url,
                TEST_PORT: f"http://127.0.0.1:{self._test.port}",
            },
            told=Told(
                task=lambda text: self.recorder.mark("task", text),
                alarm=self._alarm_changed,
                scaled=lambda change: self.recorder.mark(
                    "scaling", f"{change.old} to {change.new} tasks: {change.reason}"
                ),
                rotated=RotationLog(
                    record=self.record,
                    recorder=self.recorder,
                    why=lambda: self.parts.secrets.rotations.failures[-1],
                ).published,
            ),
        )
        self.published = BalancerMetrics(metrics=self.parts.metrics, clock=self._around.clock)
        self.balancer = Balancer(
            start=self._around.processes.start,
            folder=self._around.processes.folder / f"balancer-{self.name}",
            name=self.name,
            listeners=[self._production, self._test],
            on_access=self.published.add,
        )
        self.balancer.open()
        self.parts.account.client("ssm").put_parameter(Name=_BOOTSTRAP, Value="30", Type="String")

    def create(self, version: str) -> None:
        """Begin to create the stacks around the service, one after the other, and then its own."""
        self._to_create = [*self.plan.stacks]
        self._first = version
        self._create_next()

    def _create_next(self) -> None:
        """Go on with it. Raises `RehearsalError` when a stack could not be created."""
        while self._to_create:
            stack = self.parts.cloudformation.stack(self._to_create[0].stack_name)
            if stack.status == Status.NONE:
                stack.create(patient(self._to_create[0].template))
            if stack.status.in_progress:
                return
            if stack.status != Status.CREATE_COMPLETE:
                raise _not_created(stack)
            for name, properties in rules_of(stack.resources.values()):
                self.parts.rules.add(name, properties)
            self._make_topics(stack)
            del self._to_create[0]
        if not self.asked_for:
            self.deploy(self._first)

    def deploy(self, version: str, *, touched: bool = False) -> None:
        """Begin to update the service's stack to a version; ``touched``: and its listeners.

        Listeners that were touched before stay as they are.
        """
        policy = touched_policy(self.stack.resources.values())
        if touched:
            policy = another_policy(policy)
        self.stack.deploy(self.plan.template(version, policy=policy))
        self.asked_for = version

    def ready(self) -> bool:
        """Whether the first version's tasks are healthy, users would reach them, and every rotation
        has been tried.

        Raises `RehearsalError` when the service's stack could not be created.
        """
        if not self.asked_for:
            return False
        status = self.stack.status
        if not status.in_progress and status != "CREATE_COMPLETE":
            raise _not_created(self.stack)
        if self.parts.secrets.rotations.under_way:
            return False
        if self.groups is None or self._loaded != self._wanted:
            return False
        service = self.parts.codedeploy.service(self._cluster(), self.plan.service_name)
        targets = self.parts.fleet.targets(self.groups.blue)
        healthy = sum(one.state == "healthy" for one in targets)
        return service is not None and 0 < service.desired <= healthy

    def serve(self) -> None:
        """The service's stack is there: measure from now on."""
        assert self.groups is not None
        self.published.name(full_name(self.groups.load_balancer))
        self.parts.alarms.refresh()
        self._seen = Watching(
            plan=self.plan,
            parts=self.parts,
            groups=self.groups,
            published=self.published,
            recorder=self.recorder,
            cluster=self._cluster(),
            clock=self._around.clock,
            seconds=self._around.seconds,
            alarms=lambda: tuple(self._active),
        )
        self.recorder.begin()
        self._seen.routed(self._loaded["production"])

    def tick(self) -> None:
        """Let everything go on, and look at it. Under ``turn``."""
        self.parts.run_due()
        if not self.asked_for:
            self._create_next()
        self._plan_routes()
        if self._seen is not None:
            self._seen.look()

    def route(self) -> None:
        """Tell the load balancer who gets what, when that has changed; then functions may begin.

        Without ``turn``.
        """
        wanted = self._wanted
        if wanted != self._loaded:
            self.balancer.route(wanted)
            if self._seen is not None:
                self._seen.routed(wanted["production"])
            self._loaded = wanted
        self.parts.functions.run_due()

    def _plan_routes(self) -> None:
        """Note who is to get what, from the listeners' weights and the targets' health."""
        if self.groups is None and self.stack.status == "CREATE_COMPLETE":
            self.groups = blue_green_of(self.stack)
        if self.groups is None:
            return
        self._wanted = {
            "production": self._routes(self.groups.production),
            "test": self._routes(self.groups.test),
        }

    def database_secret(self) -> str:
        """The ARN of the secret with which the service logs in to its database.

        Raises `RehearsalError`.
        """
        for one in self.stack.resources.values():
            if one.type == "AWS::ECS::TaskDefinition":
                container = one.properties["ContainerDefinitions"][0]
                for each in (*container.get("Environment", []), *container.get("Secrets", [])):
                    if each["Name"] in _DATABASE_SECRET:
                        given = str(each.get("Value") or each["ValueFrom"])
                        return ":".join(given.split(":")[:7])
        raise RehearsalError(
            f"{self.plan.service_name} has no secret of a database in {self.name}: its container "
            f"has none of {', '.join(_DATABASE_SECRET)}"
        )

    def current_logs_in(self) -> bool:
        """Whether what AWSCURRENT of the database's secret says logs in. Under ``turn``."""
        client = self.parts.account.client("secretsmanager")
        text = client.get_secret_value(SecretId=self.database_secret())["SecretString"]
        return self._around.databases.logs_in(json.loads(text))

    def sessions(self) -> tuple[int, int]:
        """How many sessions there are at the database, and how many tasks. Under ``turn``."""
        tasks = sum(one.pid is not None for one in self.parts.fleet.tasks())
        return sum(self._around.databases.sessions(self.name).values()), tasks

    def restart_database(self) -> None:
        """Its database stops and starts again."""
        self._around.databases.servers[self.name].restart()

    def deployments(self) -> list[Deployment]:
        """CodeDeploy's, oldest first."""
        return self.parts.codedeploy.deployments

    def close(self) -> None:
        """End everything that runs."""
        if hasattr(self, "parts"):
            self.parts.close()
        if hasattr(self, "balancer"):
            self.balancer.close()

    def _alarm_changed(self, change: AlarmChange) -> None:
        """Target tracking has alarms of its own, which no release looks at."""
        if change.name.startswith("TargetTracking-"):
            return
        if change.new == "ALARM":
            self._active[change.name] = None
            self.recorder.mark("alarm", f"{change.name} is on: {change.reason}")
        elif self._active.pop(change.name, "off") is None:
            self.recorder.mark("alarm", f"{change.name} is off: {change.reason}")

    def _cluster(self) -> str:
        (service,) = [
            one for one in self.stack.resources.values() if one.type == "AWS::ECS::Service"
        ]
        return str(service.properties["Cluster"]).rsplit("/", 1)[-1]

    def _make_topics(self, stack: Stack) -> None:
        """The model of CloudFormation makes up a topic's values; messages need the topic."""
        for one in stack.resources.values():
            if one.type == "AWS::SNS::Topic":
                self.parts.account.client("sns").create_topic(Name=one.physical_id.split(":")[-1])

    def _routes(self, listener: str) -> Sequence[Group]:
        assert self.groups is not None
        found = shares(self.plan.account, self.plan.region, listener)
        return [
            Group(
                name=self.groups.colour(group), weight=weight, targets=tuple(self._targets(group))
            )
            for group, weight in found.items()
        ]

    def _targets(self, group: str) -> list[str]:
        """The healthy targets; all unhealthy ones when none is healthy.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
        """
        targets = self.parts.fleet.targets(group)
        healthy = [one.address for one in targets if one.state == "healthy"]
        return sorted(healthy or [one.address for one in targets if one.state == "unhealthy"])


def _not_created(stack: Stack) -> RehearsalError:
    failed = [one.reason for one in stack.events if one.status.endswith("_FAILED")]
    why = failed[0] if failed else "no resource says why"
    return RehearsalError(f"{stack.name} could not be created ({stack.status}): {why}")
