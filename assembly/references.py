"""Follows a template's references to the resources, through the outputs of other stacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from assembly.read import AssembledStack, Template


@dataclass(frozen=True)
class Node:
    """A resource: its stack's name and Region, and its logical id there."""

    stack: str
    region: str
    resource: str


class References:
    """Answers which resource a value of a template stands for."""

    def __init__(self, stacks: Iterable[AssembledStack]) -> None:
        self._stacks = {(stack.stack_name, stack.region): stack for stack in stacks}

    def target(self, value: Any, stack: AssembledStack) -> Node | None:
        """The resource that ``value`` in ``stack`` refers to, or ``None`` for a plain value.

        Of a joined text the first reference counts.
        """
        match value:
            case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_] | str(name)}:
                return self._local(name.split(".")[0], stack)
            case {"Fn::Join": [_, list(parts)]}:
                found = (self.target(part, stack) for part in parts)
                return next((node for node in found if node), None)
            case {"Fn::GetStackOutput": dict(output)}:
                return self._output(output, stack)
            case _:
                return None

    def _output(self, output: Template, stack: AssembledStack) -> Node | None:
        region = output.get("Region", stack.region)
        other = self._stacks.get((output["StackName"], region))
        if other is None or output["OutputName"] not in other.template.get("Outputs", {}):
            return None
        return self.target(other.template["Outputs"][output["OutputName"]]["Value"], other)

    def targets(self, values: Iterable[Any], stack: AssembledStack) -> list[Node]:
        """The resources that the values refer to; plain values are left out."""
        return [node for value in values if (node := self.target(value, stack))]

    def properties(self, node: Node | None) -> Template:
        """The properties of the resource; empty for none."""
        if node is None:
            return {}
        found: Template = self._resource(node).get("Properties", {})
        return found

    def type_of(self, node: Node | None) -> str:
        """The resource's CloudFormation type; empty for none."""
        return "" if node is None else str(self._resource(node).get("Type", ""))

    def node(self, stack: AssembledStack, resource: str) -> Node:
        """The resource of that stack."""
        return Node(stack.stack_name, stack.region, resource)

    def _resource(self, node: Node) -> Template:
        return self._stacks[node.stack, node.region].resources()[node.resource]

    def _local(self, name: str, stack: AssembledStack) -> Node | None:
        return self.node(stack, name) if name in stack.resources() else None
