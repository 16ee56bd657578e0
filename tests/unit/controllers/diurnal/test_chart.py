"""Tables and curves as text."""

from router.controllers.diurnal import chart
from router.controllers.diurnal.course import Change, Course


def course(zone: str = "UTC", hours: int = 24) -> Course:
    rows = [(0, None, 2), (8, 2, 10), (18, 10, 2)]
    changes = [
        Change(instant=h * 3600, object="a", target="Deployment/web", field="replicas", before=b, after=v, why="w")
        for h, b, v in rows
    ]
    return Course(start=0, end=hours * 3600, zone=zone, changes=tuple(changes), troubles=())


def test_the_curve_is_as_high_as_its_numbers_and_has_the_hours_below() -> None:
    lines = chart.curve(course(), list(course().changes)).splitlines()
    assert lines[0] == "10 |" + " " * 24 + "#" * 30
    assert lines[7] == "   |" + "#" * 72
    assert lines[8] == " 0 +" + "-" * 72
    assert lines[9].split() == ["00:00", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00"]


def test_a_short_peak_is_seen() -> None:
    peak = [
        Change(instant=at, object="a", target="t", field="replicas", before=b, after=v, why="")
        for at, b, v in ((0, None, 1), (3600, 1, 9), (3601, 9, 1))
    ]
    assert "#" in chart.curve(course(), peak).splitlines()[0]


def test_nothing_but_zero_has_a_curve_too() -> None:
    zero = [Change(instant=0, object="a", target="t", field="replicas", before=None, after=0, why="")]
    assert "#" not in chart.curve(course(), zero)


def test_rows_have_local_time_and_utc_and_the_clock_that_is_put() -> None:
    start = 1774738800  # 2026-03-29T00:00 in Berlin
    one = Course(start=start, end=start + 23 * 3600, zone="Europe/Berlin", changes=(), troubles=())
    assert list(chart.rows(one)) == [
        (
            "2026-03-29T03:00:00+02:00",
            "2026-03-29T01:00:00Z",
            "",
            "",
            "clock",
            "02:00:00",
            "03:00:00",
            "Europe/Berlin puts the clock",
        )
    ]


def test_a_bound_that_nobody_knows_is_not_shown() -> None:
    made = Change(instant=0, object="a", target="t", field="maxReplicas", before=None, after=1_000_000, why="")
    assert chart.shown_series(Course(start=0, end=1, zone="UTC", changes=(made,), troubles=())) == {}


def test_columns_are_as_wide_as_their_words() -> None:
    assert chart.aligned([("a", "bb"), ("ccc", "d")]) == "a    bb\nccc  d"
    assert [line.split()[2] for line in chart.table(course()).splitlines()] == ["WHAT", *["Deployment/web"] * 3]


def test_percentages_are_numbers() -> None:
    assert [chart.number(v) for v in (5, "30%", None, "x")] == [5, 30, 0, 0]
