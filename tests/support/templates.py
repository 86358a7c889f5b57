"""What synth wrote, as values: stacks, their environments, resources, policies."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

Json = dict[str, Any]

STAGES = ("Dev", "Staging", "Prod")
"""In the order of the road."""

ORGANIZATION = "Organization"
"""The stage of what no pipeline deploys."""

ORGANIZATION_STACKS = (
    "LogArchive",
    "Organization",
    "AccessDev",
    "AccessStaging",
    "AccessProd",
    "SignIn",
    "AccessTools",
)

SERVICES = ("Inventory", "Storefront")

STAGE_STACKS = (
    "Network",
    "Data",
    "Cluster",
    "Releases",
    "Secrets",
    "Guardrails",
    "InventoryService",
    "StorefrontService",
)


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack as the assembly describes it; ``stage`` is empty for the pipeline's own stack."""

    stage: str
    name: str
    stack_name: str
    account: str
    region: str
    template_path: Path
    metadata_path: Path

    @cached_property
    def template(self) -> Json:
        """The template, read once."""
        return read(self.template_path)

    @property
    def resources(self) -> dict[str, Json]:
        """Logical id -> resource."""
        resources: dict[str, Json] = self.template["Resources"]
        return resources

    def of_type(self, type_: str) -> dict[str, Json]:
        """Logical id -> properties of the resources of that type."""
        return {
            logical_id: resource.get("Properties", {})
            for logical_id, resource in self.resources.items()
            if resource["Type"] == type_
        }

    def one(self, type_: str) -> Json:
        """The properties of the only resource of that type."""
        return self.only(type_)[1]

    def only(self, type_: str, **having: object) -> tuple[str, Json]:
        """Logical id and properties of the only resource of that type with these properties."""
        found = [
            (logical_id, properties)
            for logical_id, properties in self.of_type(type_).items()
            if all(properties.get(key) == value for key, value in having.items())
        ]
        assert len(found) == 1, f"{self.stage}/{self.name} has {len(found)} of {type_} {having}"
        return found[0]

    def role(self, description: str) -> tuple[str, Json]:
        """The only role with that description."""
        return self.only("AWS::IAM::Role", Description=description)

    def statements(self, role: str) -> list[Json]:
        """Every statement of the policies attached to the role of that logical id, or in it."""
        inside = self.resources[role]["Properties"].get("Policies", [])
        attached = [
            policy
            for policy in self.of_type("AWS::IAM::Policy").values()
            if {"Ref": role} in policy["Roles"]
        ]
        return [
            statement
            for policy in (*inside, *attached)
            for statement in policy["PolicyDocument"]["Statement"]
        ]


@dataclass(frozen=True, kw_only=True)
class Templates:
    """Every stack of an assembly; key is (stage, name), the pipeline's is ("", "Pipeline")."""

    root: Path
    stacks: Mapping[tuple[str, str], Stack]

    def __getitem__(self, key: tuple[str, str]) -> Stack:
        return self.stacks[key]

    def __iter__(self) -> Iterator[Stack]:
        return iter(self.stacks.values())

    @property
    def pipeline(self) -> Stack:
        """The pipeline's own stack."""
        return self["", "Pipeline"]

    @property
    def stages(self) -> tuple[str, ...]:
        """The environments' stages in the order in which the assembly lists them."""
        return tuple(dict.fromkeys(stack.stage for stack in self.on_the_road if stack.stage))

    @property
    def on_the_road(self) -> tuple[Stack, ...]:
        """What the pipeline deploys, its own stack included."""
        return tuple(stack for stack in self if stack.stage != ORGANIZATION)

    @property
    def organization(self) -> tuple[Stack, ...]:
        """What administrators deploy."""
        return tuple(stack for stack in self if stack.stage == ORGANIZATION)

    def service(self, stage: str, service: str) -> Stack:
        """The stack of a service in a stage."""
        return self[stage, f"{service}Service"]


def read_templates(root: Path) -> Templates:
    """The assembly in ``root`` with the stages nested in it."""
    stacks = {(stack.stage, stack.name): stack for stack in _stacks(root)}
    return Templates(root=root, stacks=stacks)


def _stacks(folder: Path) -> Iterator[Stack]:
    artifacts: dict[str, Json] = read(folder / "manifest.json")["artifacts"]
    for artifact in artifacts.values():
        properties = artifact.get("properties", {})
        if artifact["type"] == "cdk:cloud-assembly":
            yield from _stacks(folder / properties["directoryName"])
        elif artifact["type"] == "aws:cloudformation:stack":
            *parents, name = artifact["displayName"].split(" ")[0].split("/")
            account, region = artifact["environment"].removeprefix("aws://").split("/")
            yield Stack(
                stage=parents[-1] if parents else "",
                name=name,
                stack_name=properties.get("stackName", name),
                account=account,
                region=region,
                template_path=folder / properties["templateFile"],
                metadata_path=folder / artifact["additionalMetadataFile"],
            )


def read(path: Path) -> Json:
    """A JSON file."""
    content: Json = json.loads(path.read_text(encoding="utf-8"))
    return content


def actions(statement: Json) -> list[str]:
    """The statement's actions, a single one too."""
    return _listed(statement["Action"])


def resources(statement: Json) -> list[Any]:
    """The statement's resources, a single one too."""
    return _listed(statement["Resource"])


def allowed(statements: list[Json]) -> list[tuple[list[str], list[Any], Any]]:
    """(actions, resources, condition) of each statement; every one of them allows."""
    assert {statement["Effect"] for statement in statements} <= {"Allow"}
    return [(actions(s), resources(s), s.get("Condition")) for s in statements]


def walk(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """(path, value) of everything in a JSON value, containers included, outermost first."""
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from walk(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from walk(item, (*path, str(index)))


def strings(value: Any) -> Iterator[str]:
    """Every string in a JSON value, keys of objects left out."""
    for _, item in walk(value):
        if isinstance(item, str):
            yield item


def stack_output(value: Any) -> tuple[str, str]:
    """(stack name, output name) of a reference to another stack."""
    reference = value["Fn::GetStackOutput"]
    return reference["StackName"], reference["OutputName"]


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]
