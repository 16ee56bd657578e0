"""What stands when: windows, points, overlaps, ramps, skips. Values are read at local times of Berlin unless a zone is said."""

import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.base.parse import Bad
from router.controllers.diurnal import curve, zones
from router.controllers.diurnal.curve import Step
from tests.support.diurnal import BERLIN, at, understood, value
from tests.support.properties import examples

NIGHT = """
timeZone: Europe/Berlin
base: {replicas: 9}
schedule: [{from: "22:00", to: "06:00", days: Mon-Fri, replicas: 1}]
"""


def steps(spec: str, start: str, end: str) -> list[Step]:
    found = curve.steps(understood(spec), {}, zones.seconds(at(start)), zones.seconds(at(end)))
    assert not isinstance(found, Bad)
    return found


def lows(spec: str, start: str, end: str) -> list[int | None]:
    return [step.level.low if step.level else None for step in steps(spec, start, end)]


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-11-23T00:00", 9), ("2026-11-23T05:59", 9),  # Monday morning: the window of Sunday does not exist
        ("2026-11-23T21:59:59", 9), ("2026-11-23T22:00", 1), ("2026-11-24T05:59:59", 1), ("2026-11-24T06:00", 9),
        ("2026-11-27T23:00", 1), ("2026-11-28T05:59:59", 1),  # Friday's window goes on into Saturday
        ("2026-11-28T06:00", 9), ("2026-11-28T23:00", 9), ("2026-11-29T23:00", 9),  # and ends there, not on Monday
    ],
)  # fmt: skip
def test_a_window_that_crosses_midnight_belongs_to_the_day_on_which_it_starts(local: str, expected: int) -> None:
    assert value(NIGHT, local) == expected


def test_nothing_holds_outside_windows_without_base() -> None:
    spec = 'timeZone: Europe/Berlin\nschedule: [{from: "08:00", to: "09:00", replicas: 3}]'
    assert [value(spec, f"2026-11-23T{t}") for t in ("07:59", "08:00", "08:59:59", "09:00")] == [None, 3, 3, None]


def test_a_point_holds_until_the_next_also_over_days_on_which_there_is_none() -> None:
    spec = 'timeZone: Europe/Berlin\nschedule: [{at: "08:00", days: Mon, replicas: 5}, {at: "20:00", days: Fri, replicas: 2}]'
    assert [value(spec, f"2026-11-{d}T12:00") for d in (23, 25, 27, 28)] == [5, 5, 5, 2]
    assert value(spec, "2026-11-23T07:59") == 2


def test_a_point_of_once_a_year_still_holds_a_year_later() -> None:
    spec = 'timeZone: Europe/Berlin\nschedule: [{at: "08:00", dates: "11-24", replicas: 5}]'
    assert value(spec, "2027-11-24T07:00") == 5


def test_a_dated_point_is_of_that_date_only() -> None:
    spec = 'timeZone: Europe/Berlin\nschedule: [{at: "2026-11-24T08:00", replicas: 5}, {at: "2026-11-26T08:00", replicas: 7}]'
    assert [value(spec, f"2026-11-{d}T12:00") for d in (23, 24, 25, 26, 28)] == [None, 5, 5, 7, 7]


def test_a_dated_point_of_long_ago_does_not_hide_one_of_last_week() -> None:
    spec = 'timeZone: Europe/Berlin\nschedule: [{at: "2026-01-01T00:00", replicas: 99}, {at: "08:00", days: Mon, replicas: 5}]'
    assert value(spec, "2026-11-29T12:00") == 5


def test_a_dated_window_lasts_over_days() -> None:
    spec = 'timeZone: Europe/Berlin\nbase: {replicas: 1}\nschedule: [{from: "2026-11-27T08:00", to: "2026-11-30T23:00", replicas: 20}]'
    assert [value(spec, f"2026-{t}") for t in ("11-27T07:59", "11-27T08:00", "11-29T03:00", "11-30T22:59", "11-30T23:00")] == [
        1,
        20,
        20,
        20,
        1,
    ]


@pytest.mark.parametrize(("overlap", "expected"), [("max", 8), ("min", 3), ("latest", 3)])
def test_of_equal_priority_the_overlap_rule_decides(overlap: str, expected: int) -> None:
    spec = f"""
timeZone: Europe/Berlin
overlap: {overlap}
schedule: [{{name: long, from: "08:00", to: "18:00", replicas: 8}}, {{name: lunch, from: "11:00", to: "13:00", replicas: 3}}]
"""
    assert value(spec, "2026-11-23T12:00") == expected
    (now, *_) = steps(spec, "2026-11-23T12:00", "2026-11-23T12:30")
    assert now.segment.over == ((0,) if expected == 3 else (1,))


def test_priority_stands_above_the_rule() -> None:
    spec = """
timeZone: Europe/Berlin
schedule: [{from: "08:00", to: "18:00", replicas: 8}, {from: "11:00", to: "13:00", replicas: 3, priority: 11}]
"""
    assert [value(spec, f"2026-11-23T{t}") for t in ("10:00", "12:00", "13:00")] == [8, 3, 8]
    assert steps(spec, "2026-11-23T12:00", "2026-11-23T12:30")[0].segment.over == ()


def test_windows_that_touch_hand_over_without_a_dip() -> None:
    spec = """
timeZone: Europe/Berlin
base: {replicas: 2}
schedule: [{from: "08:00", to: "12:00", replicas: 10}, {from: "12:00", to: "18:00", replicas: 12}]
"""
    assert lows(spec, "2026-11-23T00:00", "2026-11-24T00:00") == [2, 10, 12, 2]


def test_in_the_repeated_hour_with_both_a_point_comes_twice() -> None:
    spec = 'timeZone: Europe/Berlin\nrepeat: both\nschedule: [{at: "02:15", replicas: 1}, {at: "02:45", replicas: 2}]'
    found = [
        (zones.local(s.start, zones.zone(BERLIN)).isoformat()[11:], s.level)
        for s in steps(spec, "2026-10-25T00:00", "2026-10-25T12:00")
    ]
    assert [(time, level.low) for time, level in found[1:] if level] == [
        ("02:15:00+02:00", 1), ("02:45:00+02:00", 2), ("02:15:00+01:00", 1), ("02:45:00+01:00", 2),
    ]  # fmt: skip


@pytest.mark.parametrize("gap", ["endOfGap", "shift"])
@pytest.mark.parametrize("overlap", ["max", "min", "latest"])
def test_a_gap_puts_no_point_past_another(gap: str, overlap: str) -> None:
    """02:30 and 03:00 come to one instant, or in the wrong order; afterwards stands what stands after 03:00 on any day."""
    for first, second in ((10, 2), (2, 10)):
        spec = f"""
timeZone: Europe/Berlin
gap: {gap}
overlap: {overlap}
schedule: [{{at: "02:30", replicas: {first}}}, {{at: "03:00", replicas: {second}}}]
"""
        assert value(spec, "2026-03-29T12:00") == second == value(spec, "2026-03-28T12:00")


def test_a_skipped_point_leaves_what_stood_before() -> None:
    spec = 'timeZone: Europe/Berlin\ngap: skip\nschedule: [{at: "01:00", replicas: 1}, {at: "02:30", replicas: 2}]'
    assert [value(spec, f"2026-03-{d}T12:00") for d in (28, 29, 30)] == [2, 1, 2]


def test_a_window_of_which_only_the_start_is_in_the_gap_still_opens_unless_skipped() -> None:
    spec = 'timeZone: Europe/Berlin\nbase: {replicas: 1}\nschedule: [{from: "02:30", to: "18:00", replicas: 5}]'
    assert [value(spec, f"2026-03-29T{t}") for t in ("01:59", "03:00", "17:59", "18:00")] == [1, 5, 5, 1]
    assert value("gap: skip\n" + spec, "2026-03-29T12:00") == 1


@pytest.mark.parametrize("gap", ["endOfGap", "shift", "skip"])
def test_a_window_whose_end_is_in_the_gap_ends(gap: str) -> None:
    spec = f'timeZone: Europe/Berlin\ngap: {gap}\nbase: {{replicas: 1}}\nschedule: [{{from: "18:00", to: "02:30", days: Sat, replicas: 5}}]'
    assert [value(spec, f"2026-03-{t}") for t in ("28T18:00", "29T01:59", "29T04:00")] == [5, 5, 1]


def test_an_offset_in_a_time_is_obeyed_and_its_days_are_days_there() -> None:
    spec = 'timeZone: Europe/Berlin\nbase: {replicas: 1}\nschedule: [{from: "22:00-05:00", to: "23:00-05:00", days: Mon, replicas: 5}]'
    assert value(spec, "2026-11-24T04:30") == 5
    assert value(spec, "2026-11-23T04:30") == 1


def test_the_end_of_the_day_is_an_end() -> None:
    spec = 'timeZone: Europe/Berlin\nbase: {replicas: 1}\nschedule: [{from: "23:00", to: "24:00", replicas: 5}]'
    assert [value(spec, f"2026-11-{t}") for t in ("23T23:59:59", "24T00:00")] == [5, 1]


# ramps

RAMP = """
timeZone: Europe/Berlin
base: {replicas: 2}
schedule: [{from: "08:00", to: "18:00", replicas: 10, ramp: {over: 30m}}]
"""


def test_a_ramp_begins_at_the_change_and_is_exact_at_its_end() -> None:
    assert [value(RAMP, f"2026-11-23T{t}") for t in ("07:59:59", "08:00", "08:15", "08:29:59", "08:30")] == [2, 2, 6, 10, 10]
    assert [value(RAMP, f"2026-11-23T{t}") for t in ("17:59:59", "18:00", "18:15", "18:30")] == [10, 10, 6, 2]
    assert lows(RAMP, "2026-11-23T07:00", "2026-11-23T10:00") == [2, 2, 3, 4, 5, 6, 7, 8, 9, 10]


@pytest.mark.parametrize(("side", "morning", "evening"), [("both", 6, 6), ("start", 6, 2), ("end", 10, 6)])
def test_a_ramp_may_be_of_one_side_of_a_window(side: str, morning: int, evening: int) -> None:
    spec = RAMP.replace("over: 30m", f"over: 30m, side: {side}")
    assert (value(spec, "2026-11-23T08:15"), value(spec, "2026-11-23T18:15")) == (morning, evening)


def test_the_ramp_of_the_spec_is_for_all_that_have_none() -> None:
    spec = 'timeZone: Europe/Berlin\nramp: {over: 1h}\nschedule: [{at: "06:00", replicas: 10}, {at: "20:00", replicas: 0}]'
    assert [value(spec, f"2026-11-23T{t}") for t in ("06:30", "07:00", "20:30")] == [5, 10, 5]


def test_a_ramp_never_lasts_longer_than_what_it_leads_to() -> None:
    spec = 'timeZone: Europe/Berlin\nbase: {replicas: 0}\nschedule: [{from: "08:00", to: "08:10", replicas: 10, ramp: {over: 1h, side: start}}]'
    assert [value(spec, f"2026-11-23T{t}") for t in ("08:05", "08:09:59", "08:10")] == [5, 10, 0]


SHAPES = st.sampled_from(["linear", "cosine", "steps, steps: 1", "steps, steps: 7", "steps, steps: 60"])


@examples(60)
@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 86400), SHAPES)
def test_every_ramp_goes_one_way_and_ends_exactly(old: int, new: int, over: int, shape: str) -> None:
    spec = f"""
timeZone: Europe/Berlin
schedule:
- {{at: "00:00", replicas: {old}}}
- {{at: "12:00", days: Tue, replicas: {new}, ramp: {{over: {over}s, shape: {shape}}}}}
- {{at: "2026-11-25T00:00", replicas: {new}}}
"""
    found = [n for n in lows(spec, "2026-11-24T11:00", "2026-11-25T13:00") if n is not None]
    assert found[0] == old and found[-1] == new
    assert all((b - a) * (new - old) >= 0 for a, b in pairwise(found))
    assert all(min(old, new) <= n <= max(old, new) for n in found)


# formulas


def test_a_formula_is_sampled_on_the_wall_clock() -> None:
    spec = "timeZone: Europe/Berlin\nschedule: [{formula: '12 - 6*cos(t)', every: 6h}]"
    assert lows(spec, "2026-11-23T00:00", "2026-11-24T00:00") == [6, 12, 18, 12]


def test_a_formula_follows_the_wall_clock_over_both_days_on_which_it_is_put() -> None:
    spec = "timeZone: Europe/Berlin\nschedule: [{formula: 't*12/pi', every: 1h}]"
    hours = [*range(24)]
    assert lows(spec, "2026-03-29T00:00", "2026-03-30T00:00") == [h for h in hours if h != 2]
    autumn = steps(spec, "2026-10-25T00:00", "2026-10-26T00:00")
    assert [s.level.low for s in autumn if s.level] == hours
    assert [b.start - a.start for a, b in pairwise(autumn)] == [3600, 3600, 7200, *[3600] * 20]


def test_a_formula_may_be_the_number_of_a_window() -> None:
    spec = "timeZone: Europe/Berlin\nbase: {replicas: 1}\nschedule: [{from: '09:30', to: '11:10', formula: 't*12/pi', every: 1h}]"
    assert lows(spec, "2026-11-23T09:00", "2026-11-23T12:00") == [1, 9, 10, 11, 1]


# skip


def test_the_first_change_after_skip_next_does_not_happen() -> None:
    spec = 'timeZone: Europe/Berlin\nskipNext: "2026-11-23T12:00:00+01:00"\nschedule: [{at: "08:00", replicas: 10}, {at: "20:00", replicas: 2}]'
    assert [value(spec, f"2026-11-{t}") for t in ("23T13:00", "23T21:00", "24T07:59", "24T08:00", "24T20:00")] == [
        10,
        10,
        10,
        10,
        2,
    ]


def test_a_skipped_start_skips_the_window() -> None:
    spec = RAMP + 'skipNext: "2026-11-23T07:00:00+01:00"'
    assert lows(spec, "2026-11-23T06:00", "2026-11-24T06:00") == [2, 2]
    assert value(spec, "2026-11-24T12:00") == 10


def test_a_skip_of_months_ago_is_over() -> None:
    """The change of Monday is the first that is looked at on the days after it, and is not taken for the one to skip."""
    spec = 'timeZone: Europe/Berlin\nskipNext: "2026-01-01T00:00:00Z"\nschedule: [{at: "08:00", days: Mon, replicas: 10}, {at: "08:00", days: Sun, replicas: 2}]'
    assert [value(spec, f"2026-11-{t}") for t in ("23T07:00", "23T09:00", "24T09:00", "25T07:00", "29T09:00")] == [
        2,
        10,
        10,
        10,
        2,
    ]


def test_a_skip_that_is_to_come_skips_what_comes_after_it() -> None:
    spec = 'timeZone: Europe/Berlin\nskipNext: "2026-11-24T12:00:00Z"\nschedule: [{at: "08:00", replicas: 10}, {at: "20:00", replicas: 2}]'
    assert [value(spec, f"2026-11-{t}") for t in ("23T12:00", "23T21:00", "24T09:00", "24T21:00", "25T09:00", "25T21:00")] == [
        10,
        2,
        10,
        10,
        10,
        2,
    ]


def test_a_calendar_that_can_not_be_read_is_no_curve() -> None:
    spec = understood("calendars: [{name: a, configMap: {name: x}}]\nschedule: [{class: holiday, replicas: 1}]")
    start = zones.seconds(datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
    assert isinstance(curve.steps(spec, {}, start, start + 1), Bad)


@pytest.mark.parametrize(
    ("repeat", "start", "end"),
    [
        ("first", "02:15:00+02:00", "02:45:00+02:00"),
        ("second", "02:15:00+01:00", "02:45:00+01:00"),
        ("both", "02:15:00+02:00", "02:45:00+01:00"),
    ],
)
def test_a_window_in_the_repeated_hour_obeys_the_policy_at_both_ends(repeat: str, start: str, end: str) -> None:
    spec = f'timeZone: Europe/Berlin\nrepeat: {repeat}\nbase: {{replicas: 1}}\nschedule: [{{from: "02:15", to: "02:45", replicas: 5}}]'
    found = [
        zones.local(s.start, zones.zone(BERLIN)).isoformat()[11:] for s in steps(spec, "2026-10-25T00:00", "2026-10-25T12:00")
    ]
    assert found[1:] == [start, end]
