"""What can be told from a list of changes."""

import datetime

from router.controllers.diurnal import course, zones
from router.controllers.diurnal.course import Change, Course

BERLIN = "Europe/Berlin"


def change(at: int, before: int | None, after: int, target: str = "Deployment/web") -> Change:
    return Change(instant=at, object="a", target=target, field="replicas", before=before, after=after, why="x")


def made(*changes: Change, end: int = 1000) -> Course:
    return Course(start=0, end=end, zone="UTC", changes=changes, troubles=())


def test_the_largest_change_within_a_minute_counts_steps_that_come_close() -> None:
    found = course.rates(made(change(0, None, 5), change(100, 5, 8), change(130, 8, 10), change(161, 10, 2), change(300, 2, 9)))
    assert found == [(130, "Deployment/web replicas", 10)]
    assert course.rates(made(change(0, None, 5))) == []


def test_a_difference_is_a_time_and_both_values() -> None:
    a = made(change(0, None, 5), change(100, 5, 8), change(300, 8, 5))
    b = made(change(0, None, 5), change(200, 5, 8), change(300, 8, 5))
    assert list(course.differing(a, b)) == [(100, 200, "Deployment/web replicas", 8, 5)]
    assert list(course.differing(a, a)) == []
    assert list(course.differing(a, made())) == [(0, 100, "Deployment/web replicas", 5, None), (100, 300, "Deployment/web replicas", 8, None),
                                                 (300, 1000, "Deployment/web replicas", 5, None)]  # fmt: skip


def test_days_are_as_long_as_they_are() -> None:
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-23", 24)):
        start, end = course.local_days(datetime.date.fromisoformat(day), 1, BERLIN)
        assert (end - start) // 3600 == hours
    start, end = course.local_days(datetime.date(2026, 3, 29), 1, "Asia/Beirut")
    assert (end - start) // 3600 == 23 and zones.local(start, zones.zone("Asia/Beirut")).hour == 1


def test_a_put_clock_is_told_with_both_times() -> None:
    start, end = course.local_days(datetime.date(2026, 10, 25), 1, BERLIN)
    ((at, was, now),) = course.clock_changes(start, end, BERLIN)
    assert (at - start, was.hour, now.hour) == (3 * 3600, 3, 2)
    assert list(course.clock_changes(0, 86400, "UTC")) == []
