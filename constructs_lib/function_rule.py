"""An EventBridge rule that invokes functions, with logical ids that no environment changes.

The CDK's own target names its permission after the function's path, stage included, so that the
same permission would have another logical id in every environment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct


class FunctionRule(Construct):
    """Invokes ``functions`` (id -> function) by ``event_pattern`` or by ``schedule``.

    ``event`` is what they are invoked with, and the event's ``time``; None: the event itself.
    EventBridge tries again for a
    day when a function cannot be invoked, and it may deliver an event more than once
    (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html).
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        description: str,
        functions: Mapping[str, lambda_.IFunction],
        event_pattern: Mapping[str, object] | None = None,
        schedule: str | None = None,
        event: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(scope, id)
        transformer = (
            events.CfnRule.InputTransformerProperty(
                input_paths_map={"time": "$.time"},
                input_template=json.dumps({**event, "time": "<time>"}).replace(
                    '"<time>"', "<time>"
                ),
            )
            if event is not None
            else None
        )
        rule = events.CfnRule(
            self,
            "Rule",
            description=description,
            event_pattern=event_pattern,
            schedule_expression=schedule,
            targets=[
                events.CfnRule.TargetProperty(
                    id=name,
                    arn=function.function_arn,
                    input_transformer=transformer,
                )
                for name, function in functions.items()
            ],
        )
        for name, function in functions.items():
            lambda_.CfnPermission(
                self,
                f"Allow{name}",
                action="lambda:InvokeFunction",
                function_name=function.function_arn,
                principal="events.amazonaws.com",
                source_arn=rule.attr_arn,
            )
