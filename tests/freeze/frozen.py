"""The resources that carry users' traffic, as a reviewed file, and what changing one would do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.rendering import render
from tests.support.templates import Json, Templates, walk

FILE = Path(__file__).with_name("fingerprints.json")

SERVICE = "AWS::ECS::Service"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
TYPES = (SERVICE, LISTENER, RULE, TARGET_GROUP)

# What UpdateService accepts for the CODE_DEPLOY controller; everything else is refused or replaces:
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
_ACCEPTED_BY_ECS = {
    "DeploymentConfiguration",
    "EnableECSManagedTags",
    "EnableExecuteCommand",
    "HealthCheckGracePeriodSeconds",
    "PropagateTags",
    "Tags",
}
# "Update requires: Replacement" of AWS::ElasticLoadBalancingV2::TargetGroup and ::Listener:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-targetgroup.html
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-listener.html
_REPLACES = {
    TARGET_GROUP: {
        "IpAddressType",
        "Name",
        "Port",
        "Protocol",
        "ProtocolVersion",
        "TargetType",
        "VpcId",
    },
    LISTENER: {"LoadBalancerArn"},
    RULE: {"ListenerArn"},
}

Fingerprints = dict[str, dict[str, Any]]
"""``<stage>/<stack> <type> <logical id>`` -> the resource's properties."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One property (``path``) that differs, or a whole resource (``path`` empty)."""

    resource: str
    path: str
    was: Any
    now: Any
    why: str


def fingerprints(templates: Templates) -> Fingerprints:
    """Every frozen resource of the services' stacks, in order of stage, stack and id."""
    return {
        f"{stack.stage}/{stack.name} {resource['Type']} {logical_id}": resource["Properties"]
        for stack in templates
        if stack.stage
        for logical_id, resource in sorted(stack.resources.items())
        if resource["Type"] in TYPES
    }


def read_reviewed(path: Path = FILE) -> Json:
    """The reviewed file: ``accepted`` (the reasons, newest first) and ``resources``."""
    content: Json = json.loads(path.read_text("utf-8"))
    return content


def accept(current: Fingerprints, *, reason: str, date: str, path: Path = FILE) -> bool:
    """Write ``current`` as reviewed, for that reason; False when nothing had changed."""
    reviewed = read_reviewed(path) if path.exists() else {"accepted": [], "resources": {}}
    if reviewed["resources"] == current:
        return False
    accepted = [{"date": date, "reason": reason}, *reviewed["accepted"]]
    path.write_text(render({"accepted": accepted, "resources": current}), "utf-8")
    return True


def changes(reviewed: Mapping[str, Any], current: Mapping[str, Any]) -> Iterator[Change]:
    """What is different, property by property, each with what it would do when deployed."""
    for resource in sorted(reviewed.keys() | current.keys()):
        _, kind, _ = resource.split(" ")
        if resource not in current:
            yield Change(resource=resource, path="", was="there", now="gone", why=_GONE[kind])
        elif resource not in reviewed:
            yield Change(resource=resource, path="", was="absent", now="there", why=_ADDED)
        else:
            was, now = _leaves(reviewed[resource]), _leaves(current[resource])
            for path in sorted(was.keys() | now.keys()):
                if was.get(path) != now.get(path):
                    yield Change(
                        resource=resource,
                        path=path,
                        was=was.get(path),
                        now=now.get(path),
                        why=_why(kind, path.split(".")[0]),
                    )


def explain(found: list[Change]) -> str:
    """What a person reads: each change, why it matters, and how to accept it on purpose."""
    lines = ["Resources that carry users' traffic are not as reviewed in tests/freeze:", ""]
    for change in found:
        lines.append(f"{change.resource}{'  ' + change.path if change.path else ''}")
        lines.append(f"    was  {json.dumps(change.was)}")
        lines.append(f"    now  {json.dumps(change.now)}")
        lines.append(f"    {change.why}")
    return "\n".join([*lines, "", HOW_TO_ACCEPT])


HOW_TO_ACCEPT = (
    "Not meant? Undo what caused it. Meant? Read each line above, then accept them with the reason "
    'that a reviewer should know:\n    make accept-frozen REASON="why this must change"\n'
    "and commit tests/freeze/fingerprints.json with the change itself."
)
_ADDED = (
    "New: CloudFormation creates it. Under a new logical id for something that was there before, "
    "it would be a second one, and the first is deleted with what it serves."
)
_GONE = {
    SERVICE: "CloudFormation deletes the service: every task stops, and users get errors.",
    LISTENER: "CloudFormation deletes the listener: nobody reaches the service on its port.",
    RULE: "CloudFormation deletes the rule: its requests go to the listener's default action.",
    TARGET_GROUP: "CloudFormation deletes the target group; if it is the live one, its users get "
    "errors, else the next release has nowhere to put green.",
}


def _why(kind: str, name: str) -> str:
    if kind == SERVICE and name in _ACCEPTED_BY_ECS:
        return (
            f"ECS would accept another {name}, but CloudFormation sends the task definition and "
            "the network along, and ECS refuses them when a release has changed what runs "
            "(cloudformation-coverage-roadmap #1529): the stack update may fail."
        )
    if kind == SERVICE:
        return (
            f"CloudFormation cannot change {name} of a service that CodeDeploy releases: the stack "
            "update fails (aws-cdk #23564), or replaces the service. What changes with a release "
            "belongs into the AppSpec (constructs_lib/release.py)."
        )
    if name in _REPLACES.get(kind, ()):
        return (
            f"A change of {name} replaces the resource: users' connections end, and a name that "
            "is given explicitly is taken, so that the update fails."
        )
    if kind in (LISTENER, RULE):
        return (
            "CloudFormation writes the whole of it, the default action too. That is safe while "
            "the action comes from Custom::LiveTargetGroup; deploy it while no release runs."
        )
    return "Changed in place, for running tasks and open connections at once."


def _leaves(properties: Any) -> dict[str, Any]:
    return {
        ".".join(path): value
        for path, value in walk(properties)
        if not isinstance(value, (dict, list)) or not value
    }
