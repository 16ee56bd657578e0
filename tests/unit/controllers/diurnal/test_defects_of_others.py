"""What went wrong elsewhere, restated: the controller of 2015, cron pairs, windows cut at midnight, double edges, lost originals."""

import datetime
from itertools import pairwise

import pytest

from router.controllers.diurnal.formula import formula
from router.controllers.diurnal.types import Formula
from tests.support.diurnal import World, at, autoscaler, deployment, errors, read, understood, value

UTC = "UTC"
HOUR = datetime.timedelta(hours=1)

# the controller of 2015


def test_an_entry_at_midnight_is_applied_daily() -> None:
    """2015: ten at noon, six at midnight stayed at ten for ever."""
    spec = "selector: {name: redis}\ntimes: 00:00Z,12:00Z\ncounts: 6,10\n"
    for day in ("01", "02", "03", "28"):
        assert [value(spec, f"2026-02-{day}T{t}", UTC) for t in ("00:00", "11:59:59", "12:00", "23:59:59")] == [6, 6, 10, 10]


def test_after_a_start_the_entry_before_now_holds_even_if_it_is_of_yesterday() -> None:
    spec = "selector: {name: redis}\ntimes: 06:00Z,22:00Z\ncounts: 15,6\n"
    assert [value(spec, f"2026-02-01T{t}", UTC) for t in ("00:00", "05:59", "06:00", "21:59", "22:00")] == [6, 6, 15, 15, 6]


@pytest.mark.parametrize(
    ("now", "expected"), [("00:00", 9), ("00:01", 3), ("00:59", 3), ("01:00", 7), ("02:29", 7), ("02:30", 9), ("23:59", 9)]
)  # fmt: skip
def test_which_entry_holds_is_found_by_time_not_by_order(now: str, expected: int) -> None:
    """The rows of 2015's search, wrap included; the entries are not sorted."""
    spec = "selector: {name: redis}\ntimes: 02:30Z,00:01Z,01:00Z\ncounts: 9,3,7\n"
    assert value(spec, f"2026-02-01T{now}", UTC) == expected


def test_negative_half_hours_keep_their_sign() -> None:
    spec = "selector: {name: redis}\ntimes: 12:34:14-10:30,13:00-10:30\ncounts: 1,2\n"
    assert [value(spec, f"2026-02-01T{t}", UTC) for t in ("23:04:13", "23:04:14", "23:30")] == [2, 1, 2]


def test_zero_is_a_count_and_lengths_must_agree() -> None:
    assert errors("selector: {a: b}\ntimes: 06:00Z\ncounts: '0'\n") == []
    assert errors("selector: {a: b}\ntimes: 06:00Z,07:00Z\ncounts: '0'\n") == ["spec.counts"]


def test_the_script_of_the_readme_is_a_formula() -> None:
    """It printed 6h0m0s, which its own parser refused; here f(t) stands in the spec."""
    found = formula("round(10 + 5*sin(t))", 900)
    assert isinstance(found, Formula)
    assert (len(found.values), min(found.values), max(found.values), found.values[24]) == (96, 5, 15, 15)


def test_a_change_whose_write_was_lost_is_not_lost_until_the_next_entry() -> None:
    world = World("selector: {a: b}\ntimes: 06:00Z,22:00Z\ncounts: 15,6\n")
    assert world.step(at("2026-02-01T06:00:00+00:00"), fails=True).again <= at("2026-02-01T07:00:00+00:00")


# cron pairs


def test_a_start_in_the_spring_gap_neither_opens_early_nor_stays_open() -> None:
    """A pair of crons 02:30 and 18:00 ignored the 18:00 of the day before and stayed open for 38.5 hours."""
    spec = 'timeZone: Europe/Berlin\nbase: {replicas: 1}\nschedule: [{from: "02:30", to: "18:00", replicas: 5}]'
    assert [value(spec, t) for t in ("2026-03-28T18:00", "2026-03-28T23:00", "2026-03-29T01:59", "2026-03-29T03:00", "2026-03-29T18:00")] == [
        1, 1, 1, 5, 1,
    ]  # fmt: skip


def test_an_end_in_the_spring_gap_does_not_close_the_evening_before() -> None:
    """A pair 18:00 and 02:30 never opened on Saturday."""
    spec = 'timeZone: Europe/Berlin\nbase: {replicas: 1}\nschedule: [{from: "18:00", to: "02:30", replicas: 5}]'
    assert [value(spec, t) for t in ("2026-03-28T18:00", "2026-03-29T01:30", "2026-03-29T03:00")] == [5, 5, 1]


def test_in_autumn_a_window_opens_at_the_first_of_two_equal_times() -> None:
    spec = 'timeZone: Europe/Berlin\nbase: {replicas: 1}\nschedule: [{from: "02:30", to: "18:00", replicas: 5}]'
    first = at("2026-10-25T02:30:00+02:00")
    world = World(spec)
    assert [world.replicas(first - HOUR / 60), world.replicas(first), world.replicas(first + HOUR)] == [1, 5, 5]


def test_the_night_of_friday_ends_on_saturday_morning() -> None:
    """Two crons, 22:00 and 06:00 of Monday to Friday, left it open until Monday."""
    spec = 'timeZone: Europe/Berlin\nbase: {replicas: 9}\nschedule: [{from: "22:00", to: "06:00", days: Mon-Fri, replicas: 1}]'
    assert [value(spec, f"2026-11-{t}") for t in ("27T22:00", "28T05:59", "28T06:00", "29T12:00", "30T05:00", "30T22:00")] == [
        1, 1, 9, 9, 9, 1,
    ]  # fmt: skip


def test_a_hand_over_has_no_third_value_in_between() -> None:
    """10 to 12 went by 11, or by the base."""
    spec = """
timeZone: Europe/Berlin
base: {replicas: 1}
schedule: [{from: "08:00", to: "12:00", replicas: 10}, {from: "12:00", to: "18:00", replicas: 12}]
"""
    world, seen = World(spec), []
    world.until(at("2026-11-23T11:59"), at("2026-11-23T12:01"), lambda _: seen.append(world.replicas()))
    assert list(dict.fromkeys(seen)) == [10, 12]


# windows of a day


def test_a_window_whose_end_is_before_its_start_goes_over_midnight() -> None:
    """Elsewhere it never held, or was cut at midnight."""
    spec = 'timeZone: Europe/Berlin\nbase: {replicas: 9}\nschedule: [{from: "23:30", to: "00:30", replicas: 1}]'
    assert [value(spec, f"2026-11-{t}") for t in ("23T23:29", "23T23:30", "24T00:00", "24T00:29", "24T00:30")] == [9, 1, 1, 1, 9]


def test_a_window_within_the_repeated_hour_holds_once() -> None:
    spec = 'timeZone: Europe/Berlin\nbase: {replicas: 9}\nschedule: [{from: "02:10", to: "02:50", replicas: 1}]'
    world, ones = World(spec), 0
    for minute in range(240):
        ones += world.replicas(at("2026-10-25T00:00:00+02:00") + minute * HOUR / 60) == 1
    assert ones == 40


@pytest.mark.parametrize(("gap", "minutes"), [("endOfGap", 0), ("shift", 40), ("skip", 0)])
def test_a_window_within_the_gap_is_as_long_as_its_policy_says(gap: str, minutes: int) -> None:
    spec = f'timeZone: Europe/Berlin\ngap: {gap}\nbase: {{replicas: 9}}\nschedule: [{{from: "02:10", to: "02:50", replicas: 1}}]'
    world, ones = World(spec), 0
    for minute in range(240):
        ones += world.replicas(at("2026-03-29T00:00:00+01:00") + minute * HOUR / 60) == 1
    assert ones == minutes


def test_a_zone_with_a_digit_in_its_name_is_a_zone_and_an_unknown_one_does_not_fall_back() -> None:
    assert understood("timeZone: Etc/GMT+3\nbase: {replicas: 1}").zone == "Etc/GMT+3"
    assert errors("timeZone: Europe/Atlantis\nbase: {replicas: 1}") == ["spec.timeZone"]


# dates


def test_excluding_the_fifteenth_of_november_excludes_no_other_day() -> None:
    """A layout of dates that formatted month-month-hour also left out the 3rd at 00:30, and not the 15th at 10:00."""
    spec = (
        'timeZone: Europe/Berlin\nbase: {replicas: 1}\nschedule: [{from: "00:00", to: "24:00", except: ["11-15"], replicas: 5}]'
    )
    assert [value(spec, t) for t in ("2026-11-03T00:30", "2026-11-15T10:00", "2026-11-15T00:00", "2026-11-16T00:00", "2026-11-18T00:10")] == [
        5, 1, 1, 5, 5,
    ]  # fmt: skip


def test_holidays_differ_by_country() -> None:
    """Easter Monday is one in one country, Good Friday in another."""
    spec = """
timeZone: Europe/Berlin
base: {replicas: 2}
calendars: [{name: de, dates: ["2026-04-06"]}, {name: xx, dates: ["2026-04-03"]}]
schedule:
- {from: "08:00", to: "18:00", class: workday, calendars: [CC], replicas: 10}
- {from: "08:00", to: "18:00", class: "holiday", calendars: [CC], replicas: 4}
"""
    days = ("03", "04", "06", "07")
    assert [value(spec.replace("CC", "de"), f"2026-04-{d}T12:00") for d in days] == [10, 2, 4, 10]
    assert [value(spec.replace("CC", "xx"), f"2026-04-{d}T12:00") for d in days] == [4, 2, 10, 10]
    assert [value(spec.replace("CC", "de, xx"), f"2026-04-{d}T12:00") for d in days] == [4, 2, 4, 10]


# originals


def test_the_original_survives_a_restart_and_a_takeover() -> None:
    """Elsewhere the scaled-down number became the original."""
    spec = 'timeZone: Europe/Berlin\noutside: restore\nschedule: [{from: "20:00", to: "06:00", replicas: 0}]'
    world = World(spec, deployment(7))
    assert world.replicas(at("2026-11-23T21:00")) == 0
    other = World(spec, *world.targets.values())
    other.reading = read(spec, name="successor")
    other.step(at("2026-11-23T22:00"))
    assert other.replicas(at("2026-11-24T06:00")) == 7


def test_autoscaler_bounds_are_not_edited_for_ever() -> None:
    spec = 'timeZone: Europe/Berlin\nmode: bounds\nschedule: [{from: "08:00", to: "18:00", min: 5, max: 9}]'
    world = World(spec, deployment(3), autoscaler(2, 4))
    for day in range(3):
        world.step(at("2026-11-23T12:00") + 24 * HOUR * day)
        world.step(at("2026-11-23T19:00") + 24 * HOUR * day)
    scaler = world.targets["HorizontalPodAutoscaler/web"]
    assert (scaler.low, scaler.high) == (2, 4)


def test_a_ramp_up_never_goes_down_on_its_way() -> None:
    world, seen = World("""
timeZone: Europe/Berlin
base: {replicas: 2}
schedule:
- {from: "08:00", to: "12:00", replicas: 10, ramp: {over: 1h, shape: cosine}}
- {from: "12:00", to: "18:00", replicas: 12, ramp: {over: 1h}}
"""), []  # fmt: skip
    world.until(at("2026-11-23T07:00"), at("2026-11-23T17:00"), lambda _: seen.append(world.replicas() or 0))
    assert all(a <= b for a, b in pairwise(seen)) and seen[-1] == 12
