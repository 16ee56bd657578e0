"""The number as a function of time: what stands from which instant to which, and why. Only the schedule and the date count."""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import msgspec

from router.base.frozen import Frozen
from router.base.parse import Bad
from router.controllers.diurnal import calendars, ramps, spans, zones
from router.controllers.diurnal.iso import DAY
from router.controllers.diurnal.spans import FAR, Span
from router.controllers.diurnal.types import DiurnalController, Level, Ramp

BASE = -1
"""In the place of an entry's index: spec.base, or nothing."""
LOOK_BACK = 400
"""Days in which the point that still holds is searched."""
SKIP_HOLDS = 40 * DAY
"""Seconds after which a skipNext is no longer looked at."""

Texts = Mapping[tuple[str, str], str | None]
"""See types.Seen.calendars."""


class Segment(Frozen):
    """A time in which one entry stands. ``over``: entries of equal priority and another level that lost to it."""

    start: int
    end: int
    entry: int
    level: Level | None
    whole: tuple[int, int] = (0, FAR)
    over: tuple[int, ...] = ()


class Step(Frozen):
    """From ``start`` on, ``level`` stands. ``segment``: on whose way; while a ramp lasts, its level is not yet reached."""

    start: int
    level: Level | None
    segment: Segment


def steps(spec: DiurnalController, texts: Texts, start: int, end: int) -> list[Step] | Bad:
    """Every change from ``start`` to ``end``. The first stands at ``start``. Bad if a calendar can not be read."""
    skip = zones.seconds(spec.skip_next) if spec.skip_next else None
    if skip is not None and not start - SKIP_HOLDS <= skip < end:
        skip = None
    begin = start if skip is None else min(start, skip)
    found = _all_spans(spec, texts, begin - 2 * DAY, end + 2 * DAY)
    if isinstance(found, Bad):
        return found
    segments = _skipped(skip, _segments(spec, found, begin - 2 * DAY, end + 2 * DAY))
    made = list(_ramped(spec, segments))
    before = [step for step in made if step.start <= start]
    now = [msgspec.structs.replace(before[-1], start=start)] if before and before[-1].start < start else before[-1:]
    return [*now, *(step for step in made if start < step.start < end)]


def _all_spans(spec: DiurnalController, texts: Texts, start: int, end: int) -> list[Span] | Bad:
    """What holds somewhere between two instants, and the point that held before."""
    tz = zones.zone(spec.zone)
    first, last = zones.local(start, tz).date(), zones.local(end, tz).date()
    first, last = first - datetime.timedelta(days=2), last + datetime.timedelta(days=1)
    recurring = {index for index, entry in enumerate(spec.entries) if entry.at and not entry.at.date}
    for back in (0, 8, 40, LOOK_BACK):
        early = first - datetime.timedelta(days=back)
        known = calendars.holidays(spec.calendars, texts, early, last)
        if isinstance(known, Bad):
            return known
        found = spans.spans(spec, known, early, last)
        if not recurring or any(span.start <= start and span.entry in recurring for span in found):
            break
    return found


def _segments(spec: DiurnalController, found: Iterable[Span], start: int, end: int) -> list[Segment]:
    """Who wins when. Neighbours of one entry and level are one segment."""
    live = [span for span in found if span.end > start and span.start < end]
    cuts = sorted({start, *(s.start for s in live if s.start > start), *(s.end for s in live if s.end < end)})
    made: list[Segment] = []
    active: list[Span] = []
    waiting = iter([*live, None])
    coming = next(waiting)
    for cut, until in pairwise([*cuts, end]):
        active = [span for span in active if span.end > cut]
        while coming and coming.start <= cut:
            active.append(coming)
            coming = next(waiting)
        segment = _winner(spec, active, cut, until)
        if made and (made[-1].entry, made[-1].level, made[-1].whole) == (segment.entry, segment.level, segment.whole):
            over = tuple(sorted({*made[-1].over, *segment.over}))
            made[-1] = msgspec.structs.replace(made[-1], end=until, over=over)
        else:
            made.append(segment)
    return made


def _winner(spec: DiurnalController, active: Sequence[Span], start: int, end: int) -> Segment:
    if not active:
        return Segment(start=start, end=end, entry=BASE, level=spec.base)
    entries = spec.entries

    def rank(span: Span) -> tuple[int, ...]:
        return (entries[span.entry].priority, *spans.preference(spec.overlap, span.whole[0], span.entry, span.level))

    best = max(active, key=rank)
    equal = (s for s in active if entries[s.entry].priority == entries[best.entry].priority and s.level != best.level)
    over = tuple(sorted({span.entry for span in equal}))
    return Segment(start=start, end=end, entry=best.entry, level=best.level, whole=best.whole, over=over)


def _skipped(skip: int | None, segments: list[Segment]) -> list[Segment]:
    """Without the first change after ``skip``: what stood before it goes on until the change after it."""
    if skip is None:
        return segments
    made, done = segments[:1], False
    for segment in segments[1:]:
        if not done and segment.start > skip and segment.level != made[-1].level:
            done = True
            made[-1] = msgspec.structs.replace(made[-1], end=segment.end)
        else:
            made.append(segment)
    return made


def _ramped(spec: DiurnalController, segments: list[Segment]) -> Iterator[Step]:
    before: Segment | None = None
    for segment in segments:
        ramp = _ramp(spec, before, segment) if before else None
        if before and ramp and before.level and segment.level and before.level != segment.level:
            way = ramps.way(before.level, segment.level, ramp, segment.start, segment.end)
            if way[0][0] > segment.start:
                yield Step(start=segment.start, level=before.level, segment=segment)
            yield from (Step(start=at, level=level, segment=segment) for at, level in way)
        else:
            yield Step(start=segment.start, level=segment.level, segment=segment)
        before = segment


def _ramp(spec: DiurnalController, old: Segment, new: Segment) -> Ramp | None:
    """That of the entry that begins here, else of the window that ends here, else that of the spec."""
    if old.entry == new.entry and old.whole == new.whole:
        return None
    if new.entry != BASE and new.whole[0] == new.start:
        entry = spec.entries[new.entry]
        if entry.ramp and (entry.at or entry.ramp.side != "end"):
            return entry.ramp
    if old.entry != BASE and old.whole[1] == new.start:
        entry = spec.entries[old.entry]
        if entry.ramp and not entry.at and entry.ramp.side != "start":
            return entry.ramp
    return spec.ramp
