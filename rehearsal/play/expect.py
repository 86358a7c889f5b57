"""Compares what a step of a scenario expects with what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..recording import Expectation, Release, RotationRecord
from ..scenario.model import Step
from .environment import Environment
from .recorder import Phase, Totals

_CUSTOM_RESOURCE = "Received response status [FAILED] from custom resource. Message returned: "
FEWEST = 100
"""A share of fewer requests says nothing."""


@dataclass(frozen=True, kw_only=True)
class Before:
    """Where everything stood when a step began."""

    totals: dict[str, Totals]
    serving: dict[str, str]
    phases: dict[str, int]
    desired: dict[str, int]
    deployments: dict[str, int]
    rotations: dict[str, int]


def stand(environments: Sequence[Environment]) -> Before:
    """Where everything stands now. Under ``turn``."""
    return Before(
        totals={one.name: one.recorder.totals.copy() for one in environments},
        serving={one.name: one.seen.serving() for one in environments},
        phases={one.name: max(0, len(one.recorder.phases) - 1) for one in environments},
        desired={one.name: one.seen.service().desired for one in environments},
        deployments={one.name: len(one.record.deployments) for one in environments},
        rotations={one.name: len(one.record.rotations) for one in environments},
    )


class Judge:
    """Judges one step. ``ended``: the release where the road ended for it."""

    def __init__(
        self, step: Step, *, before: Before, environments: Sequence[Environment], ended: Release
    ) -> None:
        self._step = step
        self._before = before
        self._environments = environments
        self._ended = ended
        self._where = next(
            one for one in environments if any(each is ended for each in one.record.releases)
        )

    def expectations(self) -> list[Expectation]:
        """Each thing that the step expects. Under ``turn``."""
        step = self._step
        found = [self._outcome(), self._serves()]
        if step.reason is not None:
            found.append(self._reason(step.reason))
        if step.failed_requests is not None:
            found.append(self._failed_requests(step.failed_requests))
        if step.failed_percent is not None:
            found.append(self._failed_percent(step.failed_percent))
        if step.share_within is not None:
            found.append(self._share(step.share_within))
        if step.rollback_seconds is not None:
            found.append(self._rollback(step.rollback_seconds))
        if step.scaled is not None:
            found += self._scaled()
        if step.rotations is not None:
            found += [self._rotations(step.rotations), self._logins()]
        if step.sessions_per_task is not None:
            found.append(self._sessions(step.sessions_per_task))
        return found

    def _outcome(self) -> Expectation:
        step = self._step
        at = step.at or step.to
        words = "is released as far as" if step.outcome == "released" else "is stopped in"
        return Expectation(
            text=f"{step.release} {words} {at}",
            held=self._ended.result == step.outcome and self._where.name == at,
            measured=f"{self._ended.result} in {self._where.name}"
            + (f": {_first_line(self._ended.reason)}" if self._ended.reason else ""),
        )

    def _serves(self) -> Expectation:
        at = self._step.at or self._step.to
        environment = next(one for one in self._environments if one.name == at)
        serving = environment.seen.serving()
        return Expectation(
            text=f"{self._step.serves} serves {at} afterwards",
            held=serving == self._step.serves,
            measured=f"{serving or 'nothing'} serves",
        )

    def _reason(self, wanted: str) -> Expectation:
        held = wanted in self._ended.reason
        return Expectation(
            text=f"The reason names {wanted!r}",
            held=held,
            measured=_around(self._ended.reason, wanted) if held else self._ended.reason[:300],
        )

    def _totals(self) -> Totals:
        total = Totals()
        for one in self._environments:
            new = one.recorder.totals.since(self._before.totals[one.name])
            total.requests += new.requests
            total.retried += new.retried
            total.failures += new.failures
        return total

    def _failed_requests(self, most: int) -> Expectation:
        total = self._totals()
        return Expectation(
            text=f"No request fails while {self._step.release} is released"
            if most == 0
            else f"At most {most} requests fail while {self._step.release} is released",
            held=total.requests > 0 and total.failed <= most,
            measured=_counted(total),
        )

    def _failed_percent(self, most: float) -> Expectation:
        total = self._totals()
        percent = 100 * total.failed / max(1, total.requests)
        return Expectation(
            text=f"At most {most:g} % of the requests fail while {self._step.release} is released",
            held=total.requests > 0 and percent <= most,
            measured=f"{percent:.2f} %: {_counted(total)}",
        )

    def _share(self, within: float) -> Expectation:
        """Every step of the shift in which both colours have a weight and enough answers came."""
        said, differences = [], []
        for one in self._environments:
            for phase in one.recorder.phases[self._before.phases[one.name] :]:
                if not both(phase):
                    continue
                wanted, measured = _new_share(phase, one, self._step.release)
                answers = _answers(phase)
                if answers < FEWEST:
                    said.append(
                        f"only {answers} answers at {wanted} % in {one.name}, of {FEWEST} needed"
                    )
                    continue
                differences.append(abs(wanted - measured))
                said.append(f"{measured:.1f} % for {wanted} % in {one.name}")
        return Expectation(
            text=f"{self._step.release}'s share of the answers is its weight, "
            f"within {within:g} points",
            held=bool(differences) and max(differences) <= within,
            measured=", ".join(said) or "no step of a shift was seen",
        )

    def _rollback(self, most: float) -> Expectation:
        decided = self._where.seen.decided
        late: list[float] = []
        taken_back = False
        for record in self._where.record.deployments[self._before.deployments[self._where.name] :]:
            if record.id in decided:
                taken_back = True
                last = self._where.seen.last_answer_of(record.id)
                if last is not None:
                    late.append(max(0.0, last - decided[record.id]))
        words = "it answered no user at all" if taken_back else "nothing was taken back"
        return Expectation(
            text=f"{most:g} s after the decision to go back no user is answered by "
            f"{self._step.release}",
            held=taken_back and self._totals().requests > 0 and max(late, default=0.0) <= most,
            measured=f"the last such answer came {max(late):.2f} s after the decision"
            if late
            else words,
        )

    def _rotated(self) -> dict[Environment, list[RotationRecord]]:
        """The rotations that began in the step, where there were any."""
        found = {
            one: one.record.rotations[self._before.rotations[one.name] :]
            for one in self._environments
        }
        return {one: rotations for one, rotations in found.items() if rotations}

    def _rotations(self, least: int) -> Expectation:
        records = [one for many in self._rotated().values() for one in many]
        ended = [one for one in records if one.result == "succeeded"]
        others = [one for one in records if one.result != "succeeded"]
        took = max((one.end - one.start for one in ended if one.end is not None), default=0.0)
        return Expectation(
            text=f"At least {least} {'rotation succeeds' if least == 1 else 'rotations succeed'} "
            f"while {self._step.release} is released, and none fails",
            held=len(ended) >= least and not others,
            measured=f"{len(ended)} of {len(records)} succeeded, the longest in {took:.1f} s"
            + "".join(f"; one {each.result}: {each.reason}" for each in others[:1]),
        )

    def _logins(self) -> Expectation:
        where = self._rotated()
        refused = [one.name for one in where if not one.current_logs_in()]
        return Expectation(
            text="What AWSCURRENT says logs in afterwards",
            held=bool(where) and not refused,
            measured=f"refused in {', '.join(refused)}"
            if refused
            else f"accepted in {', '.join(one.name for one in where) or 'no environment'}",
        )

    def _sessions(self, most: int) -> Expectation:
        counts = {one.name: one.sessions() for one in self._environments}
        return Expectation(
            text=f"No session is left at the databases beyond {most} for each task",
            held=all(sessions <= most * tasks for sessions, tasks in counts.values()),
            measured=", ".join(
                f"{sessions} of {tasks} tasks in {name}"
                for name, (sessions, tasks) in counts.items()
            ),
        )

    def _scaled(self) -> list[Expectation]:
        name = self._where.name
        before = self._before.desired[name]
        during = self._where.seen.desired_during(self._before.deployments[name])
        after = self._where.seen.service().desired
        return [
            Expectation(
                text="The number of tasks does not change while the release runs",
                held=during == {before},
                measured=f"{before} wanted before, {_listed(during)} meanwhile",
            ),
            Expectation(
                text="It grows as soon as the release has ended",
                held=after > before,
                measured=f"{after} wanted afterwards",
            ),
        ]


def both(phase: Phase) -> bool:
    """Whether users were sent to both colours."""
    return all(phase.weights.values())


def _new_share(phase: Phase, environment: Environment, version: str) -> tuple[int, float]:
    """Weight and measured share, in percent, of the colour that the version is released on."""
    colour = environment.seen.colour_of(version) or "green"
    return phase.weights[colour], 100 * phase.counts[colour] / max(1, _answers(phase))


def _answers(phase: Phase) -> int:
    """Answers of tasks: what the load balancer answers by itself is nobody's."""
    return phase.counts["blue"] + phase.counts["green"]


def _counted(total: Totals) -> str:
    reasons = ", ".join(f"{count} x {why}" for why, count in total.failures.most_common(3))
    retried = f"; {total.retried} sent again on a fresh connection" if total.retried else ""
    slow = "; this machine was too slow for so many users" if "overloaded" in total.failures else ""
    named = f" ({reasons})" if reasons else ""
    return f"{total.failed} of {total.requests} failed{named}{retried}{slow}"


def _first_line(text: str) -> str:
    """Without the words that CloudFormation puts before every custom resource's."""
    return text.removeprefix(_CUSTOM_RESOURCE).splitlines()[0][:300] if text else ""


def _around(text: str, wanted: str) -> str:
    """The line that holds a text."""
    return next((line.strip()[:300] for line in text.splitlines() if wanted in line), wanted)


def _listed(numbers: set[int]) -> str:
    return ", ".join(map(str, sorted(numbers))) or "none"
