"""The Lambda's entry: takes CodeDeploy's event, finds out what it means, tells people.

Environment: CLUSTER, PLATFORM, ENVIRONMENT (as the operator's commands call it), TOPIC_ARN.

EventBridge and Amazon SNS may both deliver twice, in any order
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html,
https://docs.aws.amazon.com/sns/latest/dg/sns-topic-attributes.html). Nothing is kept to prevent
it, since a message that comes twice harms less than one that does not come: the same event with
the same facts gives the same text.

What raises here is run again by Lambda, up to two more times
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html): a message that
the topic did not take, and a function that was deployed without its environment.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .adapters import AwsService, SnsTopic
from .change import InvalidEvent, parse
from .compose import compose
from .gather import gather
from .message import Place

# For a call that is under way (27 s) and for the topic (27 s), with some room.
MARGIN_SECONDS = 60.0


class Context(Protocol):
    """The one method used of Lambda's context object."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds left before Lambda ends the function."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the function was deployed with."""

    cluster: str
    topic_arn: str
    place: Place


class InvalidEnvironment(ValueError):
    """The function was deployed without something it needs; the message says what."""


def handler(event: Any, context: Context) -> None:
    """Tell people about one event. An event that is not understood is logged and let go.

    Facts are asked for until `MARGIN_SECONDS` before the function's timeout.
    """
    ends_at = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - MARGIN_SECONDS
    settings = parse_environment(os.environ)
    try:
        change = parse(event)
    except InvalidEvent as error:
        print(json.dumps({"ignored": str(error)}))
        return
    aws = AwsService(
        platform=settings.place.platform,
        cluster=settings.cluster,
        service=change.service,
        group=change.group,
    )
    facts = gather(change, aws, clock=time, ends_at=ends_at)
    message = compose(change, facts, settings.place)
    told = {"deploymentId": change.deployment_id, "state": change.state}
    if message is None:
        print(json.dumps({**told, "told": "nothing: it waits for nobody"}))
        return
    SnsTopic(settings.topic_arn).publish(message)
    print(json.dumps({**told, "told": message.subject, "unknown": facts.unknown}))


def parse_environment(variables: Mapping[str, str]) -> Settings:
    """Return what the environment variables say, or raise `InvalidEnvironment`."""
    for name in ("CLUSTER", "PLATFORM", "ENVIRONMENT", "TOPIC_ARN"):
        if not variables.get(name):
            raise InvalidEnvironment(f"the function's environment variable {name} is not set")
    return Settings(
        cluster=variables["CLUSTER"],
        topic_arn=variables["TOPIC_ARN"],
        place=Place(platform=variables["PLATFORM"], environment=variables["ENVIRONMENT"]),
    )
