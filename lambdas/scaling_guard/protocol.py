"""The order of the calls, which is what keeps a service's scaling from being lost.

The marker is written before anything is suspended and deleted after everything is given back, so
that a function killed in between leaves what the next one needs: whoever finds a marker without an
active deployment gives back, and who finds a deployment without suspension suspends.

Two invocations at once: creating the marker is atomic, but deleting it is not conditional. So who
suspends looks again whether the marker is still there, and who deletes it looks again whether
anything was suspended since; if so each gives the flags back at once and starts over. What remains
is a function killed right between such a call and its mending, while another does the opposite
within the same moment. A reserved concurrency of 1 rules that out too.
"""

from __future__ import annotations

from dataclasses import dataclass

from .guard import SUSPENDED, Bounds, Marker, caught_up, opened, window_start
from .ports import GuardError, World
from .schedule import due_in

ROUNDS = 3


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was done for a service, in a sentence, and what a person should know of it."""

    action: str
    notes: tuple[str, ...] = ()


def settle(world: World, service: str) -> Report:
    """Bring the service's scaling to what its deployments ask for: suspended, or as before.

    Raises `GuardError` when a call failed; running again is always right.
    """
    active = world.deployments.active(service)
    if active:
        return suspend(world, service, deployment_id=active[0])
    return _resume(world, service)


def suspend(world: World, service: str, *, deployment_id: str) -> Report:
    """Suspend the service's scaling for a deployment, keeping what it was before in the marker.

    Raises `GuardError` as `settle` does.
    """
    target = world.targets.describe(service)
    if target is None:
        return Report(action="nothing: the service has no scalable target")
    if target.flags == SUSPENDED and world.markers.read(service) is not None:
        return Report(action="nothing: scaling is suspended already")
    wanted = opened(deployment_id=deployment_id, target=target, now=world.now())
    for _ in range(ROUNDS):
        # Only the answer to a write says for sure whether there is a marker.
        held = wanted if world.markers.create(service, wanted) else world.markers.read(service)
        if held is None:
            continue
        # Again: until the marker was there, the release before may have been given back.
        target = world.targets.describe(service)
        if target is None:
            return Report(action="nothing: the service's scalable target was just removed")
        wanted = held.having_seen(target.flags)
        if wanted != held:
            world.markers.replace(service, wanted)
        if target.flags != SUSPENDED:
            world.targets.suspend(service, SUSPENDED)
        if world.markers.read(service) is not None:
            return Report(action=f"scaling is suspended for deployment {deployment_id}")
        world.targets.suspend(service, wanted.before)
    raise GuardError(
        f"Scaling of service {service} could not be suspended: another invocation, which ends a "
        f"release, deleted the marker {ROUNDS} times. The watchdog's next run suspends it."
    )


def _resume(world: World, service: str) -> Report:
    marker = world.markers.read(service)
    if marker is None:
        return Report(action="nothing: no deployment is active, and no scaling is marked suspended")
    target = world.targets.describe(service)
    if target is None:
        world.markers.delete(service)
        return Report(action="the marker is deleted: the service has no scalable target any more")
    marker = marker.having_seen(target.flags)
    if target.flags != marker.before:
        world.targets.suspend(service, marker.before)
    # A deployment may have begun meanwhile, such as the rollback of the one that failed.
    active = world.deployments.active(service)
    if active:
        return suspend(world, service, deployment_id=active[0])
    notes = _catch_up(world, service, marker=marker, bounds=target.bounds)
    world.markers.delete(service)
    after = world.targets.describe(service)
    if after is None or after.flags == marker.before:
        return Report(action="scaling is as it was before the release", notes=notes)
    world.targets.suspend(service, marker.before)
    active = world.deployments.active(service)
    if active:
        return suspend(world, service, deployment_id=active[0])
    return Report(action="scaling is as it was before the release, again", notes=notes)


def _catch_up(world: World, service: str, *, marker: Marker, bounds: Bounds) -> tuple[str, ...]:
    """Do what scheduled actions missed: AWS runs none of a suspension's time afterwards.

    https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-suspend-resume-scaling.html
    Called when scheduled scaling runs again, so that no action falls between the two. Those that
    were suspended before the release have missed nothing.
    """
    if marker.before.scheduled:
        return ()
    due, unknown = due_in(
        world.targets.scheduled_actions(service), after=window_start(marker), until=world.now()
    )
    notes = tuple(f"not made up for, should it have fallen due: {why}" for why in unknown)
    wanted = caught_up(marker=marker, bounds=bounds, due=due)
    if wanted == bounds:
        return notes
    world.targets.bound(service, wanted)
    names = ", ".join(one.action.name for one in due)
    return (*notes, f"the bounds {bounds} are now {wanted}, because meanwhile fell due: {names}")
