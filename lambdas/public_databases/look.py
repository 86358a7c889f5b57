"""Looks at every database, turns back those that are public, and reports. Knows no boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from .acts import Act
from .databases import Answer, Cluster, Instance, to_be_reverted, why_not
from .message import message
from .ports import CallFailed, Memory, World
from .reverts import Revert, is_new, owed, reason

PRIVATE = "made private"


@dataclass(frozen=True, kw_only=True)
class Done:
    """What was done about a database; `error` is why not all of it was, empty when it was.

    `arn` is empty for what concerns none. `public`: it was found so now. `reverted`: and RDS has
    accepted that it is not to be.
    """

    arn: str = ""
    public: bool = False
    reverted: bool = False
    action: str = ""
    act: Act | None = None
    error: str = ""


def look(world: World, told: tuple[frozenset[str], Act] | None) -> Iterator[Done]:
    """Do what is to be done, database by database, one after another's failure too.

    `told` is the act that the event tells of, with the identifiers of its database. What is done
    does not depend on it, only whom the report names.
    """
    problems: list[str] = []
    memory = _memory(world, told, problems)
    clusters: Sequence[Cluster] = ()
    instances: Sequence[Instance] = ()
    try:
        clusters = world.databases.clusters()
    except CallFailed as error:
        problems.append(str(error))
    try:
        instances = world.databases.instances()
    except CallFailed as error:
        problems.append(str(error))
    reverted = set()
    for instance in to_be_reverted(instances, clusters):
        done = _revert(world, instance, memory)
        if done.reverted:
            reverted.add(instance.identifier)
        yield done
    for cluster in clusters:
        if cluster.public:
            yield Done(arn=cluster.arn, public=True, error=why_not(cluster))
    yield from _owed(world, memory, but=reverted)
    for problem in (*problems, *memory.unreadable):
        yield Done(error=problem)


def _memory(world: World, told: tuple[frozenset[str], Act] | None, problems: list[str]) -> Memory:
    """Without a memory everything is done all the same; a report may come twice then."""
    try:
        memory = world.records.read()
    except CallFailed as error:
        problems.append(str(error))
        memory = Memory(known=False)
    if told is None:
        return memory
    identifiers, act = told
    news = {
        name: act
        for name in identifiers
        if name not in memory.acts or memory.acts[name].when < act.when
    }
    for name in news:
        try:
            world.records.remember(name, act)
        except CallFailed as error:
            problems.append(str(error))
    return replace(memory, acts={**memory.acts, **news})


def _revert(world: World, instance: Instance, memory: Memory) -> Done:
    name = instance.identifier
    last = memory.reverts.get(name)
    act = reason(memory.acts.get(name), last, now=world.now())
    done = Done(arn=instance.arn, public=True, act=act)
    try:
        answer = world.databases.make_private(name)
    except CallFailed as error:
        return replace(done, error=str(error))
    if answer is Answer.GONE:
        return replace(done, action="nothing: it was deleted")
    if answer is Answer.NOT_NOW:
        return replace(
            done, action=f"nothing yet: it cannot be modified while it is {instance.status}"
        )
    done = replace(done, reverted=True, action=PRIVATE)
    now = world.now()
    if not is_new(last, act, now=now):
        return replace(done, action=f"{PRIVATE} once more, as a moment ago")
    revert = Revert(arn=instance.arn, at=now, act=act, claimed=now)
    return _report(world, name, revert, memory, done=done)


def _owed(world: World, memory: Memory, *, but: Collection[str]) -> Iterator[Done]:
    """Report what another look has reverted and, for a failure of its, not reported.

    But for those that were reverted again just now, and reported with that.
    """
    now = world.now()
    for name, revert in memory.reverts.items():
        if name not in but and owed(revert, now=now):
            done = Done(arn=revert.arn, action="reported late", act=revert.act)
            yield _report(world, name, replace(revert, claimed=now), memory, done=done)


def _report(world: World, name: str, revert: Revert, memory: Memory, *, done: Done) -> Done:
    """Tell people, unless another look does; of the last revert too, if nobody has."""
    number = memory.numbers.get(name, 0) + 1
    last = memory.reverts.get(name)
    told = [revert]
    if last is not None and last.at != revert.at and owed(last, now=revert.claimed):
        told.insert(0, last)
    try:
        if memory.known and not world.records.claim(name, revert, number=number):
            return replace(done, action=f"{done.action}; another look reports it")
    except CallFailed as error:
        # A message that comes twice harms less than one that does not come.
        done = replace(done, error=str(error))
    try:
        for one in told:
            world.topic.publish(message(one))
        if memory.known:
            world.records.close(name, revert, number=number)
    except CallFailed as error:
        done = replace(done, error="; ".join(filter(None, (done.error, str(error)))))
    return done
