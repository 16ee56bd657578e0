"""Times, dates and weekdays as people write them. The first table is that of 2015, whose own test could not fail, with its
expectations corrected: an offset is subtracted, and its sign holds for its minutes too."""

import datetime

import pytest

from router.base.parse import Bad
from router.controllers.diurnal import iso
from router.controllers.diurnal.types import Time

TIMES = {
    # without an offset
    "00": (0, None), "23": (82800, None), "24": None, "49": None, "-2": None, "-01": None, "": None, "1": None, "123": None,
    "12:34:56": (45296, None), "123456": (45296, None), "12:34": (45240, None), "1234": (45240, None),
    "1234:56": None, "12:3456": None, "12:34:96": None, "12:34:-00": None, "123476": None, "12:-34": None, "12104": None,
    "00:00": (0, None), "00:59": (3540, None), "00:60": None, "00:-01": None, "01:02:00": (3720, None), "01:02:59": (3779, None),
    "01:02:60": None, "01:02:-01": None, "24:00": None, "23:59:59": (86399, None), "12:34:56.5": None, "12h30m0s": None,
    # UTC
    "00Z": (0, 0), "-2Z": None, "12:34:56Z": (45296, 0), "12:34Z": (45240, 0), "1234Z": (45240, 0), "12:34:-00Z": None,
    "12104Z": None, "1210Z+00": None, "1210Z-00": None, "12:34z": None,
    # east
    "00+00": (0, 0), "-2+03": None, "11:34:56+12": (41696, 43200), "12:34:14+10:30": (45254, 37800), "12:34:-00+10": None,
    "1210+00:00": None, "12:10+0000": None, "1210+0000": (43800, 0), "12:10+00:00": (43800, 0), "01:02:03+14": (3723, 50400),
    "01:02:03+15": None, "01:02:03+14:30": None, "12:10+01:60": None,
    # west: the sign is that of hours and minutes
    "00-00": None, "00-00:00": None, "-2-03": None, "11:34:56-11": (41696, -39600), "12:34:14-10:30": (45254, -37800),
    "12:34:-00-10": None, "1210-00:00": None, "12:10-0000": None, "01:02:03-12": (3723, -43200), "01:02:03-13": None,
    "01:02:03-12:30": None, "00-00:30": (0, -1800), "0600-0500": (21600, -18000), "0900-0500": (32400, -18000),
    # what int() and \d would let through
    " 12:00": None, "12:00 ": None, "12:00\n": None, "１２:00": None, "1_0:00": None, "+1:00": None, "12.30": None,
}  # fmt: skip


@pytest.mark.parametrize("text", TIMES)
def test_a_time_of_day_is_what_the_table_says(text: str) -> None:
    expected, found = TIMES[text], iso.time_of_day(text)
    if expected is None:
        assert isinstance(found, Bad)
    else:
        assert found == Time(seconds=expected[0], offset=expected[1])


@pytest.mark.parametrize(
    ("text", "utc"),
    [("12:34:14-10:30", "23:04:14"), ("12:34:14+10:30", "02:04:14"), ("11:34:56+12", "23:34:56"), ("11:34:56-11", "22:34:56"),
     ("01:02:03-12", "13:02:03"), ("01:02:03+14", "11:02:03"), ("0600-0500", "11:00:00")],
)  # fmt: skip
def test_an_offset_is_subtracted_to_come_to_utc(text: str, utc: str) -> None:
    found = iso.time_of_day(text)
    assert isinstance(found, Time) and found.offset is not None
    assert str(datetime.timedelta(seconds=(found.seconds - found.offset) % 86400)).zfill(8) == utc


def test_the_end_of_the_day_is_a_time_only_where_something_ends() -> None:
    assert iso.time_of_day("24:00", end=True) == Time(seconds=86400)
    assert isinstance(iso.time_of_day("24:01", end=True), Bad)
    assert isinstance(iso.time_of_day("24:00"), Bad)


def test_a_moment_may_have_a_date() -> None:
    assert iso.moment("2026-11-27T08:00") == Time(seconds=28800, date=datetime.date(2026, 11, 27))
    assert isinstance(iso.moment("2026-02-30T08:00"), Bad)
    assert isinstance(iso.moment("2026-11-27T25:00"), Bad)


def test_an_instant_needs_date_and_offset() -> None:
    assert iso.instant("2026-11-27T08:00:00+01:00") == datetime.datetime(2026, 11, 27, 7, tzinfo=datetime.UTC)
    for text in ("2026-11-27T07:00:00.123456Z", "2026-11-27t07:00:00z", "2026-11-27T07:00Z"):
        assert iso.instant(text) == datetime.datetime(2026, 11, 27, 7, tzinfo=datetime.UTC)
    for text in (
        "2026-11-27T08:00:00.Z",
        "2026-11-27T08:00.5Z",
        "2026-11-27",
        "08:00Z",
        "2026-11-27T08:00",
        "now",
        "9999-12-31T23:59:59-12:00",
    ):
        assert isinstance(iso.instant(text), Bad), text


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [("2026-12-24", "2026-12-24", "2027-12-24"), ("2026-12-24/2027-01-02", "2027-01-01", "2027-01-03"),
     ("12-24", "2031-12-24", "2031-12-25"), ("--12-24/--01-02", "2030-01-02", "2030-01-03"), ("12-24/01-02", "2029-12-31", "2029-12-23"),
     ("02-29", "2028-02-29", "2028-02-28")],
)  # fmt: skip
def test_dates_are_ranges_with_both_ends_in_them(text: str, inside: str, outside: str) -> None:
    found = iso.dates(text)
    assert not isinstance(found, Bad)
    assert iso.within((found,), datetime.date.fromisoformat(inside))
    assert not iso.within((found,), datetime.date.fromisoformat(outside))


@pytest.mark.parametrize(
    "text", ["2026-13-01", "26-1-1", "2026-12-24/12-31", "2026-12-31/2026-12-24", "", "/", "02-30", "2026-02-29"]
)
def test_what_is_no_date_is_bad(text: str) -> None:
    assert isinstance(iso.dates(text), Bad)


@pytest.mark.parametrize(
    ("text", "days"),
    [("Mon-Fri", {0, 1, 2, 3, 4}), ("Sat,Sun", {5, 6}), ("Fri-Mon", {4, 5, 6, 0}), ("monday", {0}), ("Sun", {6}), ("Mon-Sun", set(range(7))),
     ("Mon-Tue, Thu", {0, 1, 3})],
)  # fmt: skip
def test_weekdays_are_words_lists_and_ranges_that_may_wrap(text: str, days: set[int]) -> None:
    assert iso.weekdays(text) == frozenset(days)


@pytest.mark.parametrize("text", ["", "Mo", "Mon-Fri-Sun", "1-5", "Mon-", "weekday"])
def test_what_is_no_weekday_is_bad(text: str) -> None:
    assert isinstance(iso.weekdays(text), Bad)
