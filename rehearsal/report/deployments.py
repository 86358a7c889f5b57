"""Deployments, rollbacks and alarms as bars on the timeline."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..recording import DeploymentRecord, LifecycleEvent, Sample
from .axis import Axis
from .bars import Bar, Look, bars
from .charts import on_axis
from .markup import Html, element, join
from .points import bands
from .words import clock, listed, several, short

_WELL = frozenset({"Succeeded", "InProgress", "Pending"})


def deployment_band(deployment: DeploymentRecord, axis: Axis) -> Html:
    """What it carried and how it ended, then a bar for each lifecycle event that began."""
    end = axis.end if deployment.end is None else deployment.end
    rows = [_whole(deployment, end, axis)]
    rows += [_event(one, deployment, end, axis) for one in deployment.events if _began(one)]
    if deployment.moved is not None:
        rows.append(_standby(deployment, deployment.moved, end, axis))
    # Of a rollback only AllowTraffic runs: that the others do not is nothing to say.
    skipped = [one.name for one in deployment.events if not (_began(one) or deployment.rollback_of)]
    return element(
        "figure",
        element("figcaption", _heading(deployment)),
        bars(
            rows,
            axis,
            title=f"Deployment {deployment.id}",
            description=_description(deployment, end, axis, len(rows)),
        ),
        element("p", f"Did not begin: {listed(skipped)}.", class_="aside") if skipped else None,
        element("p", deployment.error, class_="aside error") if deployment.error else None,
        class_="band back" if deployment.rollback_of else "band",
    )


def _heading(deployment: DeploymentRecord) -> Html:
    on = f" on {deployment.colour}" if deployment.colour else ""
    if deployment.rollback_of:
        said = element("b", f"\N{LEFTWARDS ARROW WITH HOOK} Rollback to {deployment.version}{on}")
        of = f"{deployment.id}, of {deployment.rollback_of}"
    else:
        said, of = element("b", f"Deployment of {deployment.version}{on}"), deployment.id
    status = "ok" if deployment.status in _WELL else "bad"
    return join(
        said,
        element("span", _spoken(deployment.status), class_=f"tag {status}"),
        element("code", of),
    )


def _look(deployment: DeploymentRecord) -> Look:
    return "bad" if deployment.rollback_of else deployment.colour or "plain"


def _whole(deployment: DeploymentRecord, end: float, axis: Axis) -> Bar:
    name = "Rollback" if deployment.rollback_of else "Deployment"
    return Bar(
        start=deployment.start,
        end=end,
        look="bad" if deployment.rollback_of else "plain",
        name=name,
        detail=short(end - deployment.start, axis.factor),
        note="still running" if deployment.end is None else "",
    )


def _event(event: LifecycleEvent, deployment: DeploymentRecord, end: float, axis: Axis) -> Bar:
    start = deployment.start if event.start is None else event.start
    until = end if event.end is None else event.end
    well = event.status in _WELL
    return Bar(
        start=start,
        end=until,
        look=_look(deployment) if well else "bad",
        name=event.name,
        detail=short(until - start, axis.factor),
        note="" if event.status == "Succeeded" else _spoken(event.status),
    )


def _spoken(status: str) -> str:
    """``InProgress`` as ``in progress``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", status).lower()


def _standby(deployment: DeploymentRecord, moved: float, end: float, axis: Axis) -> Bar:
    other = {"blue": "green", "green": "blue"}.get(deployment.colour or "", "the old one")
    return Bar(
        start=moved,
        end=end,
        look="standby",
        name="Hot standby",
        note=f"of {other}",
        detail=short(end - moved, axis.factor),
    )


def _began(event: LifecycleEvent) -> bool:
    return event.start is not None and event.status not in ("Skipped", "Pending")


def _description(deployment: DeploymentRecord, end: float, axis: Axis, rows: int) -> str:
    kind = f"Rollback of {deployment.rollback_of}" if deployment.rollback_of else "Deployment"
    return (
        f"{kind}, {deployment.status}, from {clock(deployment.start)} to {clock(end)}, "
        f"{short(end - deployment.start, axis.factor)} long. {several(rows, 'bar')}; "
        "the list that follows names them."
    )


def alarm_band(samples: Sequence[Sample], axis: Axis) -> Html:
    """When each alarm was on, or that none was."""
    found = bands(on_axis(samples, axis))
    if not found:
        caption = join(element("b", "Alarms"), element("span", "None went off.", class_="entry"))
        return element("p", caption, class_="chart no-alarm")
    rows = [
        Bar(
            start=start,
            end=end,
            look="bad",
            name=name,
            detail=short(end - start, axis.factor),
        )
        for name, start, end in found
    ]
    said = "; ".join(f"{name} from {clock(start)} to {clock(end)}" for name, start, end in found)
    return element(
        "figure",
        element("figcaption", element("b", "Alarms")),
        bars(rows, axis, title="Alarms", description=f"In alarm: {said}."),
        class_="chart",
    )
