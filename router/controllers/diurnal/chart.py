"""Curves as text, and tables as lines: pure, so that every page and test can show them."""

import datetime
import re
from collections.abc import Iterator, Sequence

from router.controllers.diurnal import numbers, zones
from router.controllers.diurnal.course import Change, Course, clock_changes

WIDTH = 72
HEIGHT = 8
_NUMBER = re.compile(r"[0-9]+", re.ASCII)


def number(value: int | str | None) -> int:
    """``30%`` -> 30. ``nodes`` that are not set are 100 percent; other numbers that are not set are 0."""
    found = _NUMBER.match(value) if isinstance(value, str) else None
    return value if isinstance(value, int) else int(found[0]) if found else 0


def shown_series(course: Course) -> dict[str, list[Change]]:
    """By ``target field``, without bounds that mean nothing because nobody knows them."""
    found = {f"{target} {field}": changes for (target, field), changes in course.series().items()}
    return {name: changes for name, changes in found.items() if any(c.after != numbers.HIGH for c in changes)}


def curve(course: Course, changes: Sequence[Change]) -> str:
    """One number through the time: the highest value of each column, with a scale, hours below."""
    columns = [_highest(course, changes, column) for column in range(WIDTH)]
    top = max([*columns, 1])
    labels = len(str(top))
    lines = []
    for row in range(HEIGHT, 0, -1):
        least = top * (row - 1) / HEIGHT
        label = str(top) if row == HEIGHT else ""
        lines.append(f"{label:>{labels}} |" + "".join("#" if value > least else " " for value in columns).rstrip())
    lines.append(f"{0:>{labels}} +" + "-" * WIDTH)
    lines.append(" " * (labels + 2) + _hours(course))
    return "\n".join(line.rstrip() for line in lines)


def _highest(course: Course, changes: Sequence[Change], column: int) -> int:
    width = (course.end - course.start) / WIDTH
    left, right = course.start + column * width, course.start + (column + 1) * width
    before = [c for c in changes if c.instant <= left]
    inside = [c for c in changes if left < c.instant < right]
    return max((number(c.after) for c in [*before[-1:], *inside]), default=0)


def _hours(course: Course) -> str:
    """Below the curve: every third local hour of one day, also of one on which the clock is put; eight dates of several."""
    tz, line, before = zones.zone(course.zone), "", -1
    one_day = course.end - course.start < 30 * 3600
    for place in range(WIDTH):
        at = zones.local(course.start + round((course.end - course.start) * place / WIDTH), tz)
        is_due = at.hour % 3 == 0 and at.hour != before if one_day else place % (WIDTH // 8) == 0
        if is_due and (not line or len(line) < place):
            line = line.ljust(place) + (f"{at:%H}:00" if one_day else f"{at:%d %H:%M}")
        before = at.hour
    return line


def rows(course: Course) -> Iterator[tuple[str, ...]]:
    """local, utc, object, target, field, before, after, why: of every change, and of every time the clock is put."""
    tz = zones.zone(course.zone)
    hidden = {name for name in (f"{t} {f}" for t, f in course.series()) if name not in shown_series(course)}
    told = [
        (c.instant, 1, c.object, c.target, c.field, _text(c.before), _text(c.after), c.why)
        for c in course.changes if f"{c.target} {c.field}" not in hidden
    ]  # fmt: skip
    told += [
        (at, 0, "", "", "clock", f"{was:%H:%M:%S}", f"{now:%H:%M:%S}", f"{course.zone} puts the clock")
        for at, was, now in clock_changes(course.start, course.end, course.zone)
    ]
    for at, _, *cells in sorted(told, key=lambda row: row[:5]):
        yield (zones.local(at, tz).isoformat(), zones.local(at, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), *cells)


def _text(value: int | str | None) -> str:
    return "" if value is None else str(value)


HEADS = ("local", "utc", "object", "target", "field", "before", "after", "why")


def table(course: Course) -> str:
    """Local time, UTC, what, value, why: as wide as its words."""
    lines = [("LOCAL", "UTC", "WHAT", "VALUE", "WHY")]
    for local, utc, _, target, field, before, after, why in rows(course):
        value = f"{before} -> {after}" if before else after
        lines.append((local, utc, f"{target} {field}".strip(), value, why))
    return aligned(lines)


def aligned(lines: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))] if lines else []
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
