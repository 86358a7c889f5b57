"""How the functions call AWS."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

# Standard mode tries again on throttling, network faults and 5xx
# (https://docs.aws.amazon.com/boto3/latest/guide/retries.html). Three tries of at most 3 + 5 s and
# the pauses between them are about 27 s a call: what the functions' time-outs count with.
CLIENT_CONFIG = Config(
    connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
)


@cache
def aws_client(service: str) -> Any:
    """The process's one client of a service, by its boto3 name, with `CLIENT_CONFIG`.

    Made when it is first needed and kept for further invocations: making one costs as much as
    several calls (https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html).
    """
    make: Any = boto3.client
    return make(service, config=CLIENT_CONFIG)
