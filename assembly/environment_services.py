"""Reads the ECS services from their stacks: way in, size, scaling, release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assembly.environment import (
    Listener,
    LoadBalancer,
    Release,
    Scaling,
    Service,
    Shift,
    Subnet,
    TargetGroup,
)
from assembly.read import AssembledStack, Template
from assembly.references import Node, References

Subnets = Mapping[Node, tuple[str, str, Subnet]]
_ELB = "AWS::ElasticLoadBalancingV2::"
_METRICS = {
    "ECSServiceAverageCPUUtilization": "cpu {} %",
    "ECSServiceAverageMemoryUtilization": "memory {} %",
    "ALBRequestCountPerTarget": "{} requests a task",
}


def read_services(
    stacks: Sequence[AssembledStack], references: References, subnets: Subnets
) -> tuple[Service, ...]:
    """Every service that CodeDeploy releases, the public ones first."""
    services = [
        _service(stack, references, subnets)
        for stack in stacks
        if stack.resources("AWS::ECS::Service")
        and stack.resources("AWS::CodeDeploy::DeploymentGroup")
    ]
    return tuple(sorted(services, key=lambda each: (not each.load_balancer.public, each.name)))


def _only(stack: AssembledStack, type_: str) -> Template:
    return next(stack.properties(type_), {})


def _service(stack: AssembledStack, references: References, subnets: Subnets) -> Service:
    service = _only(stack, "AWS::ECS::Service")
    task = _only(stack, "AWS::ECS::TaskDefinition")
    counted = _only(stack, "Custom::TaskCount")
    group = _only(stack, "AWS::CodeDeploy::DeploymentGroup")
    pair = group["LoadBalancerInfo"]["TargetGroupPairInfoList"][0]
    blue, green = (
        _target_group(references.properties(references.target(each["Name"], stack)))
        for each in pair["TargetGroups"]
    )
    tasks = int(counted.get("DesiredTasks") or service.get("DesiredCount") or 1)
    return Service(
        name=str(service["ServiceName"]),
        host=str(_only(stack, "AWS::Route53::RecordSet").get("Name", "")).rstrip("."),
        cpu=int(task["Cpu"]),
        memory=int(task["Memory"]),
        capacity=_capacity(service),
        tasks=tasks,
        load_balancer=_load_balancer(stack, references, subnets, pair),
        blue=blue,
        green=green,
        scaling=_scaling(stack, tasks),
        release=_release(stack, references, group),
    )


def _capacity(service: Template) -> str:
    strategy = service.get("CapacityProviderStrategy", [])
    used = [each["CapacityProvider"] for each in strategy if each.get("Weight", 0)]
    return " + ".join(used) or str(service.get("LaunchType", "FARGATE"))


def _target_group(group: Template) -> TargetGroup:
    return TargetGroup(
        name=str(group.get("Name", "")),
        port=int(group.get("Port", 0)),
        health_path=str(group.get("HealthCheckPath", "/")),
    )


def _load_balancer(
    stack: AssembledStack, references: References, subnets: Subnets, pair: dict[str, Any]
) -> LoadBalancer:
    balancer = _only(stack, _ELB + "LoadBalancer")
    routes = {
        references.target(arn, stack): route
        for key, route in (("ProdTrafficRoute", "production"), ("TestTrafficRoute", "test"))
        for arn in pair.get(key, {}).get("ListenerArns", [])
    }
    placed = [
        subnets[node] for node in references.targets(balancer["Subnets"], stack) if node in subnets
    ]
    listeners = [
        Listener(
            port=int(resource["Properties"]["Port"]),
            protocol=str(resource["Properties"]["Protocol"]),
            route=routes.get(references.node(stack, logical_id), ""),
        )
        for logical_id, resource in stack.resources(_ELB + "Listener").items()
    ]
    return LoadBalancer(
        public=balancer.get("Scheme") == "internet-facing",
        tier=placed[0][0] if placed else "",
        zones=len({subnet.zone for _, _, subnet in placed}),
        listeners=tuple(sorted(listeners, key=lambda each: each.port)),
    )


def _scaling(stack: AssembledStack, tasks: int) -> Scaling:
    target = _only(stack, "AWS::ApplicationAutoScaling::ScalableTarget")
    if not target:
        return Scaling(minimum=tasks, maximum=tasks)
    bounds = (target["MinCapacity"], target["MaxCapacity"])
    schedules = []
    for action in target.get("ScheduledActions", []):
        other = action["ScalableTargetAction"]
        between = (other.get("MinCapacity"), other.get("MaxCapacity"))
        if between != bounds:
            zone = f" {action['Timezone']}" if "Timezone" in action else ""
            begins = when(action["Schedule"])
            schedules.append(f"{_range(*between)} from {begins}{zone}")
    return Scaling(
        minimum=int(bounds[0]),
        maximum=int(bounds[1]),
        follows=tuple(
            _follows(policy["TargetTrackingScalingPolicyConfiguration"])
            for policy in stack.properties("AWS::ApplicationAutoScaling::ScalingPolicy")
            if "TargetTrackingScalingPolicyConfiguration" in policy
        ),
        schedules=tuple(schedules),
    )


def _range(low: object, high: object) -> str:
    return f"{low}\N{EN DASH}{high}"


def when(schedule: str) -> str:
    """``cron(0 19 ? * FRI *)`` as ``FRI 19:00``; any other schedule as it is."""
    fields = schedule.removeprefix("cron(").removesuffix(")").split(" ")
    match fields:
        case [minute, hour, "?" | "*", "*", days, *_] if minute.isdigit() and hour.isdigit():
            named = "daily" if days in {"*", "?"} else days
            return f"{named} {int(hour):02d}:{int(minute):02d}"
    return schedule


def _follows(tracking: Template) -> str:
    value = f"{tracking['TargetValue']:g}"
    known = tracking.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType")
    if known:
        return _METRICS.get(str(known), f"{known} {{}}").format(value)
    metrics = tracking.get("CustomizedMetricSpecification", {}).get("Metrics", [])
    named = {metric.get("MetricStat", {}).get("Metric", {}).get("MetricName") for metric in metrics}
    return f"{value} requests a task" if "RequestCountPerTarget" in named else f"metric at {value}"


def _release(stack: AssembledStack, references: References, group: Template) -> Release:
    options = group["BlueGreenDeploymentConfiguration"]
    ready = options.get("DeploymentReadyOption", {})
    ended = options.get("TerminateBlueInstancesOnDeploymentSuccess", {})
    configured = references.properties(references.target(group["DeploymentConfigName"], stack))
    strategy, shifts = traffic(configured, str(group["DeploymentConfigName"]))
    wait = int(ready.get("WaitTimeInMinutes", 0))
    decision = (
        "a person agrees within" if ready.get("ActionOnTimeout") == "STOP_DEPLOYMENT" else "waits"
    )
    return Release(
        strategy=strategy,
        shifts=shifts,
        decision=f"{decision} {wait} min" if wait else "",
        standby_minutes=int(ended.get("TerminationWaitTimeInMinutes", 0)),
        alarms=len(group.get("AlarmConfiguration", {}).get("Alarms", [])),
    )


def traffic(configuration: Template, name: str) -> tuple[str, tuple[Shift, ...]]:
    """The strategy in words, and green's share step by step; ``name`` for a predefined one."""
    match configuration.get("TrafficRoutingConfig"):
        case {"TimeBasedCanary": {"CanaryPercentage": percent, "CanaryInterval": minutes}}:
            shifts = (Shift(percent=percent, minutes=minutes), Shift(percent=100, minutes=0))
            return f"canary {percent} % / {minutes} min", shifts
        case {"TimeBasedLinear": {"LinearPercentage": percent, "LinearInterval": minutes}}:
            steps = [Shift(percent=p, minutes=minutes) for p in range(percent, 100, percent)]
            return f"linear {percent} % / {minutes} min", (*steps, Shift(percent=100, minutes=0))
        case {"Type": "AllAtOnce"}:
            return "all at once", (Shift(percent=100, minutes=0),)
    return name, (Shift(percent=100, minutes=0),)
