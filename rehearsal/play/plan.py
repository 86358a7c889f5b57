"""What is to be played: one service, its environments, and the templates that would deploy it.

Everything about the system is read from the templates. The configuration only says what they do
not: the order of the road, and how the service is started as a process.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assembly.read import AssembledStack, Assembly
from config.model.configuration import Configuration, EnvironmentConfiguration
from config.model.service import Release, Service

from ..errors import RehearsalError
from ..stack_state import Resource

Template = dict[str, Any]

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
_POLICIES = ("ELBSecurityPolicy-TLS13-1-3-2021-06", "ELBSecurityPolicy-TLS13-1-2-2021-06")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One environment of the road. ``stacks`` are those of the release path, in deploy order."""

    name: str
    stage: str
    account: str
    region: str
    approval: bool
    gate: str
    strategy: str
    service_name: str
    service: Service
    source: Path
    assembly: Path
    digest: str
    stacks: tuple[AssembledStack, ...]
    service_stack: AssembledStack
    left_out: tuple[str, ...]
    other_regions: tuple[str, ...] = ()
    change: Callable[[Template], None] | None = None

    def template(self, version: str, *, policy: str = "") -> Template:
        """The service's stack with that version's image.

        ``policy``: of the listeners, when it is not the template's own; such an update is one that
        CloudFormation has to touch the listeners for. ``change`` is made in any case: with it a
        test plants a mistake.
        """
        text = json.dumps(self.service_stack.template)
        found: Template = json.loads(text.replace(self.digest, digest_of(version)))
        if self.change is not None:
            self.change(found)
        if policy:
            _set_policy(found, policy)
        return found

    def code(self, properties: Mapping[str, Any]) -> Path:
        """The folder that the assembly holds for the code of a function or a layer.

        An asset's key is its hash, and its folder's name as well.
        """
        code = properties.get("Code") or properties["Content"]
        key = str(code.get("S3Key", ""))
        folder = self.assembly / f"asset.{key.removesuffix('.zip')}"
        if not folder.is_dir():
            raise RehearsalError(
                f"{folder}: the code of {properties.get('Handler', 'a layer')} is not in the "
                "assembly; synthesize it again"
            )
        return folder


def digest_of(version: str) -> str:
    """The digest that stands for a version's image: no image is built."""
    return "sha256:" + hashlib.sha256(f"rehearsal of {version}".encode()).hexdigest()


def make_plans(
    configuration: Configuration,
    assembly: Assembly,
    *,
    root: Path,
    service: str | None,
    environments: Sequence[str] | None,
) -> list[Plan]:
    """A plan for each environment, in the order of the road. Raises `RehearsalError`.

    ``service``: by default the first one that can be started as a process; ``environments``: by
    default all of the road.
    """
    name = service or _first_startable(configuration)
    wanted = environments or [one.name for one in configuration.environments]
    return [
        _plan(one, assembly, root=root, name=name)
        for one in configuration.environments
        if one.name in wanted
    ]


def _first_startable(configuration: Configuration) -> str:
    for one in configuration.environments:
        for name, service in one.services.items():
            if service.container.local_command:
                return name
    raise RehearsalError(
        "config/services: no service has container.local_command, so none can be started as a "
        'process; give one, as ["python", "-m", "storefront"]'
    )


def _plan(
    configuration: EnvironmentConfiguration, assembly: Assembly, *, root: Path, name: str
) -> Plan:
    service = configuration.services.get(name)
    if service is None:
        raise RehearsalError(
            f"there is no service {name!r}; the services are {', '.join(configuration.services)}"
        )
    if not service.container.local_command:
        raise RehearsalError(
            f"config/services/{name}.toml: container.local_command is not given, so {name} cannot "
            'be started as a process; give it, as ["python", "-m", "storefront"]'
        )
    region = configuration.regions[0].name
    account = configuration.environment.account
    stacks = _stacks_of(assembly, account=account, region=region)
    own = _service_stack(stacks, name, environment=configuration.name)
    path = tuple(one for one in stacks if one is own or _on_the_path(one))
    return Plan(
        name=configuration.name,
        stage=own.stage,
        account=account,
        region=region,
        approval=configuration.environment.approval,
        gate=configuration.environment.gate,
        strategy=_strategy(service.release),
        service_name=name,
        service=service,
        source=root / (service.image.source or "."),
        assembly=assembly.root,
        digest=_digest(own),
        stacks=tuple(one for one in path if one is not own),
        service_stack=own,
        left_out=tuple(one.stack_name for one in stacks if one not in path),
        other_regions=tuple(one.name for one in configuration.regions[1:]),
    )


def _stacks_of(assembly: Assembly, *, account: str, region: str) -> tuple[AssembledStack, ...]:
    for stacks in assembly.stages.values():
        if (stacks[0].account, stacks[0].region) == (account, region):
            return stacks
    raise RehearsalError(
        f"{assembly.root}: no stage is for account {account} in {region}; synthesize it again"
    )


def _service_stack(
    stacks: Sequence[AssembledStack], name: str, *, environment: str
) -> AssembledStack:
    for one in stacks:
        if any(each.get("ServiceName") == name for each in one.properties("AWS::ECS::Service")):
            return one
    raise RehearsalError(
        f"no template of {environment} has an AWS::ECS::Service named {name}: there is nothing to "
        "release; synthesize it again"
    )


def _on_the_path(stack: AssembledStack) -> bool:
    """Whether it holds functions of ours and no service: the stacks that releases go through.

    What watches over databases and entries has no part in a release.
    """
    if stack.resources("AWS::ECS::Service") or stack.name == "Guardrails":
        return False
    handlers = [str(one.get("Handler")) for one in stack.properties("AWS::Lambda::Function")]
    return any(one.startswith("lambdas.") for one in handlers)


def _digest(stack: AssembledStack) -> str:
    """What stands for the version in the template. Raises `RehearsalError` without one."""
    (task,) = stack.properties("AWS::ECS::TaskDefinition")
    image = task["ContainerDefinitions"][0]["Image"]
    digest = str(image).partition("@")[2]
    if not _DIGEST.fullmatch(digest):
        raise RehearsalError(
            f"{stack.path.name}: the image of the task is {image!r}, which names no digest, so "
            "versions cannot be told apart; synthesize it with an image that is pinned by its "
            "digest, as repository@sha256:..."
        )
    return digest


def _strategy(release: Release) -> str:
    every = f"{release.step_percent} % / {release.step_interval_minutes} min"
    match release.strategy:
        case "canary":
            return f"canary {every}"
        case "linear":
            return f"linear {every}"
        case _:
            return "all at once"


def patient(template: Template) -> Template:
    """A template whose custom resources are waited for as long as CloudFormation waits at most.

    For stacks around the service: a function that makes a database takes real time, and minutes of
    AWS's time are few real seconds. How long they may take is not what is rehearsed.
    """
    found: Template = json.loads(json.dumps(template))
    for resource in found["Resources"].values():
        if resource["Type"].startswith("Custom::"):
            resource["Properties"].pop("ServiceTimeout", None)
    return found


def touched_policy(resources: Iterable[Resource]) -> str:
    """The policy that these resources' listeners have of a touched update; empty: of none."""
    for one in resources:
        if one.type == _LISTENER and one.properties.get("SslPolicy") in _POLICIES:
            return str(one.properties["SslPolicy"])
    return ""


def another_policy(policy: str) -> str:
    """A policy that differs from that one and from the template's own."""
    return next(one for one in _POLICIES if one != policy)


def _set_policy(template: Template, policy: str) -> None:
    """Change the listeners' policy, and with it what the look-up before them is asked with."""
    for resource in template["Resources"].values():
        if resource["Type"] in (_LISTENER, "Custom::LiveTargetGroup"):
            properties = resource["Properties"]
            properties.get("Listener", properties)["SslPolicy"] = policy
