"""The lines of a schedule as entries: those of ``spec.schedule``, and ``times`` and ``counts`` as they were in 2015."""

import math

from router.base.frozen import Frozen
from router.base.parse import Bad
from router.controllers.diurnal import iso
from router.controllers.diurnal.fields import Fields
from router.controllers.diurnal.formula import MOST, formula
from router.controllers.diurnal.iso import DAY
from router.controllers.diurnal.spans import CLASSES
from router.controllers.diurnal.types import Entry, Formula, Level, Ramp, Time

MIDNIGHT = Time(seconds=0)
END_OF_DAY = Time(seconds=DAY)
POINT, WINDOW, EVENT = 0, 10, 20
"""Priorities of what has none: a window stands above points, a dated window above both."""
PERCENT_MOST = 1000


class Numbers(Frozen):
    """What the numbers of a spec mean. ``full``: what 100 percent is, if every percent is to become a count; else 0."""

    full: int
    units: set[str]


def schedule(spec: Fields, numbers: Numbers) -> tuple[Entry, ...]:
    return tuple(_entry(fields, numbers) for fields in spec.items("schedule"))


def _entry(fields: Fields, numbers: Numbers) -> Entry:
    at = fields.read("at", iso.moment)
    start, end = _ends(fields, at)
    dated = bool((at or start or MIDNIGHT).date)
    default = EVENT if dated and not at else POINT if at else WINDOW
    priority = fields.number("priority", -1000, 1000)
    days = [day for found in fields.each("days", iso.weekdays) for day in found]
    name = fields.text("name") or fields.path.removeprefix("spec.")
    entry = Entry(
        name=name, field=fields.path, at=at, start=start, end=end, days=frozenset(days),
        dates=fields.each("dates", iso.dates), but=fields.each("except", iso.dates),
        classes=frozenset(fields.each("class", _class)), calendars=frozenset(fields.texts("calendars")),
        formula=_formula(fields, numbers), level=level(fields, numbers) or Level(), ramp=ramp(fields),
        priority=default if priority is None else priority,
    )  # fmt: skip
    _contradictions(fields, entry, dated)
    fields.finish()
    return entry


def _ends(fields: Fields, at: Time | None) -> tuple[Time | None, Time | None]:
    """Without ``at``, ``from`` and ``to`` it is the whole day."""
    start = fields.read("from", iso.moment)
    end = fields.read("to", lambda text: iso.moment(text, end=True))
    if "at" in fields:
        if "from" in fields or "to" in fields:
            fields.complain("at", "Contradiction", "stands beside from or to", "write at, or from and to")
        return None, None
    if "from" in fields and "to" not in fields:
        fields.complain("to", "Missing", "is missing", "say when the window ends, or write at instead of from")
    if start and end and end.date:
        if not start.date:
            fields.complain("from", "Contradiction", "has no date, but to has one", "write both with a date, or none")
        elif (end.date, end.seconds - (end.offset or 0)) <= (start.date, start.seconds - (start.offset or 0)):
            fields.complain("to", "BadValue", "is not after from")
    return start or MIDNIGHT, end or END_OF_DAY


def _contradictions(fields: Fields, entry: Entry, dated: bool) -> None:
    if dated and (entry.days or entry.dates or entry.but or entry.classes):
        fields.complain("", "Contradiction", "has a date in its time, and days, dates, except or class beside it", "write one")
    if entry.calendars and not entry.classes:
        fields.complain("calendars", "Contradiction", "says nothing without class", "add class: holiday, or take it out")
    if "formula" in fields and entry.at:
        fields.complain("formula", "Contradiction", "needs a window, not at", "write from and to, or none for the whole day")
    if not any(name in fields for name in ("replicas", "percent", "min", "max", "formula")):
        fields.complain("", "Missing", "says no number", "add replicas, percent, min, max or formula")


def _class(text: str) -> str | Bad:
    return text if text in CLASSES else Bad(why=f"{text!r} is not one of {', '.join(CLASSES)}")


def _formula(fields: Fields, numbers: Numbers) -> Formula | None:
    every = fields.seconds("every", 300, low=60)
    made = fields.read("formula", lambda text: formula(text, every))
    if made:
        numbers.units.add("count")
    return made


def level(fields: Fields, numbers: Numbers) -> Level | None:
    """``replicas``, ``percent``, or ``min`` and ``max``. None, with a finding where it is wrong, if it says none."""
    replicas, percent = fields.number("replicas", 0, MOST), fields.number("percent", 0, PERCENT_MOST)
    low, high = fields.number("min", 0, MOST), fields.number("max", 0, MOST)
    said = [name for name in ("replicas", "percent", "formula") if name in fields]
    if len(said) + ("min" in fields or "max" in fields) > 1:
        fields.complain(
            said[0], "Contradiction", "stands beside another number", "write replicas, percent, formula, or min and max"
        )
    if low is not None and high is not None and low > high:
        fields.complain("min", "BadValue", "is above max")
    if percent is not None:
        numbers.units.add("count" if numbers.full else "percent")
        replicas = math.ceil(percent * numbers.full / 100) if numbers.full else percent
    elif replicas is not None or low is not None or high is not None:
        numbers.units.add("count")
    if replicas is not None:
        return Level(low=replicas, high=replicas)
    return Level(low=low, high=high) if low is not None or high is not None else None


def ramp(fields: Fields) -> Ramp | None:
    if "ramp" not in fields:
        return None
    inner = fields.inside("ramp")
    over, shape = inner.seconds("over", 0), inner.choice("shape", "linear", "cosine", "steps")
    count, side = inner.number("steps", 1, 200), inner.choice("side", "both", "start", "end")
    if "over" not in inner:
        inner.complain("over", "Missing", "is missing", "say how long the ramp takes, such as 30m")
    if (shape == "steps") != (count is not None):
        inner.complain("steps", "Contradiction", "and shape: steps need each other")
    inner.finish()
    return Ramp(over=over, shape=shape, steps=count or 0, side=side)


def of_2015(spec: Fields, numbers: Numbers, created: int) -> tuple[Entry, ...]:
    """``times`` and ``counts``, lists or CSV, in any order. ``created``: seconds of the day, UTC, from which the times count
    (``origin: creation``, which was ``-now``), or -1 for midnight."""
    if "times" not in spec and "counts" not in spec:
        return ()
    known, texts = len(spec.findings), spec.texts("times")
    counts = _counts(spec)
    counted = len(spec.findings) == known
    times = [time for text in texts if (time := spec.checked("times", iso.time_of_day(text)))]
    numbers.units.add("count")
    if not texts or len(texts) != len(counts):
        if counted and (texts or counts or "times" not in spec):
            fix = "write one for each"
            spec.complain("counts", "BadValue", f"has {len(counts)} numbers for {len(texts)} times", fix)
        return ()
    made = []
    for index, (time, count) in enumerate(zip(times, counts, strict=False)):
        at = Time(seconds=(created + time.seconds) % DAY, offset=0) if created >= 0 else time
        name = f"times[{index}]"
        made.append(Entry(name=name, field=f"spec.{name}", at=at, level=Level(low=count, high=count), priority=POINT))
    return tuple(made)


def _counts(spec: Fields) -> tuple[int, ...]:
    value = spec.raw("counts")
    if value is None:
        return ()
    items = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else [value]
    texts = [str(item).strip() for item in items if not isinstance(item, bool)]
    if any(not text.isdigit() or not text.isascii() or int(text[:9]) > MOST or len(text) > 7 for text in texts) or len(
        texts
    ) != len(items):
        spec.complain("counts", "BadValue", f"must be whole numbers from 0 to {MOST}, a list or one text with commas")
        return ()
    return tuple(int(text) for text in texts)
