"""What a load balancer is told, what it tells, and how its process is started."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

File = int | IO[bytes]


class BalancerError(Exception):
    """The load balancer cannot be had, or refuses what it is told."""


class Start(Protocol):
    """Starts a child process in ``folder`` with this environment and no other variables."""

    def __call__(
        self,
        argv: Sequence[str],
        *,
        name: str,
        environment: Mapping[str, str],
        folder: Path,
        stdin: File,
        stdout: File,
        stderr: File,
    ) -> subprocess.Popen[bytes]:
        """The process; its streams are as `subprocess.Popen` has them."""


@dataclass(frozen=True, kw_only=True)
class Listener:
    """A listener for plain HTTP on 127.0.0.1. Its ``name`` is unique within a balancer."""

    name: str
    port: int

    def __post_init__(self) -> None:
        if not 1 <= self.port <= 65535:
            raise ValueError(f"listener {self.name}: port {self.port}, allowed: 1 to 65535")


@dataclass(frozen=True, kw_only=True)
class Group:
    """A target group within a listener's default action.

    ``weight``: 0 to 999; 0 gets nothing.
    ``targets``: who is sent requests, as "127.0.0.1:port". That is for the caller to say: a load
    balancer sends requests to healthy targets, and to all of them when none is healthy
    (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html).
    """

    name: str
    weight: int
    targets: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= 999:
            raise ValueError(f"target group {self.name}: weight {self.weight}, allowed: 0 to 999")
        for target in self.targets:
            host, _, port = target.partition(":")
            if host != "127.0.0.1" or not port.isdigit() or not 1 <= int(port) <= 65535:
                raise ValueError(
                    f"target group {self.name}: target {target!r}, allowed: 127.0.0.1:<port>"
                )


@dataclass(frozen=True, kw_only=True)
class Access:
    """One request that ended.

    ``at``: when, on `time.monotonic`'s scale.
    ``status``: what the client got; 460 when the client went away before it got anything.
    ``target_status``: what the target answered; None: the balancer answered by itself.
    ``target``: whom the request was sent to, as "127.0.0.1:port"; empty: nobody.
    ``target_seconds``: until the target began its answer, as the metric TargetResponseTime has it;
    None without an answer of its own.
    ``seconds``: from the request to the end of the answer.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
    """

    listener: str
    at: float
    status: int
    target_status: int | None
    target: str
    target_seconds: float | None
    seconds: float
    path: str
