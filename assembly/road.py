"""The road as the pipeline's template states it: what runs, in which order, for which stacks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any, Literal

from assembly.read import AssembledStack, Assembly, Template

Kind = Literal["source", "build", "self-mutation", "approval", "stacks", "gate", "open"]
Action = dict[str, Any]


class NoPipeline(Exception):
    """The assembly holds no AWS::CodePipeline::Pipeline outside its stages."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """What runs at the same time. ``names`` has one entry for each of the lane's tracks when the
    column deploys stacks, else a single entry for the whole lane.
    """

    kind: Kind
    caption: str
    names: tuple[tuple[str, ...], ...]
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Track:
    """One stage assembly of an environment: a Region of it."""

    name: str
    account: str
    region: str


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One environment: its columns in order; its tracks are deployed side by side."""

    name: str
    tracks: tuple[Track, ...]
    columns: tuple[Column, ...]

    @property
    def stacks(self) -> int:
        """How many stacks are deployed, over all tracks."""
        return sum(
            len(names)
            for column in self.columns
            if column.kind == "stacks"
            for names in column.names
        )

    @property
    def gates(self) -> tuple[str, ...]:
        """The checks after the deployment."""
        return tuple(
            name for column in self.columns if column.kind == "gate" for name in column.names[0]
        )


@dataclass(frozen=True, kw_only=True)
class Road:
    """The pipeline: what it does in its own account, then the environments."""

    name: str
    account: str
    region: str
    restarts: bool
    columns: tuple[Column, ...]
    lanes: tuple[Lane, ...]


def read_road(assembly: Assembly) -> Road:
    """The road of the assembly's pipeline. Raises ``NoPipeline``."""
    for stack in assembly.stacks:
        for pipeline in stack.properties("AWS::CodePipeline::Pipeline"):
            return _road(pipeline, stack, assembly)
    raise NoPipeline(f"{assembly.root}: no stack outside the stages holds a pipeline.")


def _road(pipeline: Template, stack: AssembledStack, assembly: Assembly) -> Road:
    deployed = {each.path.name: each for stacks in assembly.stages.values() for each in stacks}
    columns: list[Column] = []
    lanes: list[Lane] = []
    for stage in pipeline["Stages"]:
        orders = _by_order(stage["Actions"])
        if any(_is_stack(action) for actions in orders for action in actions):
            lanes.append(_lane(stage["Name"], orders, deployed))
        else:
            columns.extend(_column(stage["Name"], actions, stack) for actions in orders)
    return Road(
        name=str(pipeline.get("Name", stack.stack_name)),
        account=stack.account,
        region=stack.region,
        restarts=bool(pipeline.get("RestartExecutionOnUpdate", False)),
        columns=tuple(columns),
        lanes=tuple(lanes),
    )


def _by_order(actions: list[Action]) -> list[list[Action]]:
    ordered = sorted(actions, key=lambda action: int(action.get("RunOrder", 1)))
    return [list(group) for _, group in groupby(ordered, lambda each: each.get("RunOrder", 1))]


def _is_stack(action: Action) -> bool:
    return bool(action["ActionTypeId"]["Provider"] == "CloudFormation")


def _column(stage: str, actions: list[Action], stack: AssembledStack) -> Column:
    category = actions[0]["ActionTypeId"]["Category"]
    if category == "Source":
        configuration = actions[0]["Configuration"]
        return Column(
            kind="source",
            caption=stage,
            names=((str(configuration.get("FullRepositoryId", actions[0]["Name"])),),),
            detail=f"branch {configuration['BranchName']}" if "BranchName" in configuration else "",
        )
    mutates = any(_deploys(action, stack) for action in actions)
    return Column(
        kind="self-mutation" if mutates else "build",
        caption=stage,
        names=(tuple(sorted(action["Name"] for action in actions)),),
    )


def _deploys(action: Action, stack: AssembledStack) -> bool:
    """Whether the action's build project deploys the pipeline's own stack."""
    project = action["Configuration"].get("ProjectName")
    if not isinstance(project, dict):
        return False
    source = (
        stack.resources().get(project.get("Ref", ""), {}).get("Properties", {}).get("Source", {})
    )
    return f" deploy {stack.stack_name} " in json.dumps(source.get("BuildSpec", ""))


def _lane(name: str, orders: list[list[Action]], deployed: dict[str, AssembledStack]) -> Lane:
    prepared = {
        id(action): deployed[PurePosixPath(action["Configuration"]["TemplatePath"]).name]
        for actions in orders
        for action in actions
        if _is_stack(action) and "TemplatePath" in action["Configuration"]
    }
    tracks = {
        stack.stage: Track(name=stack.stage, account=stack.account, region=stack.region)
        for stack in prepared.values()
    }
    columns: list[Column] = []
    for actions in orders:
        stacks = [prepared[id(action)] for action in actions if id(action) in prepared]
        if stacks:
            columns.append(_stacks_column(stacks, list(tracks)))
        columns.extend(_steps(actions, before=not any(c.kind == "stacks" for c in columns)))
    return Lane(name=name, tracks=tuple(tracks.values()), columns=tuple(columns))


def _stacks_column(stacks: list[AssembledStack], tracks: list[str]) -> Column:
    names = tuple(
        tuple(sorted(stack.name for stack in stacks if stack.stage == track)) for track in tracks
    )
    most = max(map(len, names))
    return Column(kind="stacks", caption="1 stack" if most == 1 else f"{most} stacks", names=names)


def _steps(actions: list[Action], *, before: bool) -> list[Column]:
    """The actions that deploy no stack: a person's decision, or a check."""
    columns = []
    for category, kind, caption in (
        ("Approval", "approval", "approval"),
        ("Build", "gate", "gate"),
    ):
        names = tuple(
            sorted(a["Name"] for a in actions if a["ActionTypeId"]["Category"] == category)
        )
        if names and kind == "approval":
            columns.append(
                Column(kind="approval", caption=caption, names=(names,), detail="a person decides")
            )
        elif names:
            word = "before" if before else caption
            columns.append(Column(kind="gate", caption=word, names=(names,)))
    return columns
