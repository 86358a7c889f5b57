"""How the functions call AWS."""

from __future__ import annotations

from botocore.config import Config

# Standard mode tries again on throttling, network faults and 5xx
# (https://docs.aws.amazon.com/boto3/latest/guide/retries.html). Three tries of at most 3 + 5 s and
# the pauses between them are about 27 s a call: what the functions' time-outs count with.
CLIENT_CONFIG = Config(
    connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
)
