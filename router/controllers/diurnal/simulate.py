"""Days on a clock of our own: the objects of a namespace decide, their writes are done to a world in memory, and every change is
kept. It is ``decide`` that is run, so what is shown is what would happen, limits, conflicts and autoscalers included.
"""

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from router.base.parse import Bad
from router.controllers.diurnal import claims, numbers, originals, zones
from router.controllers.diurnal.course import Change, Course, Trouble
from router.controllers.diurnal.decide import decide
from router.controllers.diurnal.manifests import World
from router.controllers.diurnal.plan import plan
from router.controllers.diurnal.types import AUTOSCALER, DAEMON, Aim, Decision, DiurnalController, Memory, Reading, Target, Write

MOST = 200_000
"""Decisions of one simulation; more is a loop."""


def simulate(world: World, start: int, end: int, zone: str) -> Course:
    """From ``start`` to ``end``, instants. ``world`` is changed. Targets that it lacks are made up, at what the clock says."""
    run = _Run(world, start, make_up(world, start))
    while (now := run.next()) < end:
        run.turn(now)
    return Course(start=start, end=end, zone=zone, changes=tuple(run.changes), troubles=tuple(run.troubles))


class _Run:
    def __init__(self, world: World, start: int, unknown: set[str]) -> None:
        """``unknown``: targets of which nobody knows the number at the start."""
        self._world, self._start, self._unknown = world, start, unknown
        self._due = {found.meta.name: start for found in world.controllers}
        self._memory: dict[str, Memory] = {}
        self._status: dict[str, Mapping[str, Any]] = {}
        self._decisions = 0
        self.changes: list[Change] = []
        self.troubles: list[Trouble] = []

    def next(self) -> int:
        return min(self._due.values(), default=2**62)

    def turn(self, now: int) -> None:
        """All objects that are due decide; then their writes are done."""
        due = [found for found in self._world.controllers if self._due[found.meta.name] <= now]
        decided = [(found, self._decided(found, now)) for found in due]
        for found, decision in decided:
            for write in decision.writes:
                self._write(found, write, now)
        if now == self._start:
            self._first_values(now)

    def _decided(self, found: Reading, now: int) -> Decision:
        name = found.meta.name
        self._decisions += 1
        if self._decisions > MOST:
            raise RuntimeError(f"{name} decides without end")
        seen = self._world.seen(found, self._status.get(name, found.status))
        made = decide(zones.local(now, datetime.UTC), seen, self._memory.get(name, Memory()))
        self._memory[name], self._due[name] = made.memory, zones.seconds(made.again)
        self.troubles += _new(name, now, self._status.get(name, {}), made.status)
        self._status[name] = made.status
        return made

    def _write(self, found: Reading, write: Write, now: int) -> None:
        before = originals.present(write.target)
        self._world.targets[write.target.id] = _changed(write)
        if now == self._start:
            return
        name, target = found.meta.name, write.target.id
        for field, value in sorted(write.fields.items()):
            was = before[field]
            change = Change(instant=now, object=name, target=target, field=field, before=was, after=value, why=write.why)
            self.changes.append(change)

    def _first_values(self, now: int) -> None:
        """What stands when the time begins, and why."""
        for found in self._world.controllers:
            if found.object is None:
                continue
            why = str(self._status[found.meta.name].get("current", {}).get("why", ""))
            for target in (t for t in _written(found.object, self._world) if t.id not in self._unknown):
                for field, value in sorted(originals.present(target).items()):
                    self.changes.append(
                        Change(
                            instant=now, object=found.meta.name, target=target.id, field=field, before=None, after=value, why=why
                        )
                    )


def _written(spec: DiurnalController, world: World) -> Iterator[Target]:
    """Targets of a spec that it may write: of those that others win, nothing is shown under its name."""
    targets = tuple(world.targets.values())
    for claim in claims.claims(spec, [o for o in world.objects() if o.meta.name != spec.meta.name], targets):
        if claim.winner == spec.meta.name:
            yield (claims.autoscaler_of(claim.target, targets) if spec.mode != "set" else None) or claim.target


def _changed(write: Write) -> Target:
    names = {"replicas": "replicas", "minReplicas": "low", "maxReplicas": "high", "nodes": "nodes"}
    values: dict[str, Any] = {names[field]: value for field, value in write.fields.items()}
    return msgspec.structs.replace(write.target, note=write.note or "", **values)


def _new(name: str, now: int, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Trouble]:
    """What became bad between two statuses."""
    old = set(_bad(before))
    return [Trouble(instant=now, object=name, reason=r, message=m, grave=g) for r, m, g in _bad(after) if (r, m, g) not in old]


def _bad(status: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    for condition in status.get("conditions", ()):
        if (condition["type"], condition["status"]) in (("Ready", "False"), ("Conflict", "True")):
            yield condition["reason"], condition["message"], condition["reason"] != "Capped"
    if overlap := status.get("overlap"):
        yield (
            "Overlap",
            f"{status['current']['entry']} over {', '.join(overlap['entries'])}, by overlap: {overlap['rule']}",
            False,
        )


def make_up(world: World, start: int | None) -> set[str]:
    """Adds the targets that are aimed at and are not there. The ids of those whose numbers mean nothing: without a ``start`` all,
    else those of a schedule that can not be reckoned, for its calendar is not there."""
    unknown = set[str]()
    for spec in world.objects():
        for aim in spec.aims:
            target = _made_up(aim)
            if not claims.meant(msgspec.structs.replace(spec, aims=(aim,)), world.targets.values()):
                made = None if start is None else _at_start(spec, target, world, start)
                unknown |= {target.id} if made is None else set()
                world.targets[target.id] = made or target
    return unknown


def _made_up(aim: Aim) -> Target:
    name = aim.name or "-".join(value for _, value in aim.labels)
    if aim.kind == AUTOSCALER:
        return Target(api_version=aim.api_version, kind=aim.kind, name=name, labels=dict(aim.labels), low=1, high=numbers.HIGH)
    replicas = None if aim.kind == DAEMON else 0
    return Target(api_version=aim.api_version, kind=aim.kind, name=name, labels=dict(aim.labels), replicas=replicas)


def _at_start(spec: DiurnalController, target: Target, world: World, start: int) -> Target | None:
    """With the number that the clock says, so that limits begin from there. None if that can not be reckoned."""
    found = plan(spec, world.calendars, start)
    if isinstance(found, Bad):
        return None
    if found.level is None or target.kind == AUTOSCALER:
        return target
    want = numbers.wanted(spec, found.level, target)
    return target if isinstance(want, Bad) else _changed(Write(target=target, fields=want, note=None, why=""))
