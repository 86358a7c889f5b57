"""An environment as the judge sees it: real records and recorder, and what is said of the rest."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from rehearsal.play.environment import Environment
from rehearsal.play.expect import Before, Judge, stand
from rehearsal.play.recorder import Phase, Recorder, Zero
from rehearsal.recording import (
    Colour,
    DeploymentRecord,
    EnvironmentRecord,
    Expectation,
    Release,
    Result,
    RotationRecord,
    RotationResult,
)
from rehearsal.scenario.model import Step


@dataclass
class Service:
    """As much of a service as is asked for."""

    desired: int = 3


@dataclass
class Seen:
    """What watching would have seen. ``at_work``: deployment -> desired counts meanwhile."""

    serves: str = "v1"
    decided: dict[str, float] = field(default_factory=dict)
    last_answers: dict[str, float] = field(default_factory=dict)
    colours: dict[str, Colour] = field(default_factory=dict)
    at_work: list[set[int]] = field(default_factory=list)
    desired: int = 3

    def serving(self) -> str:
        """See `Watching.serving`."""
        return self.serves

    def service(self) -> Service:
        """See `Watching.service`."""
        return Service(desired=self.desired)

    def colour_of(self, version: str) -> Colour | None:
        """See `Watching.colour_of`."""
        return self.colours.get(version)

    def last_answer_of(self, deployment: str) -> float | None:
        """See `Watching.last_answer_of`."""
        return self.last_answers.get(deployment)

    def desired_during(self, first: int) -> set[int]:
        """See `Watching.desired_during`."""
        return set().union(*self.at_work[first:])


class Fake:
    """One environment."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.record = EnvironmentRecord(
            name=name, account="1", region="r", service="storefront", strategy="canary"
        )
        self.recorder = Recorder(
            record=self.record, zero=Zero(moment=time.monotonic()), lock=threading.Lock()
        )
        self.seen = Seen()
        self.logs_in = True
        self.at_the_database = (0, 0)

    def current_logs_in(self) -> bool:
        """See `Environment.current_logs_in`."""
        return self.logs_in

    def sessions(self) -> tuple[int, int]:
        """See `Environment.sessions`."""
        return self.at_the_database

    def rotates(self, result: RotationResult, *, reason: str = "") -> None:
        """A rotation of the database's secret, of two seconds."""
        self.record.rotations.append(
            RotationRecord(secret="shop/database", start=1, end=3, result=result, reason=reason)
        )

    def requests(self, count: int, **failures: int) -> None:
        """So many requests, of which some failed."""
        self.recorder.totals.requests += count
        self.recorder.totals.failures.update(failures)

    def shifts(self, blue: int, green: int, *, answers: Mapping[str, int]) -> None:
        """A phase of a shift with the answers of each colour."""
        phase = Phase(weights={"blue": blue, "green": green}, start=time.monotonic())
        phase.counts.update(answers)
        self.recorder.phases.append(phase)

    def deploys(self, id: str, version: str = "v2") -> None:
        """A deployment begins."""
        self.record.deployments.append(
            DeploymentRecord(id=id, version=version, colour="green", status="InProgress", start=1)
        )

    def releases(self, version: str, result: Result, reason: str = "") -> Release:
        """How a release came out."""
        release = Release(version=version, result=result, start=1, end=2, reason=reason)
        self.record.releases.append(release)
        return release


class Road:
    """Environments, and what stood when the step began."""

    def __init__(self, *names: str) -> None:
        self.fakes = {name: Fake(name) for name in names}
        self.before = self.stand()

    def __getitem__(self, name: str) -> Fake:
        return self.fakes[name]

    def stand(self) -> Before:
        """The step begins now."""
        self.before = stand(self._environments)
        return self.before

    def judge(self, ended: Release, **step: Any) -> list[Expectation]:
        """What comes of a step that releases v2 to the last environment."""
        given = {"release": "v2", "to": list(self.fakes)[-1], "serves": "v2", **step}
        given.setdefault("outcome", "released")
        judge = Judge(
            Step.model_validate(given),
            before=self.before,
            environments=self._environments,
            ended=ended,
        )
        return judge.expectations()

    @property
    def _environments(self) -> list[Environment]:
        return [cast(Environment, one) for one in self.fakes.values()]
