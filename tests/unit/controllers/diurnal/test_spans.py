"""Which entry is of which day."""

import datetime

import pytest

from router.controllers.diurnal import spans, zones
from tests.support.diurnal import understood

MONDAY = datetime.date(2026, 11, 23)
ONE = datetime.timedelta(days=1)


def of_days(entry: str, more: str = "", count: int = 7) -> list[int]:
    """Days after Monday of which the entry is."""
    spec = understood(f"{more}\nschedule: [{{replicas: 1, {entry}}}]")
    known = {"de": frozenset({MONDAY + ONE}), "fr": frozenset({MONDAY + 5 * ONE})}
    return [n for n in range(count) if spans.holds(spec, spec.entries[0], known, MONDAY + n * ONE)]


CALENDARS = "calendars: [{name: de, dates: ['11-24']}, {name: fr, dates: ['11-28']}]"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("days: Mon-Wed", [0, 1, 2]),
        ("dates: ['2026-11-25/2026-11-27']", [2, 3, 4]),
        ("dates: ['11-25'], except: ['11-25']", []),
        ("days: Mon-Fri, except: ['11-25']", [0, 1, 3, 4]),
        ("class: workday", [0, 2, 3, 4]),
        ("class: weekend", [6]),
        ("class: holiday", [1, 5]),
        ("class: holiday, calendars: [fr]", [5]),
        ("class: workday, calendars: [fr]", [0, 1, 2, 3, 4]),
        ("class: [holiday, weekend], days: Sat-Sun", [5, 6]),
    ],
)
def test_days_dates_and_classes_must_all_agree(entry: str, expected: list[int]) -> None:
    assert of_days(entry, CALENDARS) == expected


def test_workdays_differ_by_country() -> None:
    assert of_days("class: workday", "workdays: Sun-Thu") == [0, 2, 3, 6]
    assert of_days("class: weekend", "workdays: Sun-Thu") == [4]


def test_every_day_is_of_exactly_one_class() -> None:
    found = [of_days(f"class: {name}", CALENDARS, 28) for name in spans.CLASSES]
    assert sorted(day for days in found for day in days) == list(range(28))


def test_spans_are_sorted_and_a_point_ends_where_the_next_begins() -> None:
    spec = understood(
        'schedule: [{at: "18:00", replicas: 2}, {from: "09:00", to: "10:00", replicas: 9}, {at: "06:00", replicas: 1}]'
    )
    made = spans.spans(spec, {}, MONDAY, MONDAY)
    start = zones.seconds(datetime.datetime.combine(MONDAY, datetime.time(), datetime.UTC))
    assert [((s.start - start) // 3600, (s.end - start) // 3600 if s.end < spans.FAR else None, s.entry) for s in made] == [
        (6, 18, 2), (9, 10, 1), (18, None, 0),
    ]  # fmt: skip


def test_a_formula_is_cut_where_the_clock_is_put() -> None:
    spec = understood("timeZone: Australia/Lord_Howe\nschedule: [{formula: 't*12/pi', every: 1h}]")
    made = spans.spans(spec, {}, datetime.date(2026, 10, 4), datetime.date(2026, 10, 4))
    assert [(s.end - s.start) // 60 for s in made[:4]] == [60, 60, 30, 60]
