"""EventBridge's rules: which events reach which functions, and as what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rehearsal.clock import ManualClock
from rehearsal.event_rules import EventRules
from tests.support.templates import STAGES, Templates

GUARD = "arn:aws:lambda:eu-central-1:222222222222:function:guard"
NOTIFIER = "arn:aws:lambda:eu-central-1:222222222222:function:notifier"
CHANGE = {
    "source": "aws.codedeploy",
    "detail-type": "CodeDeploy Deployment State-change Notification",
    "time": "2026-03-02T10:00:00Z",
    "resources": ["arn:of:group", "arn:of:application"],
    "detail": {"state": "FAILURE", "application": "storefront", "attempt": 2},
}


class Bus:
    """A bus and what was delivered."""

    def __init__(self) -> None:
        self.clock = ManualClock(datetime(2026, 3, 2, 10, tzinfo=UTC))
        self.delivered: list[tuple[str, Any]] = []
        self.rules = EventRules(
            clock=self.clock,
            deliver=lambda arn, event: self.delivered.append((arn, event)),
            account="222222222222",
            region="eu-central-1",
        )

    def add(self, *targets: Mapping[str, Any], **properties: Any) -> None:
        """A rule with these targets, the guard by default."""
        self.rules.add(
            "Rule", {"Targets": targets or [{"Arn": GUARD, "Id": "Guard"}], **properties}
        )

    def publish(self, **changed: Any) -> list[tuple[str, Any]]:
        """What a change of state leads to."""
        self.delivered.clear()
        self.rules.publish({**CHANGE, **changed})
        return self.delivered


@pytest.fixture
def bus() -> Bus:
    """A bus without rules."""
    return Bus()


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.codedeploy"]},
        {"source": ["aws.ecs", "aws.codedeploy"]},
        {"source": ["aws.codedeploy"], "detail": {"state": ["FAILURE"]}},
        {"detail": {"attempt": [2]}},
        {"resources": ["arn:of:application", "another"]},
    ],
)
def test_an_event_that_matches_is_delivered_as_it_is(bus: Bus, pattern: dict[str, Any]) -> None:
    bus.add(EventPattern=pattern)
    assert bus.publish() == [(GUARD, CHANGE)]
    assert bus.rules.unhonoured == []


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.ecs"]},
        {"source": ["aws.codedeploy"], "detail": {"state": ["SUCCESS"]}},
        {"detail": {"state": ["FAILURE"], "region": ["eu-central-1"]}},
        {"source": {"name": ["aws.codedeploy"]}},
        {"resources": ["another"]},
        {"account": ["222222222222"]},
    ],
)
def test_an_event_that_does_not_match_is_not(bus: Bus, pattern: dict[str, Any]) -> None:
    bus.add(EventPattern=pattern)
    assert bus.publish() == []


def test_every_target_of_every_matching_rule_is_delivered_to(bus: Bus) -> None:
    bus.add({"Arn": GUARD, "Id": "a"}, {"Arn": NOTIFIER, "Id": "b"}, EventPattern={"source": ["x"]})
    bus.add({"Arn": NOTIFIER, "Id": "a"}, EventPattern={"source": ["x", "y"]})
    assert [arn for arn, _ in bus.publish(source="x")] == [GUARD, NOTIFIER, NOTIFIER]
    assert [arn for arn, _ in bus.publish(source="y")] == [NOTIFIER]


def test_a_disabled_rule_does_nothing(bus: Bus) -> None:
    bus.add(EventPattern={"source": ["x"]}, State="DISABLED")
    bus.add(ScheduleExpression="rate(1 minute)", State="DISABLED")
    bus.clock.advance(300)
    bus.rules.run_due()
    assert bus.publish(source="x") == []
    assert bus.rules.next_due() is None


@pytest.mark.parametrize(
    ("rate", "seconds"),
    [
        ("rate(1 minute)", 60),
        ("rate(5 minutes)", 300),
        ("rate(2 hours)", 7200),
        ("rate(1 day)", 86400),
    ],
)
def test_a_schedule_is_due_each_time_after_its_rate(bus: Bus, rate: str, seconds: int) -> None:
    bus.add(ScheduleExpression=rate)
    assert bus.rules.next_due() == bus.clock.now() + timedelta(seconds=seconds)
    bus.clock.advance(seconds - 1)
    bus.rules.run_due()
    assert bus.delivered == []
    bus.clock.advance(1)
    bus.rules.run_due()
    bus.rules.run_due()
    ((arn, event),) = bus.delivered
    assert arn == GUARD
    assert (event["source"], event["detail-type"]) == ("aws.events", "Scheduled Event")
    assert event["account"] == "222222222222"
    assert bus.rules.next_due() == bus.clock.now() + timedelta(seconds=seconds)


def test_schedules_that_were_missed_are_made_up_for_in_the_order_of_time(bus: Bus) -> None:
    bus.add({"Arn": GUARD, "Id": "a"}, ScheduleExpression="rate(2 minutes)")
    bus.add({"Arn": NOTIFIER, "Id": "a"}, ScheduleExpression="rate(3 minutes)")
    bus.clock.advance(6 * 60)
    bus.rules.run_due()
    times = [(event["time"][11:16], arn) for arn, event in bus.delivered]
    assert times[:3] == [("10:02", GUARD), ("10:03", NOTIFIER), ("10:04", GUARD)]
    assert sorted(times[3:]) == [("10:06", GUARD), ("10:06", NOTIFIER)]


def test_a_schedule_and_a_pattern_of_one_rule_both_count(bus: Bus) -> None:
    bus.add(EventPattern={"source": ["x"]}, ScheduleExpression="rate(1 minute)")
    assert len(bus.publish(source="x")) == 1
    bus.clock.advance(60)
    bus.rules.run_due()
    assert len(bus.delivered) == 2


@pytest.mark.parametrize(
    ("paths", "template", "event"),
    [
        (
            {"time": "$.time"},
            '{"watchdog": true, "time": <time>}',
            {"watchdog": True, "time": CHANGE["time"]},
        ),
        ({"all": "$.detail"}, '{"what": <all>}', {"what": CHANGE["detail"]}),
        ({"try": "$.detail.attempt"}, "[<try>, <try>]", [2, 2]),
        (
            {"app": "$.detail.application", "state": "$.detail.state"},
            '{"text": "<app> is in state \\"<state>\\""}',
            {"text": 'storefront is in state "FAILURE"'},
        ),
        ({"app": "$.detail.application"}, '"<app> has ended"', "storefront has ended"),
        ({"none": "$.detail.nothing.here"}, '{"none": <none>}', {"none": None}),
        ({"all": "$"}, "<all>", CHANGE),
    ],
)
def test_an_input_transformer_makes_another_event(
    bus: Bus, paths: dict[str, str], template: str, event: Any
) -> None:
    transformer = {"InputPathsMap": paths, "InputTemplate": template}
    target = {"Arn": GUARD, "Id": "a", "InputTransformer": transformer}
    bus.add(target, EventPattern={"source": ["aws.codedeploy"]})
    assert bus.publish() == [(GUARD, event)]


def test_a_constant_input_is_delivered_instead_of_the_event(bus: Bus) -> None:
    bus.add(
        {"Arn": GUARD, "Id": "a", "Input": '{"watchdog": true}'}, EventPattern={"source": ["x"]}
    )
    assert bus.publish(source="x") == [(GUARD, {"watchdog": True})]


@pytest.mark.parametrize(
    ("properties", "why"),
    [
        ({"EventPattern": {"source": [{"prefix": "aws."}]}}, "EventPattern"),
        ({"EventPattern": {"detail": {"state": [{"anything-but": "START"}]}}}, "EventPattern"),
        ({"EventPattern": {"$or": [{"source": ["x"]}]}}, "EventPattern"),
        ({"ScheduleExpression": "cron(0 10 * * ? *)"}, "cron(0 10 * * ? *)"),
        ({"ScheduleExpression": "rate(5 fortnights)"}, "rate(5 fortnights)"),
    ],
)
def test_what_is_not_honoured_is_listed_and_delivers_nothing(
    bus: Bus, properties: dict[str, Any], why: str
) -> None:
    bus.add(**properties)
    ((name, text),) = bus.rules.unhonoured
    assert name == "Rule"
    assert why in text
    assert bus.publish(source="x") == []
    assert bus.rules.next_due() is None


def test_a_target_that_is_no_function_is_listed_and_the_others_are_delivered_to(bus: Bus) -> None:
    queue = "arn:aws:sqs:eu-central-1:222222222222:queue"
    bus.add({"Arn": queue, "Id": "q"}, {"Arn": GUARD, "Id": "g"}, EventPattern={"source": ["x"]})
    assert bus.rules.unhonoured == [("Rule", f"target {queue}: only functions are delivered to")]
    assert [arn for arn, _ in bus.publish(source="x")] == [GUARD]


def test_what_a_target_asks_for_beyond_that_is_listed(bus: Bus) -> None:
    target = {"Arn": GUARD, "Id": "g", "InputPath": "$.detail"}
    bus.add(target, EventPattern={"source": ["x"]})
    assert bus.rules.unhonoured == [("Rule", "InputPath of target g is not played")]


@pytest.mark.parametrize("stage", STAGES)
def test_every_rule_of_the_releases_stack_is_honoured(
    bus: Bus, templates: Templates, stage: str
) -> None:
    rules = templates[stage, "Releases"].of_type("AWS::Events::Rule")
    for name, properties in rules.items():
        targets = [
            {**one, "Arn": f"arn:aws:lambda:eu-central-1:1:function:{one['Arn']['Fn::GetAtt'][0]}"}
            for one in properties["Targets"]
        ]
        bus.rules.add(name, {**properties, "Targets": targets})
    assert rules
    assert bus.rules.unhonoured == []
    assert [arn.rsplit(":", 1)[1][:9] for arn, _ in bus.publish()] == ["ScalingGu", "Notificat"]
    bus.delivered.clear()
    bus.clock.advance(300)
    bus.rules.run_due()
    ((_, event),) = bus.delivered
    assert event == {"watchdog": True, "time": "2026-03-02T10:05:00Z"}
