"""What the clock says of one object now: the level, why, and what comes next."""

import datetime

import msgspec

from router.base.frozen import Frozen
from router.base.parse import Bad
from router.controllers.diurnal import curve, zones
from router.controllers.diurnal.curve import BASE, Segment, Step, Texts
from router.controllers.diurnal.iso import DAY
from router.controllers.diurnal.types import DiurnalController, Level

HORIZONS = (1, 8, 400)
"""Days in which the next change is searched."""


class Next(Frozen):
    """The next change of the schedule. A ramp begins then; ``level`` is where it leads."""

    instant: int
    level: Level | None
    entry: str


class Plan(Frozen):
    """``level`` None: nothing to say, the targets are left alone. ``entry``: its name, or ``base``, ``override``, or empty.

    ``goal``: where a ramp that lasts leads. ``over``: entries that hold too, with another level. ``change``: when
    ``level`` changes.
    """

    level: Level | None
    entry: str
    since: int | None
    why: str
    goal: Level | None
    over: tuple[str, ...]
    next: Next | None
    change: int | None


def plan(spec: DiurnalController, texts: Texts, now: int) -> Plan | Bad:
    steps: list[Step] = []
    for days in HORIZONS:
        found = curve.steps(spec, texts, now, now + days * DAY)
        if isinstance(found, Bad):
            return found
        steps = found
        if _next(spec, steps) is not None:
            break
    made = _scheduled(spec, steps)
    until = zones.seconds(spec.override.until) if spec.override else now
    if until <= now:
        return made
    after = curve.steps(spec, texts, until, until + 1)
    return after if isinstance(after, Bad) else _overridden(spec, made, after[0], until)


def _scheduled(spec: DiurnalController, steps: list[Step]) -> Plan:
    step, segment = steps[0], steps[0].segment
    change = next((later.start for later in steps if later.level != step.level), None)
    goal = segment.level if segment.level != step.level else None
    return Plan(
        level=step.level,
        entry=name_of(spec, segment),
        since=segment.whole[0] if segment.entry != BASE else None,
        why=_why(spec, segment, goal),
        goal=goal,
        over=tuple(spec.entries[index].name for index in segment.over),
        next=_next(spec, steps),
        change=change,
    )


def _why(spec: DiurnalController, segment: Segment, goal: Level | None) -> str:
    name = name_of(spec, segment)
    way = f", on the way to {level_text(goal, spec.unit)}" if goal else ""
    lost = f" (over {', '.join(spec.entries[index].name for index in segment.over)})" if segment.over else ""
    return f"{name or 'no entry holds'}{way}{lost}"


def name_of(spec: DiurnalController, segment: Segment) -> str:
    if segment.entry != BASE:
        return spec.entries[segment.entry].name
    return "base" if spec.base else ""


def _next(spec: DiurnalController, steps: list[Step]) -> Next | None:
    now = steps[0].segment.level
    for step in steps[1:]:
        if step.segment.level != now:
            return Next(instant=step.start, level=step.segment.level, entry=name_of(spec, step.segment))
    return None


def _overridden(spec: DiurnalController, made: Plan, after: Step, until: int) -> Plan:
    """``after``: what stands when the override has ended."""
    assert spec.override
    reason = spec.override.reason
    why = f"override until {instant_text(until)}{f': {reason}' if reason else ''}"
    back = Next(instant=until, level=after.level, entry=name_of(spec, after.segment))
    return msgspec.structs.replace(
        made, level=spec.override.level, entry="override", since=None, why=why, goal=None, over=(), next=back, change=until
    )


def level_text(level: Level | None, unit: str) -> str:
    """``5``, ``30%``, ``2..10``, ``2..``, ``..10``; ``-`` for none."""
    if level is None:
        return "-"
    sign = "%" if unit == "percent" else ""
    if level.low == level.high:
        return f"{level.low}{sign}"
    return f"{'' if level.low is None else level.low}..{'' if level.high is None else level.high}"


def instant_text(instant: int) -> str:
    """RFC 3339, UTC."""
    return (zones.EPOCH + datetime.timedelta(seconds=instant)).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_text(instant: int, zone: str) -> str:
    """RFC 3339 with the offset of the zone."""
    return zones.local(instant, zones.zone(zone)).isoformat()
