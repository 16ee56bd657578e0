"""From a level to the fields of one target, and how far they may go at once."""

import re
from collections.abc import Mapping

from router.base.parse import Bad
from router.controllers.diurnal import originals
from router.controllers.diurnal.originals import Values
from router.controllers.diurnal.types import AUTOSCALER, DAEMON, DiurnalController, Level, Limits, Target

HIGH = 1_000_000
"""The maximum of an autoscaler that is not known: no bound that matters."""
_PERCENT = re.compile(r"([0-9]{1,3})%", re.ASCII)


def wanted(spec: DiurnalController, level: Level, target: Target) -> Values | Bad:
    """What every field should be. Bad: why this target can not have the level."""
    if target.kind == AUTOSCALER:
        return _bounds(spec.mode, level, originals.original(target))
    if target.kind == DAEMON:
        return {"nodes": f"{level.low}%" if spec.unit == "percent" else level.low}
    if target.replicas is None:
        return Bad(why=f"{target.id} has no replicas that could be set")
    if spec.mode == "bounds":
        return Bad(why=f"mode bounds needs a {AUTOSCALER}, and none scales {target.id}")
    return {"replicas": _replicas(spec.mode, level, target.replicas)}


def _replicas(mode: str, level: Level, now: int) -> int:
    if mode == "floor":
        return max(now, level.low or 0)
    if mode == "ceiling" and level.high is not None:
        return min(now, level.high)
    return level.low or 0


def _bounds(mode: str, level: Level, had: Values) -> Values:
    """1 <= min <= max, as the API server wants it. A floor keeps the original maximum, a ceiling the original minimum."""
    low, high = _number(had["minReplicas"]) or 1, _number(had["maxReplicas"]) or 1
    if mode == "floor":
        return {"minReplicas": _same(had["minReplicas"], max(low, min(level.low or 0, high))), "maxReplicas": had["maxReplicas"]}
    if mode == "ceiling":
        top = high if level.high is None else level.high
        return {"minReplicas": had["minReplicas"], "maxReplicas": max(low, min(high, top))}
    new_low = low if level.low is None else max(1, level.low)
    new_high = high if level.high is None else max(1, level.high)
    if level.low is None:
        new_low = min(new_low, new_high)
    return {"minReplicas": new_low, "maxReplicas": max(new_low, new_high)}


def _same(had: int | str | None, value: int) -> int | None:
    """A minReplicas that is not written means 1, and stays unwritten."""
    return None if had is None and value == 1 else value


def _number(value: int | str | None) -> int | None:
    return value if isinstance(value, int) else None


def capped(spec: DiurnalController, level: Level, target: Target) -> str:
    """Says it if an autoscaler's own bounds keep a floor or a ceiling from its number."""
    if target.kind != AUTOSCALER or spec.mode not in ("floor", "ceiling"):
        return ""
    had = originals.original(target)
    low, high = _number(had["minReplicas"]) or 1, _number(had["maxReplicas"]) or 1
    if spec.mode == "floor" and (level.low or 0) > high:
        return f"the floor {level.low} is above maxReplicas {high} of {target.id}"
    if spec.mode == "ceiling" and level.high is not None and level.high < low:
        return f"the ceiling {level.high} is below minReplicas {low} of {target.id}"
    return ""


def limited(limits: Limits | None, now: Values, want: Values) -> Values:
    """As far towards ``want`` as one step may go. Fields whose two values can not be compared go at once."""
    return {field: _towards(limits.step, now.get(field), value) for field, value in want.items()} if limits else want


def _towards(step: int, now: int | str | None, want: int | str | None) -> int | str | None:
    if isinstance(now, int) and isinstance(want, int):
        return max(now - step, min(now + step, want))
    before, after = _percent(now), _percent(want)
    if before is None or after is None:
        return want
    return f"{max(before - step, min(before + step, after))}%"


def _percent(value: int | str | None) -> int | None:
    """No ``nodes`` at all means all of them."""
    if value is None:
        return 100
    found = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    return int(found[1]) if found else None


def distance(now: Mapping[str, int | str | None], want: Mapping[str, int | str | None]) -> int:
    """By how much the largest change of a field changes it; percent count as numbers."""
    return max((_size(now.get(field), value) for field, value in want.items()), default=0)


def _size(now: int | str | None, want: int | str | None) -> int:
    if isinstance(now, int) and isinstance(want, int):
        return abs(want - now)
    before, after = _percent(now), _percent(want)
    return abs(after - before) if before is not None and after is not None else 0
