"""Holidays: dates from an iCalendar (RFC 5545) or from plain lines, read for a range of days. What can not be read is Bad.

Rules that repeat within a day are refused: they mean nothing to a calendar of days, and one line of them could cost hours.
"""

import datetime
import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from router.base.parse import Bad
from router.controllers.diurnal import iso
from router.controllers.diurnal.types import Calendar, Dates

LARGEST = 1024 * 1024
"""Characters; a ConfigMap holds no more."""
_WITHIN_A_DAY = re.compile(r"^(?:RRULE|EXRULE)[;:].*(?:FREQ=(?:SECOND|MINUTE|HOUR)LY|BY(?:SECOND|MINUTE|HOUR)=)", re.I | re.M)
_FOLD = re.compile(r"\r?\n[ \t]")
_ONE_DAY = datetime.timedelta(days=1)
_OLDEST = datetime.date(1900, 1, 1)

Holidays = Mapping[str, frozenset[datetime.date]]
"""By the name of the calendar: the days of the range that was asked for."""


def holidays(
    calendars: tuple[Calendar, ...],
    texts: Mapping[tuple[str, str], str | None],
    first: datetime.date,
    last: datetime.date,
) -> Holidays | Bad:
    """The days from ``first`` to ``last`` of every calendar. ``texts``: see types.Seen.calendars."""
    made: dict[str, frozenset[datetime.date]] = {}
    for calendar in calendars:
        if not calendar.config_map:
            made[calendar.name] = _listed(calendar.dates, first, last)
            continue
        text = texts.get((calendar.config_map, calendar.key))
        where = f"calendar {calendar.name}: key {calendar.key} of ConfigMap {calendar.config_map}"
        days = Bad(why="is not there") if text is None else days_of(text, first, last)
        if isinstance(days, Bad):
            return Bad(why=f"{where} {days.why}")
        made[calendar.name] = days
    return made


def _listed(ranges: tuple[Dates, ...], first: datetime.date, last: datetime.date) -> frozenset[datetime.date]:
    return frozenset(day for day in each_day(first, last) if iso.within(ranges, day))


def each_day(first: datetime.date, last: datetime.date) -> Iterator[datetime.date]:
    """Both ends are in it."""
    for n in range((last - first).days + 1):
        yield first + datetime.timedelta(days=n)


@functools.lru_cache(maxsize=64)
def days_of(text: str, first: datetime.date, last: datetime.date) -> frozenset[datetime.date] | Bad:
    """The days on which the calendar has an event."""
    if len(text) > LARGEST:
        return Bad(why="is larger than 1 MiB")
    if "BEGIN:VCALENDAR" in text:
        return _ical(text, first, last)
    ranges: list[Dates] = []
    for number, line in enumerate(text.splitlines(), 1):
        word = line.split("#", 1)[0].split()
        found = iso.dates(word[0]) if word else None
        if isinstance(found, Bad):
            return Bad(why=f"is neither iCalendar nor lines of dates: line {number}: {found.why}")
        ranges += [found] if found else []
    return _listed(tuple(ranges), first, last) if ranges else Bad(why="holds no date")


def _ical(text: str, first: datetime.date, last: datetime.date) -> frozenset[datetime.date] | Bad:
    import recurring_ical_events  # noqa: PLC0415 -- 80 ms that only calendars cost

    if _WITHIN_A_DAY.search(_FOLD.sub("", text)):
        return Bad(why="has a rule that repeats within a day")
    try:
        calendar = _parsed(text)
        if isinstance(calendar, Bad):
            return calendar
        found = recurring_ical_events.of(calendar).between(first, last + _ONE_DAY)
        days = {day for event in found for day in _days_of_event(event)}
    except Exception as wrong:  # the library raises whatever its readers do
        return Bad(why=f"is not iCalendar: {type(wrong).__name__}: {wrong}"[:300])
    return frozenset(day for day in days if first <= day <= last)


@functools.lru_cache(maxsize=16)
def _parsed(text: str) -> Any:
    """An icalendar.Calendar, or Bad. The library keeps what it could not read in ``errors``: that is no calendar for us."""
    import icalendar  # noqa: PLC0415

    calendar = icalendar.Calendar.from_ical(text)
    for component in calendar.walk():
        if component.errors:
            return Bad(why=f"is not iCalendar: {component.name} {component.errors[0][0]}: {component.errors[0][1]}"[:300])
    events = calendar.walk("VEVENT")
    if not events:
        return Bad(why="holds no event")
    if any(_date(event.decoded("DTSTART")) < _OLDEST for event in events):
        return Bad(why=f"has an event before {_OLDEST.year}")
    return calendar


def _days_of_event(event: Any) -> Iterator[datetime.date]:
    """Every day that it touches, on the wall clock of the event. DTEND is exclusive."""
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    start, end = event.start, event.end
    last = _date(end) if isinstance(end, datetime.datetime) and end.time() != datetime.time() else _date(end) - _ONE_DAY
    yield from each_day(_date(start), max(_date(start), last))


def _date(value: datetime.date | datetime.datetime) -> datetime.date:
    return value.date() if isinstance(value, datetime.datetime) else value
