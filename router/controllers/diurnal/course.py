"""What a simulation found: every change of every number, and what can be told from them."""

import datetime
from collections.abc import Iterable, Iterator
from itertools import pairwise

from router.base.frozen import Frozen
from router.controllers.diurnal import numbers, zones


class Change(Frozen):
    """One field of one target. ``before`` is None for the first value of the time that is looked at."""

    instant: int
    object: str
    target: str
    field: str
    before: int | str | None
    after: int | str | None
    why: str


class Trouble(Frozen):
    """A condition that is not as it should be, when it first was so. ``grave``: it fails the simulation."""

    instant: int
    object: str
    reason: str
    message: str
    grave: bool = True


class Course(Frozen):
    """``changes``: sorted by time, the first value of every field first."""

    start: int
    end: int
    zone: str
    changes: tuple[Change, ...]
    troubles: tuple[Trouble, ...]

    def series(self) -> dict[tuple[str, str], list[Change]]:
        """By (target, field), sorted by time."""
        made: dict[tuple[str, str], list[Change]] = {}
        for change in self.changes:
            made.setdefault((change.target, change.field), []).append(change)
        return made


def rates(course: Course, per: int = 60) -> list[tuple[int, str, int]]:
    """(instant, target and field, size) of the largest change within ``per`` seconds, one for each number."""
    made = []
    for (target, field), changes in sorted(course.series().items()):
        moves = [(c.instant, numbers.distance({field: c.before}, {field: c.after})) for c in changes if c.instant > course.start]
        sums = list(_sums(moves, per))
        if sums:
            size, instant = max(sums, key=lambda s: (s[0], -s[1]))
            made.append((instant, f"{target} {field}", size))
    return made


def _sums(moves: list[tuple[int, int]], per: int) -> Iterator[tuple[int, int]]:
    """(sum of the sizes within ``per`` seconds from a move on, its instant), for each move."""
    total, last = 0, 0
    for instant, size in moves:
        while last < len(moves) and moves[last][0] < instant + per:
            total += moves[last][1]
            last += 1
        yield total, instant
        total -= size


def local_days(first: datetime.date, count: int, zone: str) -> tuple[int, int]:
    """The instants between which ``count`` local days lie."""
    tz = zones.zone(zone)
    return _midnight(first, tz), _midnight(first + datetime.timedelta(days=count), tz)


def _midnight(day: datetime.date, tz: datetime.tzinfo) -> int:
    found = zones.instants(day, 0, tz, "endOfGap", "first")
    return found[0] if found else _midnight(day + datetime.timedelta(days=1), tz)


def clock_changes(start: int, end: int, zone: str) -> Iterator[tuple[int, datetime.datetime, datetime.datetime]]:
    """(instant, what the wall clock would show, what it shows) whenever the clock is put."""
    tz = zones.zone(zone)
    for hour in range(start, end, 3600):
        until = min(hour + 3600, end)
        if zones.local(hour, tz).utcoffset() != zones.local(until, tz).utcoffset():
            at = zones.change(hour, until, tz)
            after = zones.local(at, tz)
            old = zones.local(at - 1, tz).utcoffset() or datetime.timedelta()
            yield at, (after - (after.utcoffset() or datetime.timedelta()) + old).replace(tzinfo=None), after.replace(tzinfo=None)


def differing(a: Course, b: Course) -> Iterable[tuple[int, int, str, int | str | None, int | str | None]]:
    """(from, to, target and field, value of a, value of b) of each time in which they differ."""
    left, right = a.series(), b.series()
    for name in sorted(left.keys() | right.keys()):
        mine, other = left.get(name, []), right.get(name, [])
        cuts = sorted({a.start, *(c.instant for c in [*mine, *other])})
        values = zip(_values(mine, cuts), _values(other, cuts), strict=True)
        for (start, end), (x, y) in zip(pairwise([*cuts, a.end]), values, strict=True):
            if x != y:
                yield start, end, " ".join(name), x, y


def _values(changes: list[Change], cuts: list[int]) -> Iterator[int | str | None]:
    """What stands from each of the cuts on."""
    value: int | str | None = None
    at = 0
    for cut in cuts:
        while at < len(changes) and changes[at].instant <= cut:
            value, at = changes[at].after, at + 1
        yield value
