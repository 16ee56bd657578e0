"""The hour that does not exist and the hour that comes twice."""

import datetime

import pytest

from router.base.parse import Bad
from router.controllers.diurnal import zones

SPRING, AUTUMN = datetime.date(2026, 3, 29), datetime.date(2026, 10, 25)
BERLIN = zones.zone("Europe/Berlin")


def told(day: datetime.date, time: str, gap: str, repeat: str, zone: str = "Europe/Berlin") -> list[str]:
    hours, minutes = (int(part) for part in time.split(":"))
    found = zones.instants(day, hours * 3600 + minutes * 60, zones.zone(zone), gap, repeat)
    return [zones.local(i, zones.zone(zone)).isoformat(timespec="minutes")[11:] for i in found]


@pytest.mark.parametrize(
    ("gap", "expected"), [("endOfGap", ["03:00+02:00"]), ("shift", ["03:30+02:00"]), ("skip", [])]
)  # fmt: skip
def test_a_time_in_the_gap_obeys_the_policy(gap: str, expected: list[str]) -> None:
    assert told(SPRING, "02:30", gap, "first") == expected


@pytest.mark.parametrize(
    ("repeat", "expected"),
    [("first", ["02:30+02:00"]), ("second", ["02:30+01:00"]), ("both", ["02:30+02:00", "02:30+01:00"])],
)
def test_a_time_that_comes_twice_obeys_the_policy(repeat: str, expected: list[str]) -> None:
    assert told(AUTUMN, "02:30", "endOfGap", repeat) == expected


@pytest.mark.parametrize("gap", ["endOfGap", "shift", "skip"])
@pytest.mark.parametrize("repeat", ["first", "second", "both"])
def test_times_beside_the_gap_and_the_repeated_hour_are_as_always(gap: str, repeat: str) -> None:
    assert told(SPRING, "01:59", gap, repeat) == ["01:59+01:00"]
    assert told(SPRING, "03:00", gap, repeat) == ["03:00+02:00"]
    assert told(AUTUMN, "01:59", gap, repeat) == ["01:59+02:00"]
    assert told(AUTUMN, "03:00", gap, repeat) == ["03:00+01:00"]


def test_half_an_hour_is_an_hour_too() -> None:
    assert told(datetime.date(2026, 10, 4), "02:10", "endOfGap", "first", "Australia/Lord_Howe") == ["02:30+11:00"]
    assert told(datetime.date(2026, 4, 5), "01:45", "endOfGap", "second", "Australia/Lord_Howe") == ["01:45+10:30"]


def test_a_day_that_the_zone_left_out_has_no_times() -> None:
    assert told(datetime.date(2011, 12, 30), "12:00", "endOfGap", "first", "Pacific/Apia") == []
    assert told(datetime.date(2011, 12, 31), "12:00", "endOfGap", "first", "Pacific/Apia") == ["12:00+14:00"]


def test_midnight_may_be_in_the_gap() -> None:
    assert told(datetime.date(2026, 3, 29), "00:00", "endOfGap", "first", "Asia/Beirut") == ["01:00+03:00"]


def test_a_zone_is_one_of_the_embedded_data_and_a_slip_is_told() -> None:
    assert zones.known("Etc/GMT+3") == "Etc/GMT+3"
    wrong = zones.known("Europe/Berlim")
    assert isinstance(wrong, Bad) and "did you mean Europe/Berlin" in wrong.why and zones.VERSION in wrong.why
    for name in ("", "../../etc/passwd", "/etc/localtime", "CEST", "zone.tab", "Europe"):
        assert isinstance(zones.known(name), Bad), name


def test_the_data_of_the_machine_is_not_looked_at() -> None:
    """ZoneInfo.from_file never searches TZPATH; equal versions agree wherever they run."""
    assert BERLIN.key == "Europe/Berlin"
    assert zones.zone("Europe/Berlin") is BERLIN
    with pytest.raises(KeyError):
        zones.zone("posixrules")


def test_change_is_the_second_at_which_the_offset_changes() -> None:
    assert zones.change(1774738800, 1774782000, BERLIN) == 1774746000
