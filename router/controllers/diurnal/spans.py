"""Entries of a schedule as spans of time: [start, end) in instants, each with a level. Days are local days of the entry's zone.

A point (``at``) holds until the next point of any entry. A window (``from``, ``to``) holds between its ends and belongs to the
day on which it starts. The ends of a window obey the policies of points, but a window whose end falls into a gap always ends.
"""

import datetime
import functools
from collections.abc import Iterable, Iterator

from router.base.frozen import Frozen
from router.controllers.diurnal import iso, zones
from router.controllers.diurnal.calendars import Holidays, each_day
from router.controllers.diurnal.iso import DAY
from router.controllers.diurnal.types import DiurnalController, Entry, Formula, Level, Time

FAR = 2**40
"""After every end."""
CLASSES = ("workday", "weekend", "holiday")


class Span(Frozen):
    """``entry``: index in the schedule. ``whole``: when what it is a part of began (a formula's window has many spans)."""

    start: int
    end: int
    entry: int
    level: Level
    whole: tuple[int, int]


class Point(Frozen, order=True):
    """``nominal``: its place in the order of the day, which a gap may have disturbed (zones.placed)."""

    start: int
    nominal: int
    entry: int


def spans(spec: DiurnalController, holidays: Holidays, first: datetime.date, last: datetime.date) -> list[Span]:
    """All that start on a local day from ``first`` to ``last``, and one-off events of any day, sorted."""
    made: list[Span] = []
    days = tuple(each_day(first, last))
    for index, entry in enumerate(spec.entries):
        if not entry.at:
            made += _parts(spec, index, entry, _windows(spec, entry, holidays, days))
    points = applied(spec, holidays, first, last)
    return sorted([*made, *_held(spec, points)], key=lambda span: (span.start, span.entry))


def applied(spec: DiurnalController, holidays: Holidays, first: datetime.date, last: datetime.date) -> list[Point]:
    """Every point of these days, in the order in which they come."""
    days = tuple(each_day(first, last))
    return sorted(
        point
        for index, entry in enumerate(spec.entries)
        if entry.at
        for point in _points(spec, index, entry.at, (d for d in days if holds(spec, entry, holidays, d)))
    )


def holds(spec: DiurnalController, entry: Entry, holidays: Holidays, day: datetime.date) -> bool:
    """Whether an entry is of this local day."""
    if entry.days and day.weekday() not in entry.days:
        return False
    if (entry.dates and not iso.within(entry.dates, day)) or iso.within(entry.but, day):
        return False
    return not entry.classes or class_of(spec, entry.calendars, holidays, day) in entry.classes


def class_of(spec: DiurnalController, calendars: frozenset[str], holidays: Holidays, day: datetime.date) -> str:
    """``holiday``: in one of the calendars (none named: any). Else ``workday`` or ``weekend``, by ``workdays``."""
    if any(day in days for name, days in holidays.items() if not calendars or name in calendars):
        return "holiday"
    return "workday" if day.weekday() in spec.workdays else "weekend"


def zone_of(spec: DiurnalController, time: Time | None) -> datetime.tzinfo:
    if time is None or time.offset is None:
        return zones.zone(spec.zone)
    return _fixed(time.offset)


@functools.cache
def _fixed(offset: int) -> datetime.tzinfo:
    return datetime.timezone(datetime.timedelta(seconds=offset))


def _points(spec: DiurnalController, index: int, at: Time, days: Iterable[datetime.date]) -> Iterator[Point]:
    tz = zone_of(spec, at)
    for day in (at.date,) if at.date else days:
        instants, nominal = zones.placed(day, at.seconds, tz, spec.gap, spec.repeat)
        for instant in instants:
            yield Point(start=instant, nominal=instant if nominal is None else nominal, entry=index)


def _held(spec: DiurnalController, points: list[Point]) -> Iterator[Span]:
    """Each point holds until the next. Of points at one instant, and of points that a gap put past each other, the one stands
    that is later on other days; of points that are equal in that, one with a date, then by priority, then by the overlap
    rule."""
    standing: list[Point] = []
    for point in points:
        if standing and _rank(spec, point)[0] < _rank(spec, standing[-1])[0]:
            continue
        if standing and standing[-1].start == point.start:
            standing.append(max(standing.pop(), point, key=lambda p: _rank(spec, p)))
        else:
            standing.append(point)
    ends = [point.start for point in standing[1:]] + [FAR]
    for point, end in zip(standing, ends, strict=False):
        level, start = spec.entries[point.entry].level, point.start
        yield Span(start=start, end=end, entry=point.entry, level=level, whole=(start, end))


def _rank(spec: DiurnalController, point: Point) -> tuple[int, ...]:
    entry = spec.entries[point.entry]
    dated = bool(entry.at and entry.at.date)
    return (point.nominal, dated, entry.priority, *preference(spec.overlap, point.start, point.entry, entry.level))


def preference(overlap: str, start: int, entry: int, level: Level) -> tuple[int, ...]:
    """Of equal priority, the greatest wins; in a tie, who is written first. ``latest``: who started last, then who is written
    last."""
    if overlap == "latest":
        return (start, entry)
    size = (level.low if level.low is not None else -1, level.high if level.high is not None else FAR)
    return (*(size if overlap == "max" else (-n for n in size)), -entry)


def _windows(
    spec: DiurnalController, entry: Entry, holidays: Holidays, days: Iterable[datetime.date]
) -> Iterator[tuple[int, int]]:
    """(start, end) of each; a window without length is none."""
    start, end = entry.start, entry.end
    assert start and end
    for day in (start.date,) if start.date else days:
        if not start.date and not holds(spec, entry, holidays, day):
            continue
        begins = zones.instants(day, start.seconds, zone_of(spec, start), spec.gap, spec.repeat)
        after = end.date or (day if end.seconds > start.seconds else day + datetime.timedelta(days=1))
        ends = _end(spec, after, end)
        if begins and begins[0] < ends:
            yield begins[0], ends


def _end(spec: DiurnalController, day: datetime.date, end: Time) -> int:
    """With ``repeat: both`` the later one. A day that the zone left out ends when the next begins."""
    gap = "endOfGap" if spec.gap == "skip" else spec.gap
    tz = zone_of(spec, end)
    found = zones.instants(day, end.seconds, tz, gap, spec.repeat)
    return found[-1] if found else zones.instants(day + datetime.timedelta(days=1), 0, tz, gap, spec.repeat)[0]


def _parts(spec: DiurnalController, index: int, entry: Entry, windows: Iterable[tuple[int, int]]) -> Iterator[Span]:
    for start, end in windows:
        if entry.formula is None:
            yield Span(start=start, end=end, entry=index, level=entry.level, whole=(start, end))
            continue
        for at, until, value in _samples(entry.formula, start, end, zone_of(spec, entry.start)):
            yield Span(start=at, end=until, entry=index, level=Level(low=value, high=value), whole=(start, end))


def _samples(formula: Formula, start: int, end: int, tz: datetime.tzinfo) -> Iterator[tuple[int, int, int]]:
    """(start, end, value) of each sample. The wall clock chooses the sample, so one may be cut short, or come twice."""
    at = start
    while at < end:
        now = zones.local(at, tz)
        wall = now.hour * 3600 + now.minute * 60 + now.second
        until = at + formula.every - wall % formula.every
        if zones.local(until, tz).utcoffset() != now.utcoffset():
            until = zones.change(at, until, tz)
        until = min(until, end)
        yield at, until, formula.values[wall // formula.every % (DAY // formula.every)]
        at = until
