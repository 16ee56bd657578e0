"""Every zone of the tz database, 2020 to 2037: each local day applies each entry exactly once, unless it is told otherwise."""

import datetime
import functools
import importlib.resources
import random
from collections.abc import Iterator

import pytest
import tzdata

from router.controllers.diurnal import spans, zones
from tests.support.diurnal import understood

FIRST, LAST = datetime.date(2020, 1, 1), datetime.date(2037, 12, 31)
TIMES = (0, 1, 1800, 5400, 7199, 7200, 9000, 10799, 10800, 43200, 84600, 86399)
STRIDE = 9 * 86400
"""Seconds; no zone of these years changes its offset twice within them and back."""
ONE = datetime.timedelta(days=1)


def distinct() -> list[str]:
    """One name of each set of equal data."""
    seen: dict[bytes, str] = {}
    for name in sorted(zones.names()):
        data = importlib.resources.files(tzdata).joinpath("zoneinfo", *name.split("/")).read_bytes()
        seen.setdefault(data, name)
    return sorted(seen.values())


@functools.cache
def changes(name: str) -> tuple[int, ...]:
    """Instants at which the offset changes."""
    tz, found = zones.zone(name), []
    start, end = (zones.seconds(datetime.datetime.combine(d, datetime.time(), datetime.UTC)) for d in (FIRST, LAST))
    for at in range(start, end, STRIDE):
        if zones.local(at, tz).utcoffset() != zones.local(at + STRIDE, tz).utcoffset():
            found.append(zones.change(at, at + STRIDE, tz))
    return tuple(found)


def days(name: str) -> Iterator[datetime.date]:
    """Those on which something may happen, and a few others."""
    tz, chance = zones.zone(name), random.Random(name)
    picked = {zones.local(at, tz).date() + ONE * n for at in changes(name) for n in (-1, 0, 1)}
    picked |= {FIRST + ONE * chance.randrange((LAST - FIRST).days) for _ in range(8)}
    yield from sorted(picked)


def shown(day: datetime.date, time: int, tz: datetime.tzinfo) -> list[int]:
    """When the wall clock shows a time, found without ``fold``: every offset near is tried."""
    wall = zones.seconds(datetime.datetime.combine(day, datetime.time(), datetime.UTC)) + time
    offsets = {zones.local(wall + n * 3600, tz).utcoffset() for n in (-30, 0, 30)}
    naive = datetime.datetime.combine(day, datetime.time()) + datetime.timedelta(seconds=time)
    tried = {wall - round(o.total_seconds()) for o in offsets if o is not None}
    return sorted(i for i in tried if zones.local(i, tz).replace(tzinfo=None) == naive)


@pytest.mark.parametrize("part", range(8))
def test_each_time_of_each_day_comes_as_the_policies_say(part: int) -> None:
    gaps = repeats = 0
    for name in distinct()[part::8]:
        tz = zones.zone(name)
        for day in days(name):
            for time in TIMES:
                real = shown(day, time, tz)
                default = zones.instants(day, time, tz, "endOfGap", "first")
                assert len(default) == 1, (name, day, time)
                if real:
                    repeats += len(real) == 2
                    assert default == (real[0],), (name, day, time)
                    assert zones.instants(day, time, tz, "skip", "second") == (real[-1],)
                    assert zones.instants(day, time, tz, "skip", "both") == tuple(real)
                else:
                    gaps += 1
                    _in_a_gap(day, time, tz, default[0])
    assert gaps and repeats


def _in_a_gap(day: datetime.date, time: int, tz: datetime.tzinfo, end: int) -> None:
    naive = datetime.datetime.combine(day, datetime.time()) + datetime.timedelta(seconds=time)
    before, after = zones.local(end - 1, tz).replace(tzinfo=None), zones.local(end, tz).replace(tzinfo=None)
    assert before < naive < after
    assert zones.instants(day, time, tz, "skip", "first") == ()
    (shifted,) = zones.instants(day, time, tz, "shift", "first")
    assert zones.local(shifted, tz).replace(tzinfo=None) - naive == after - before - datetime.timedelta(seconds=1)


@pytest.mark.parametrize("part", range(8))
def test_around_every_change_of_every_zone_each_day_has_each_entry_once_and_in_order(part: int) -> None:
    lines = "".join(f'- {{at: "{t // 3600:02}:{t % 3600 // 60:02}:{t % 60:02}", replicas: {n}}}\n' for n, t in enumerate(TIMES))
    for name in distinct()[part::8]:
        spec = understood(f"timeZone: {name}\nschedule:\n{lines}")
        for at in {*changes(name)[:6], *changes(name)[-4:]}:
            day = zones.local(at, zones.zone(name)).date()
            applied = spans.applied(spec, {}, day - ONE, day + ONE)
            assert len(applied) == 3 * len(TIMES)
            assert [point.start for point in applied] == sorted(point.start for point in applied)
            assert [point.entry for point in applied] == [*range(len(TIMES))] * 3, (name, day)
