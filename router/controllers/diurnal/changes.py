"""What an operator asks of an object, as merge patches: override until a time, suspend, skip the next change. Pure."""

import datetime
import re
from collections.abc import Mapping
from typing import Any

from router.base.parse import Bad
from router.controllers.diurnal import iso, zones
from router.controllers.diurnal.curve import Texts
from router.controllers.diurnal.plan import instant_text, plan
from router.controllers.diurnal.types import DiurnalController

Patch = Mapping[str, Any]
_SPAN = re.compile(r"([0-9]{1,4})(m|h|d)", re.ASCII)
_UNITS = {"m": 60, "h": 3600, "d": iso.DAY}


def override(
    spec: DiurnalController, texts: Texts, now: int, until: str, what: tuple[Mapping[str, int], str]
) -> Patch | Bad:  # fmt: skip
    """``what``: a level as the spec writes one, and the reason. ``until``: see ``end_of``."""
    level, reason = what
    end = end_of(spec, texts, now, until)
    if isinstance(end, Bad):
        return end
    return {"spec": {"override": {**_no_level(), **level, "until": instant_text(end), "reason": reason or None}}}


def _no_level() -> dict[str, None]:
    """A merge patch leaves what it does not name: the numbers of an older override."""
    return {"replicas": None, "percent": None, "min": None, "max": None}


def end_of(spec: DiurnalController, texts: Texts, now: int, until: str) -> int | Bad:
    """An instant from ``next`` (the next change of the schedule), ``90m``, ``2h``, ``1d``, a time of day on the wall clock of the
    object, the next that comes, or a date and time with or without an offset."""
    if until == "next":
        found = plan(spec, texts, now)
        if isinstance(found, Bad):
            return found
        return found.next.instant if found.next else Bad(why="the schedule has no next change")
    if (span := _SPAN.fullmatch(until)) and int(span[1]):
        return now + int(span[1]) * _UNITS[span[2]]
    time = iso.moment(until)
    if isinstance(time, Bad):
        return Bad(why=f"{until!r} is not next, a span such as 2h, a time such as 18:00, or a date and time")
    tz = zones.zone(spec.zone) if time.offset is None else datetime.timezone(datetime.timedelta(seconds=time.offset))
    today = zones.local(now, tz).date()
    days = [time.date] if time.date else [today, today + datetime.timedelta(days=1), today + datetime.timedelta(days=2)]
    found_at = [at for day in days for at in zones.instants(day, time.seconds, tz, "endOfGap", "first") if at > now]
    return found_at[0] if found_at else Bad(why=f"{until!r} is over already")


def end_override() -> Patch:
    return {"spec": {"override": None}}


def suspend(on: bool) -> Patch:
    return {"spec": {"suspend": on}}


def skip_next(now: int) -> Patch:
    """The first change after now."""
    return {"spec": {"skipNext": instant_text(now)}}


def merged(document: Any, patch: Any) -> Any:
    """RFC 7396."""
    if not isinstance(patch, Mapping):
        return patch
    made = dict(document) if isinstance(document, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = merged(made.get(key), value)
    return made
