"""How a number gets from one value to another within a time: never the wrong way, exact at the end."""

import math

from router.controllers.diurnal.formula import nearest
from router.controllers.diurnal.types import Level, Ramp

FINEST = 200
"""Steps of one ramp at most."""


def share(ramp: Ramp, passed: float) -> float:
    """How much of the way is done after ``passed`` (0 to 1) of the time: rises from 0 to 1."""
    if passed >= 1:
        return 1.0
    if ramp.shape == "steps":
        return (math.floor(passed * ramp.steps + 1e-9) + 1) / ramp.steps
    return (1 - math.cos(math.pi * passed)) / 2 if ramp.shape == "cosine" else passed


def between(old: int, new: int, done: float) -> int:
    return nearest(old + (new - old) * done)


def way(old: Level, new: Level, ramp: Ramp, start: int, end: int) -> list[tuple[int, Level]]:
    """(instant, level) of each change from ``start``, when ``old`` stood, to the end of the ramp: at most ``end``, the instant
    before which it must be over. The last is ``new``. A bound that is missing on one side jumps."""
    over = max(1, min(ramp.over, end - start))
    made: list[tuple[int, Level]] = []
    for instant in sorted({start, start + over, *(start + second for second in _looks(old, new, ramp, over))}):
        level = _mixed(old, new, share(ramp, (instant - start) / over))
        if level != (made[-1][1] if made else old):
            made.append((instant, level))
    return made


def _mixed(old: Level, new: Level, done: float) -> Level:
    return Level(low=_bound(old.low, new.low, done), high=_bound(old.high, new.high, done))


def _bound(old: int | None, new: int | None, done: float) -> int | None:
    return new if old is None or new is None else between(old, new, done)


def _looks(old: Level, new: Level, ramp: Ramp, over: int) -> list[int]:
    """Seconds after the start at which a rounded value may change."""
    if ramp.shape == "steps":
        return [math.ceil(over * n / ramp.steps) for n in range(ramp.steps)]
    found: list[int] = []
    for a, b in ((old.low, new.low), (old.high, new.high)):
        size = min(abs((b or 0) - (a or 0)), FINEST) if a is not None and b is not None else 0
        for n in range(size):
            done = (n + 0.5) / size
            at = over * (math.acos(1 - 2 * done) / math.pi if ramp.shape == "cosine" else done)
            found += (math.ceil(at), math.floor(at) + 1)  # a half is rounded up: on the way down the change comes after it
    return found
