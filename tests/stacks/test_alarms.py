"""The alarms that take a release back: of each colour, silent without traffic, quick enough."""

from __future__ import annotations

import pytest

from tests.support.templates import Json, Stack

COLOURS = ("Blue", "Green")


def alarms(service: Stack) -> dict[str, Json]:
    """Name without the service's -> the alarm."""
    prefix = f"{service.name.removesuffix('Service').lower()}-"
    return {
        alarm["AlarmName"].removeprefix(prefix): alarm
        for alarm in service.of_type("AWS::CloudWatch::Alarm").values()
    }


def dimensions(service: Stack, colour: str | None) -> list[Json]:
    """The dimensions of the load balancer's metrics, for one target group or for all of it."""
    balancer, _ = service.only("AWS::ElasticLoadBalancingV2::LoadBalancer")
    found = [{"Name": "LoadBalancer", "Value": {"Fn::GetAtt": [balancer, "LoadBalancerFullName"]}}]
    if colour is not None:
        (group,) = (
            logical_id
            for logical_id, properties in service.of_type(
                "AWS::ElasticLoadBalancingV2::TargetGroup"
            ).items()
            if properties["Name"].endswith(f"-{colour.lower()}")
        )
        found.append(
            {"Name": "TargetGroup", "Value": {"Fn::GetAtt": [group, "TargetGroupFullName"]}}
        )
    return found


def test_each_colour_has_alarms_of_its_own_beside_the_load_balancers(service: Stack) -> None:
    assert set(alarms(service)) == {
        *(f"{c}{what}" for c in COLOURS for what in ("ErrorRate", "Latency", "UnhealthyHosts")),
        "LoadBalancerErrorRate",
    }


def test_two_of_three_minutes_decide_and_silence_is_no_fault(service: Stack) -> None:
    for name, alarm in alarms(service).items():
        periods = {
            stat["Period"]
            for stat in [
                alarm,
                *(metric.get("MetricStat", {}) for metric in alarm.get("Metrics", [])),
            ]
            if "Period" in stat
        }

        assert (alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (3, 2), name
        assert alarm["TreatMissingData"] == "notBreaching", name
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold", name
        assert periods == {60}, name


def test_the_thresholds_are_the_configured_ones(service: Stack) -> None:
    thresholds = {name: alarm["Threshold"] for name, alarm in alarms(service).items()}

    assert thresholds == {
        "BlueErrorRate": 1,
        "GreenErrorRate": 1,
        "LoadBalancerErrorRate": 1,
        "BlueLatency": 1,
        "GreenLatency": 1,
        "BlueUnhealthyHosts": 1,
        "GreenUnhealthyHosts": 1,
    }


@pytest.mark.parametrize("colour", COLOURS)
def test_latency_is_the_slowest_percent_of_one_colours_own_answers(
    service: Stack, colour: str
) -> None:
    alarm = alarms(service)[f"{colour}Latency"]

    assert (alarm["Namespace"], alarm["MetricName"], alarm["ExtendedStatistic"]) == (
        "AWS/ApplicationELB",
        "TargetResponseTime",
        "p99",
    )
    assert alarm["Dimensions"] == dimensions(service, colour)


@pytest.mark.parametrize("colour", COLOURS)
def test_one_unhealthy_task_of_a_colour_is_enough(service: Stack, colour: str) -> None:
    alarm = alarms(service)[f"{colour}UnhealthyHosts"]

    assert (alarm["MetricName"], alarm["Statistic"]) == ("UnHealthyHostCount", "Maximum")
    assert alarm["Dimensions"] == dimensions(service, colour)


@pytest.mark.parametrize(
    ("name", "errors", "colour"),
    [
        ("BlueErrorRate", "HTTPCode_Target_5XX_Count", "Blue"),
        ("GreenErrorRate", "HTTPCode_Target_5XX_Count", "Green"),
        ("LoadBalancerErrorRate", "HTTPCode_ELB_5XX_Count", None),
    ],
)
def test_the_error_rate_is_of_the_same_colours_own_requests(
    service: Stack, name: str, errors: str, colour: str | None
) -> None:
    """Over both colours, green's errors would be thinned by blue's healthy traffic."""
    metrics = {m["Id"]: m for m in alarms(service)[name]["Metrics"] if "MetricStat" in m}
    (rate,) = (m for m in alarms(service)[name]["Metrics"] if "Expression" in m)

    assert rate["ReturnData"] is True
    assert "FILL(errors, 0)" in rate["Expression"]
    assert {
        key: (m["MetricStat"]["Metric"]["MetricName"], m["MetricStat"]["Stat"], m["ReturnData"])
        for key, m in metrics.items()
    } == {"errors": (errors, "Sum", False), "requests": ("RequestCount", "Sum", False)}
    for metric in metrics.values():
        assert metric["MetricStat"]["Metric"]["Dimensions"] == dimensions(service, colour)
