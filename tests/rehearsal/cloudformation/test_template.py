"""What is refused before a stack is touched, the order of resources, and intrinsic functions."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.intrinsics import NO_VALUE, TemplateError, resolve
from rehearsal.template import order, parse
from tests.support.templates import STAGE_STACKS, Templates

QUEUE: dict[str, Any] = {"Type": "AWS::SQS::Queue"}


class Around:
    """A stack with one parameter, one resource and one neighbour."""

    def ref(self, name: str) -> Any:
        return {"AWS::Region": "eu-central-1", "Queue": "queue-1", "AWS::NoValue": NO_VALUE}[name]

    def attribute(self, logical_id: str, name: str) -> Any:
        return f"{logical_id}-{name}"

    def output(self, stack: str, region: str, name: str) -> Any:
        return f"{stack}/{region}/{name}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "AWS::Region"}, "eu-central-1"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "Queue-Arn"),
        ({"Fn::GetAtt": "Queue.Dead.Arn"}, "Queue-Dead.Arn"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Queue"}, 3]]}, "a-queue-1-3"),
        ({"Fn::Split": ["/", "a/b/c"]}, ["a", "b", "c"]),
        ({"Fn::Select": ["1", {"Fn::Split": ["/", "a/b/c"]}]}, "b"),
        ({"Fn::Join": [",", {"Fn::Split": ["/", "a/b"]}]}, "a,b"),
        ({"Fn::Sub": "${Queue} in ${AWS::Region}, ${Queue.Arn}, ${!kept}"},
         "queue-1 in eu-central-1, Queue-Arn, ${kept}"),
        ({"Fn::Sub": ["${own}/${Queue}", {"own": {"Ref": "AWS::Region"}}]}, "eu-central-1/queue-1"),
        ({"Fn::GetStackOutput": {"StackName": "S", "Region": "r", "OutputName": "O"}}, "S/r/O"),
        ({"Fn::Not": [{"Fn::Contains": [["1", "2"], "3"]}]}, True),
        ({"Fn::Equals": ["a", "b"]}, False),
        ({"a": [{"Ref": "AWS::NoValue"}, 1], "b": {"Ref": "AWS::NoValue"}}, {"a": [1]}),
        ({"Ref": "Queue", "Other": True}, {"Ref": "Queue", "Other": True}),
    ],
)  # fmt: skip
def test_functions_give_what_cloudformation_gives(value: Any, expected: Any) -> None:
    assert resolve(value, Around()) == expected


def test_selecting_beyond_the_end_is_an_error() -> None:
    with pytest.raises(TemplateError, match="nonexistent value at index 2"):
        resolve({"Fn::Select": [2, ["a", "b"]]}, Around())


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ({"Resources": {}}, "at least one resource"),
        (
            {"Resources": {"A": {**QUEUE, "Properties": {"X": {"Fn::Cidr": ["a", 1]}}}}},
            "Fn::Cidr, at Resources/A/Properties/X, is not part of the model",
        ),
        ({"Resources": {"A": QUEUE}, "Conditions": {}}, "section Conditions of the template"),
        ({"Resources": {"A": {**QUEUE, "Condition": "C"}}}, "attribute Condition of resource A"),
        (
            {"Resources": {"A": {**QUEUE, "Properties": {"X": {"Ref": "B"}}}}},
            r"Unresolved resource dependencies \[B\]",
        ),
        ({"Resources": {"A": {**QUEUE, "DependsOn": "B"}}}, r"dependencies \[B\]"),
        (
            {"Resources": {"A": {**QUEUE, "DependsOn": "B"}, "B": {**QUEUE, "DependsOn": ["A"]}}},
            r"Circular dependency between resources: \[A, B\]",
        ),
        ({"Resources": {"A": {**QUEUE, "DeletionPolicy": "Keep"}}}, "allowed: Delete, Retain"),
        ({"Resources": {"A": {**QUEUE, "Properties": {"X": [None]}}}}, "/Properties/X/0. 'null'"),
    ],
)
def test_a_template_is_refused_with_the_place_and_the_reason(
    template: dict[str, Any], words: str
) -> None:
    with pytest.raises(TemplateError, match=words):
        parse(template)


def test_references_of_every_kind_make_the_order() -> None:
    uses = {
        "Ref": {"Ref": "Z"},
        "Att": {"Fn::GetAtt": ["Y", "Arn"]},
        "Sub": {"Fn::Sub": "${X.Arn} ${AWS::Region} ${P}"},
        "Own": {"Fn::Sub": ["${own}", {"own": {"Ref": "W"}}]},
    }
    resources = {"A": {**QUEUE, "Properties": {"Deep": [uses]}, "DependsOn": "V"}}
    resources |= dict.fromkeys("VWXYZ", QUEUE)
    template = parse({"Resources": resources, "Parameters": {"P": {"Type": "String"}}})
    assert template.resources["A"].after == set("VWXYZ")
    assert order(template.after)[-1] == "A"


def test_a_template_is_read_once_and_later_changes_to_it_are_not_seen() -> None:
    body: dict[str, Any] = {"Resources": {"A": {**QUEUE, "Properties": {"X": ["a"]}}}}
    template = parse(body)
    body["Resources"]["A"]["Properties"]["X"].append("b")
    assert template.resources["A"].properties == {"X": ["a"]}


def test_every_stack_of_the_assembly_can_be_read(templates: Templates) -> None:
    stages = {"Dev", "Staging", "Prod"}
    read = [parse(stack.template) for stack in templates if stack.stage in stages]
    assert len(read) == len(stages) * len(STAGE_STACKS)
    for template in read:
        ordered = order(template.after)
        for name, after in template.after.items():
            assert all(ordered.index(needed) < ordered.index(name) for needed in after), name
