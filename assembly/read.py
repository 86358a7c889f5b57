"""The cloud assembly as values: which stacks go where, and their templates.

The format is that of the package ``@aws-cdk/cloud-assembly-schema``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

Template = dict[str, Any]


ORGANIZATION = "Organization"
"""The stage of the organization and of the roles of people."""


class AssemblyNotFound(Exception):
    """There is no cloud assembly in the folder; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class AssembledStack:
    """One stack. ``stage`` is empty outside a stage; ``name`` is unique within the stage."""

    stage: str
    name: str
    construct_path: str
    stack_name: str
    account: str
    region: str
    path: Path

    @cached_property
    def template(self) -> Template:
        """The synthesized template, read once."""
        content: Template = json.loads(self.path.read_text("utf-8"))
        return content

    def resources(self, type_: str | None = None) -> dict[str, Template]:
        """Logical id -> resource; only those of CloudFormation type ``type_`` when given."""
        every: dict[str, Template] = self.template.get("Resources", {})
        return {
            key: value for key, value in every.items() if type_ is None or value["Type"] == type_
        }

    def properties(self, type_: str) -> Iterator[Template]:
        """The properties of every resource of that type, in template order."""
        for resource in self.resources(type_).values():
            yield resource.get("Properties", {})


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """The stacks outside stages; the stages (name -> stacks in deploy order) in road order.

    ``organization`` is what no pipeline deploys; it is none of the ``stages``.
    """

    root: Path
    stacks: tuple[AssembledStack, ...]
    stages: dict[str, tuple[AssembledStack, ...]]
    organization: tuple[AssembledStack, ...] = ()


def read_assembly(root: Path) -> Assembly:
    """The assembly in ``root``. Raises ``AssemblyNotFound`` when there is none."""
    if not (root / "manifest.json").is_file():
        raise AssemblyNotFound(
            f"{root}: there is no cloud assembly here (no manifest.json). Run `make synth` first."
        )
    stages = {
        stacks[0].stage: stacks
        for folder in _nested(root)
        if (stacks := tuple(read_stacks(folder)))
    }
    organization = stages.pop(ORGANIZATION, ())
    return Assembly(
        root=root, stacks=tuple(read_stacks(root)), stages=stages, organization=organization
    )


def read_stacks(folder: Path) -> Iterator[AssembledStack]:
    """The stacks of one assembly folder, in the order in which they are deployed."""
    for artifact in _manifest(folder)["artifacts"].values():
        if artifact["type"] != "aws:cloudformation:stack":
            continue
        construct_path = artifact["displayName"].split(" ")[0]
        *parents, name = construct_path.split("/")
        account, region = artifact["environment"].removeprefix("aws://").split("/")
        yield AssembledStack(
            stage=parents[-1] if parents else "",
            name=name,
            construct_path=construct_path,
            stack_name=artifact["properties"].get("stackName", name),
            account=account,
            region=region,
            path=folder / artifact["properties"]["templateFile"],
        )


def _nested(root: Path) -> Iterator[Path]:
    for artifact in _manifest(root)["artifacts"].values():
        if artifact["type"] == "cdk:cloud-assembly":
            yield root / artifact["properties"]["directoryName"]


def _manifest(folder: Path) -> Template:
    content: Template = json.loads((folder / "manifest.json").read_text("utf-8"))
    return content
