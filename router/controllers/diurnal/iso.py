"""ISO 8601 as people write it into schedules: times of day, dates, weekdays. Text in, value or Bad out.

Times are ``hh``, ``hhmm``, ``hhmmss`` or ``hh:mm``, ``hh:mm:ss``, then nothing, ``Z`` or an offset of the same form (basic or
extended), -12:00 to +14:00. ``-00:00`` is refused: ISO 8601 gives it no meaning. These are the forms of the controller of 2015.
"""

import calendar
import datetime
import re

from router.base.parse import Bad
from router.controllers.diurnal.types import Dates, Time

DAY = 86400
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG = tuple(calendar.day_name)
_BASIC = re.compile(r"([0-9]{2})(?:([0-9]{2})([0-9]{2})?)?(Z|[+-][0-9]{2}(?:[0-9]{2})?)?", re.ASCII)
_EXTENDED = re.compile(r"([0-9]{2})(?::([0-9]{2})(?::([0-9]{2}))?)?(Z|[+-][0-9]{2}(?::[0-9]{2})?)?", re.ASCII)
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_YEARLY = re.compile(r"(?:--)?([0-9]{2})-([0-9]{2})", re.ASCII)
_FRACTION = re.compile(r"(?<=:[0-9]{2}:[0-9]{2})\.[0-9]{1,9}(?=Z|[+-])", re.ASCII)
_LEAP = 2000


def time_of_day(text: str, *, end: bool = False) -> Time | Bad:
    """``end``: 24:00 is a time too, the end of the day."""
    found = _EXTENDED.fullmatch(text) or _BASIC.fullmatch(text)
    if not found:
        return Bad(why=f"{text!r} is not a time such as 06:00, 06:00:30, 0600-0500 or 06:00Z")
    hour, minute, second = (int(part or 0) for part in found.groups()[:3])
    last = (24, 0, 0) if end else (23, 59, 59)
    if (hour, minute, second) > last or minute > 59 or second > 59:
        return Bad(why=f"{text!r} is not between 00:00 and {'24:00' if end else '23:59:59'}")
    offset = _offset(found[4]) if found[4] else None
    if isinstance(offset, Bad):
        return offset
    return Time(seconds=hour * 3600 + minute * 60 + second, offset=offset)


def _offset(text: str) -> int | Bad:
    """Seconds east of UTC."""
    digits = text[1:].replace(":", "").ljust(4, "0")
    if text == "Z":
        return 0
    sign, hours, minutes = -1 if text[0] == "-" else 1, int(digits[:2]), int(digits[2:])
    seconds = sign * (hours * 3600 + minutes * 60)
    if text[0] == "-" and not seconds:
        return Bad(why=f"the offset {text} has no meaning; write Z")
    if minutes > 59 or not -12 * 3600 <= seconds <= 14 * 3600:
        return Bad(why=f"the offset {text} is not between -12:00 and +14:00")
    return seconds


def moment(text: str, *, end: bool = False) -> Time | Bad:
    """A time of day, or one on a date: ``2026-11-27T08:00``."""
    if "T" not in text:
        return time_of_day(text, end=end)
    before, _, after = text.partition("T")
    day, time = date(before), time_of_day(after, end=end)
    if isinstance(day, Bad):
        return day
    return time if isinstance(time, Bad) else Time(seconds=time.seconds, offset=time.offset, date=day)


def instant(text: str) -> datetime.datetime | Bad:
    """RFC 3339, always with an offset: ``2026-11-27T08:00:00Z``. UTC comes back, without fractions of a second."""
    found = moment(_FRACTION.sub("", text.upper(), count=1))
    if isinstance(found, Bad) or found.date is None or found.offset is None:
        return Bad(why=f"{text!r} is not a date and time with an offset, such as 2026-11-27T08:00:00Z")
    start = datetime.datetime.combine(found.date, datetime.time(), datetime.UTC)
    try:
        return start + datetime.timedelta(seconds=found.seconds - found.offset)
    except OverflowError:
        return Bad(why=f"{text!r} is beyond every calendar")


def date(text: str) -> datetime.date | Bad:
    found = _DATE.fullmatch(text)
    try:
        year, month, day = (int(part) for part in found.groups()) if found else (0, 0, 0)
        return datetime.date(year, month, day)
    except ValueError:
        return Bad(why=f"{text!r} is not a date such as 2026-12-24")


def _day(text: str) -> tuple[datetime.date, bool] | Bad:
    """(date, whether it is of every year)."""
    if found := _YEARLY.fullmatch(text):
        try:
            return datetime.date(_LEAP, int(found[1]), int(found[2])), True
        except ValueError:
            return Bad(why=f"{text!r} is not a day of the year such as 12-24")
    one = date(text)
    return one if isinstance(one, Bad) else (one, False)


def dates(text: str) -> Dates | Bad:
    """``2026-12-24``, ``2026-12-24/2026-12-31``, and of every year ``12-24``, ``--12-24``, ``12-24/01-02``."""
    first_text, slash, last_text = text.partition("/")
    first = _day(first_text)
    last = _day(last_text) if slash else first
    if isinstance(first, Bad):
        return first
    if isinstance(last, Bad):
        return last
    if first[1] != last[1]:
        return Bad(why=f"{text!r} has a year on one side only")
    if not first[1] and last[0] < first[0]:
        return Bad(why=f"{text!r} ends before it begins")
    return Dates(first=first[0], last=last[0], yearly=first[1])


def weekdays(text: str) -> frozenset[int] | Bad:
    """``Mon-Fri``, ``Sat,Sun``, ``Fri-Mon`` (over the weekend), also ``Monday``."""
    found: set[int] = set()
    for part in text.split(","):
        ends = [_weekday(word.strip(" ")) for word in part.split("-")]
        if None in ends or len(ends) > 2:
            return Bad(why=f"{part.strip()!r} is not a weekday such as Mon, or a range such as Mon-Fri")
        first, last = ends[0] or 0, ends[-1] or 0
        found.update((first + n) % 7 for n in range((last - first) % 7 + 1))
    return frozenset(found)


def _weekday(word: str) -> int | None:
    low = word.capitalize()
    return WEEKDAYS.index(low) if low in WEEKDAYS else _LONG.index(low) if low in _LONG else None


def within(ranges: tuple[Dates, ...], day: datetime.date) -> bool:
    return any(_in(r, day) for r in ranges)


def _in(r: Dates, day: datetime.date) -> bool:
    if not r.yearly:
        return r.first <= day <= r.last
    turned = day.replace(year=_LEAP)
    return r.first <= turned <= r.last if r.first <= r.last else not r.last < turned < r.first
