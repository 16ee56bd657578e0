"""Local times to instants, with a stated answer for the hour that does not exist and for the hour that comes twice.

The zones are those of the tzdata wheel, never of the machine: equal versions of Tidegate agree, and the status names the data.
"""

import datetime
import difflib
import functools
import importlib.resources
import zoneinfo

import tzdata

from router.base.parse import Bad
from router.controllers.diurnal.iso import DAY

VERSION: str = tzdata.IANA_VERSION
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_ZERO = datetime.date(1970, 1, 1).toordinal()
_SECOND = datetime.timedelta(seconds=1)
_LONGEST = 64
"""Characters; the longest name has 32. difflib is quadratic."""


@functools.cache
def names() -> frozenset[str]:
    """Every name that the data knows."""
    return frozenset(importlib.resources.files(tzdata).joinpath("zones").read_text("utf-8").split())


@functools.cache
def zone(name: str) -> zoneinfo.ZoneInfo:
    """KeyError if there is none."""
    if name not in names():
        raise KeyError(name)
    file = importlib.resources.files(tzdata).joinpath("zoneinfo", *name.split("/"))
    with file.open("rb") as data:
        return zoneinfo.ZoneInfo.from_file(data, key=name)


def known(name: str) -> str | Bad:
    if name in names():
        return name
    name = name[:_LONGEST]
    near = difflib.get_close_matches(name, names(), n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return Bad(why=f"{name!r} is not a time zone of IANA tzdata {VERSION}{hint}")


def local(instant: int, tz: datetime.tzinfo) -> datetime.datetime:
    """The wall clock at an instant."""
    return (EPOCH + datetime.timedelta(seconds=instant)).astimezone(tz)


def seconds(moment: datetime.datetime) -> int:
    """An aware time as an instant, rounded down."""
    return (moment - EPOCH) // _SECOND


def _instant(wall: int, offset: datetime.timedelta | None) -> int:
    return wall - (offset or datetime.timedelta()) // _SECOND


def instants(day: datetime.date, time: int, tz: datetime.tzinfo, gap: str, repeat: str) -> tuple[int, ...]:
    """When the wall clock shows ``time`` (seconds since midnight, also 24:00) on ``day``: one instant, but

    in a gap: that of its end (``endOfGap``), the time as if the clock had not been put (``shift``), or none (``skip``);
    in a repeated hour: the ``first``, the ``second`` or ``both``;
    on a day that the zone left out (Samoa, 30 December 2011): none.
    """
    return placed(day, time, tz, gap, repeat)[0]


def placed(day: datetime.date, time: int, tz: datetime.tzinfo, gap: str, repeat: str) -> tuple[tuple[int, ...], int | None]:
    """(instants, the nominal instant of a time in a gap: as if the clock had been put before; None for a time that exists).

    By the nominal instant, times that a gap put to one instant, or past each other, have the order that they have on other days.
    """
    wall = (day.toordinal() - _ZERO) * DAY + time
    naive = datetime.datetime.combine(day, datetime.time()) + datetime.timedelta(seconds=time)
    before = _instant(wall, tz.utcoffset(naive))
    after = _instant(wall, tz.utcoffset(naive.replace(fold=1)))
    if before == after:
        return (before,), None
    if before < after:
        return {"first": (before,), "second": (after,)}.get(repeat, (before, after)), None
    end = change(after, before, tz)
    if gap == "skip" or (local(end - 1, tz).date() < day < local(end, tz).date()):
        return (), after
    return ((before,) if gap == "shift" else (end,)), after


def change(low: int, high: int, tz: datetime.tzinfo) -> int:
    """The instant in (low, high] at which the offset changes; at ``low`` the old one holds, at ``high`` the new one."""
    old = local(low, tz).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if local(middle, tz).utcoffset() == old:
            low = middle
        else:
            high = middle
    return high
