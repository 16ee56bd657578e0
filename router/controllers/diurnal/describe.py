"""One object in the words of ``kubectl describe``: the schedule, what holds now, what comes."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from router.base.parse import Bad
from router.controllers.diurnal import curve, iso, zones
from router.controllers.diurnal.chart import aligned
from router.controllers.diurnal.iso import WEEKDAYS
from router.controllers.diurnal.plan import instant_text, level_text, local_text, name_of
from router.controllers.diurnal.types import Aim, Dates, DiurnalController, Entry, Said, Time

DAY = iso.DAY


def describe(spec: DiurnalController, status: Mapping[str, Any], says: tuple[Said, ...]) -> str:
    """``status``: as ``decide`` made it, or as it was read."""
    facts = [
        ("Name:", spec.meta.name),
        ("Namespace:", spec.meta.namespace),
        ("Labels:", ",".join(f"{k}={v}" for k, v in sorted(spec.meta.labels.items())) or "<none>"),
        ("Targets:", ", ".join(aim_text(aim) for aim in spec.aims)),
        ("Time Zone:", f"{spec.zone} (tzdata {zones.VERSION}), gap: {spec.gap}, repeat: {spec.repeat}"),
        ("Mode:", f"{spec.mode}, drift: {spec.drift}, overlap: {spec.overlap}, priority: {spec.priority}"),
        ("Current:", _current(status)),
        ("Next:", _next(status)),
    ]
    parts = [aligned(facts), "Schedule:", _indented(aligned(list(_schedule(spec))))]
    if lines := list(_targets(status)):
        parts += ["Target States:", _indented(aligned(lines))]
    parts += ["Conditions:", _indented(aligned(list(_conditions(status))))]
    parts += ["Events:", *(f"  {said.type}  {said.reason}  {said.note}" for said in says)] if says else ["No events."]
    return "\n".join(parts)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def aim_text(aim: Aim) -> str:
    return f"{aim.kind}/{aim.name}" if aim.name else f"{aim.kind} with {','.join(f'{k}={v}' for k, v in aim.labels)}"


def _current(status: Mapping[str, Any]) -> str:
    current = status.get("current")
    if not isinstance(current, Mapping):
        return "<unknown>"
    since = f", since {current['since']}" if current.get("since") else ""
    return f"{current.get('value')} ({current.get('why')}{since})"


def _next(status: Mapping[str, Any]) -> str:
    coming = status.get("next")
    if not isinstance(coming, Mapping):
        return "<none>"
    return f"{coming.get('value')} at {coming.get('local')} ({coming.get('time')}), {coming.get('entry') or 'no entry'}"


def _schedule(spec: DiurnalController) -> Iterator[tuple[str, ...]]:
    yield ("NAME", "WHEN", "DAYS", "VALUE", "RAMP", "PRIORITY")
    for entry in spec.entries:
        value = f"f(t) = {entry.formula.text}" if entry.formula else level_text(entry.level, spec.unit)
        ramp = f"{entry.ramp.over} s {entry.ramp.shape}" if entry.ramp else "-"
        yield (entry.name, _when(entry), _days(entry), value, ramp, str(entry.priority))
    if spec.base is not None:
        yield ("base", "else", "-", level_text(spec.base, spec.unit), "-", "-")


def _when(entry: Entry) -> str:
    if entry.at:
        return f"at {time_text(entry.at)}"
    assert entry.start and entry.end
    return f"{time_text(entry.start)} to {time_text(entry.end)}"


def time_text(time: Time) -> str:
    clock = f"{time.seconds // 3600:02}:{time.seconds % 3600 // 60:02}" + (
        f":{time.seconds % 60:02}" if time.seconds % 60 else ""
    )
    offset = "" if time.offset is None else _offset_text(time.offset)
    return f"{f'{time.date}T' if time.date else ''}{clock}{offset}"


def _offset_text(offset: int) -> str:
    size = abs(offset) // 60
    return f"{'-' if offset < 0 else '+'}{size // 60:02}:{size % 60:02}" if offset else "Z"


def _days(entry: Entry) -> str:
    parts = [",".join(WEEKDAYS[day] for day in sorted(entry.days))] if entry.days else []
    parts += [",".join(sorted(entry.classes))] if entry.classes else []
    parts += [f"of {','.join(sorted(entry.calendars))}"] if entry.calendars else []
    parts += [",".join(_range(r) for r in entry.dates)] if entry.dates else []
    parts += ["but " + ",".join(_range(r) for r in entry.but)] if entry.but else []
    return " ".join(parts) or "every"


def _range(r: Dates) -> str:
    form = "%m-%d" if r.yearly else "%Y-%m-%d"
    return r.first.strftime(form) + ("" if r.first == r.last else f"/{r.last.strftime(form)}")


def _targets(status: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for line in status.get("targets") or ():
        yield (str(line.get("target")), str(line.get("state")), str(line.get("wanted", "")), str(line.get("message", "")))


def _conditions(status: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    yield ("TYPE", "STATUS", "REASON", "MESSAGE")
    for c in status.get("conditions") or ():
        yield (str(c.get("type")), str(c.get("status")), str(c.get("reason")), str(c.get("message", "")))


def coming(spec: DiurnalController, texts: curve.Texts, now: int, count: int) -> list[tuple[str, ...]] | Bad:
    """(local, utc, value, entry) of the next changes of the schedule, without ramps' steps: heads first."""
    lines: list[tuple[str, ...]] = []
    for days in (8, 40, 400):
        found = curve.steps(spec, texts, now, now + days * DAY)
        if isinstance(found, Bad):
            return found
        lines = [("LOCAL", "UTC", "VALUE", "ENTRY")]
        for before, step in pairwise(found):
            if step.segment.level != before.segment.level:
                value, entry = level_text(step.segment.level, spec.unit), name_of(spec, step.segment)
                lines.append((local_text(step.start, spec.zone), instant_text(step.start), value, entry or "no entry"))
        if len(lines) > count:
            break
    return lines[: count + 1]
