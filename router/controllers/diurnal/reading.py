"""A DiurnalController as the API server or a manifest has it, read: the values, and what is wrong with it.

An error anywhere means that the object is not understood, and then nothing is written: half a schedule could empty a service.
"""

import datetime
from collections.abc import Mapping
from typing import Any

import msgspec

from router.base.findings import Finding, ObjectRef, Severity
from router.base.parse import Bad
from router.controllers.diurnal import entries, iso, zones
from router.controllers.diurnal.entries import Numbers
from router.controllers.diurnal.fields import Fields
from router.controllers.diurnal.formula import MOST
from router.controllers.diurnal.types import (
    AUTOSCALER,
    DAEMON,
    KIND,
    KINDS,
    Aim,
    Calendar,
    DiurnalController,
    Level,
    Limits,
    Override,
    Reading,
)  # fmt: skip
from router.facts.meta import Meta

WORKDAYS = frozenset({0, 1, 2, 3, 4})
ENTRIES, FORMULAS = 1500, 8
"""What one object may have: a sample a minute as in 2015 fits; who wants more than these makes everybody wait."""


def read(document: Mapping[str, Any]) -> Reading:
    """Never raises. ``document``: dicts, lists, texts, numbers, booleans and None."""
    metadata = document.get("metadata")
    meta, deleting, finalizers = _meta(metadata if isinstance(metadata, Mapping) else {})
    status = document.get("status")
    ref = ObjectRef(kind=KIND, namespace=meta.namespace, name=meta.name)
    findings: list[Finding] = []
    spec = Fields(document.get("spec"), "spec", ref, findings)
    made = _spec(spec, meta, deleting)
    return Reading(
        meta=meta,
        object=None if any(f.severity is Severity.ERROR for f in findings) else made,
        deleting=deleting,
        finalizers=finalizers,
        status=status if isinstance(status, Mapping) else {},
        findings=tuple(findings),
    )


def _meta(metadata: Mapping[str, Any]) -> tuple[Meta, bool, tuple[str, ...]]:
    try:
        meta = msgspec.convert({k: v for k, v in metadata.items() if v is not None}, Meta)
    except msgspec.ValidationError:
        meta = Meta(name=str(metadata.get("name", "")))
    finalizers = metadata.get("finalizers")
    names = tuple(str(name) for name in finalizers) if isinstance(finalizers, list) else ()
    return msgspec.structs.replace(meta, namespace=meta.namespace or "default"), bool(metadata.get("deletionTimestamp")), names


def _spec(spec: Fields, meta: Meta, deleting: bool) -> DiurnalController:
    numbers = Numbers(full=spec.number("full", 1, MOST) or 0, units=set())
    zone = spec.read("timeZone", zones.known) or "UTC"
    lines = (*entries.of_2015(spec, numbers, _origin(spec, meta)), *entries.schedule(spec, numbers))
    base = spec.inside("base")
    workdays = [day for found in spec.each("workdays", iso.weekdays) for day in found]
    made = DiurnalController(
        meta=meta, deleting=deleting, aims=_aims(spec), entries=lines, zone=zone,
        base=entries.level(base, numbers) if "base" in spec else None,
        gap=spec.choice("gap", "endOfGap", "shift", "skip"), repeat=spec.choice("repeat", "first", "second", "both"),
        overlap=spec.choice("overlap", "max", "min", "latest"), drift=spec.choice("drift", "enforce", "edge"),
        mode=spec.choice("mode", "set", "floor", "ceiling", "bounds", "publish"),
        outside=spec.choice("outside", "leave", "restore"), workdays=frozenset(workdays) or WORKDAYS,
        calendars=_calendars(spec), ramp=entries.ramp(spec), limits=_limits(spec),
        priority=spec.number("priority", -1000, 1000) or 0, suspend=spec.boolean("suspend"),
        override=_override(spec, numbers), skip_next=spec.read("skipNext", iso.instant),
        unit="percent" if numbers.units == {"percent"} else "count",
    )  # fmt: skip
    base.finish()
    spec.finish()
    _contradictions(spec, made, numbers)
    return made


def _origin(spec: Fields, meta: Meta) -> int:
    """Seconds of the day, UTC, at which the object was made, if its times count from then; else -1."""
    if spec.choice("origin", "midnight", "creation") == "midnight":
        return -1
    created = iso.instant(meta.creation_timestamp)
    return 0 if isinstance(created, Bad) else zones.seconds(created) % iso.DAY


def _aims(spec: Fields) -> tuple[Aim, ...]:
    """``target``, ``targets``, and ``selector``, which as in 2015 means ReplicationControllers."""
    found = [_aim(fields) for fields in ([spec.inside("target")] if "target" in spec else [])]
    found += [_aim(fields) for fields in spec.items("targets")]
    if labels := spec.labels("selector"):
        found.append(Aim(api_version="v1", kind="ReplicationController", labels=labels, field="spec.selector"))
    if not found:
        spec.complain("targets", "Missing", "is missing", "say what to scale: kind and name, or kind and matchLabels")
    return tuple(found)


def _aim(fields: Fields) -> Aim:
    kind, name, labels = fields.text("kind"), fields.text("name"), fields.labels("matchLabels")
    version = fields.text("apiVersion", KINDS.get(kind, ""))
    if not kind:
        fields.complain("kind", "Missing", "is missing", f"write one of {', '.join(KINDS)}, or another kind and its apiVersion")
    elif not version:
        fields.complain(
            "apiVersion", "Missing", f"is missing, which {kind} needs", "write it as the manifest of the target has it"
        )
    if ("name" in fields) == ("matchLabels" in fields):
        fields.complain("name", "Contradiction", "or matchLabels must be there, one of the two")
    fields.finish()
    return Aim(api_version=version, kind=kind, name=name, labels=labels, field=fields.path)


def _calendars(spec: Fields) -> tuple[Calendar, ...]:
    made = []
    for fields in spec.items("calendars"):
        place = fields.inside("configMap")
        calendar = Calendar(
            name=fields.text("name"),
            config_map=place.text("name"),
            key=place.text("key", "calendar.ics"),
            dates=fields.each("dates", iso.dates),
        )
        if not calendar.name:
            fields.complain("name", "Missing", "is missing")
        if bool(calendar.config_map) == bool(calendar.dates):
            fields.complain("configMap", "Contradiction", "with a name, or dates, must be there, one of the two")
        place.finish()
        fields.finish()
        made.append(calendar)
    return tuple(made)


def _limits(spec: Fields) -> Limits | None:
    if "limits" not in spec:
        return None
    fields = spec.inside("limits")
    step, every = fields.number("step", 1, MOST), fields.seconds("every", 60)
    if "step" not in fields:
        fields.complain("step", "Missing", "is missing", "say by how much the number may change at once")
    fields.finish()
    return Limits(step=step or 1, every=every)


def _override(spec: Fields, numbers: Numbers) -> Override | None:
    if "override" not in spec:
        return None
    fields = spec.inside("override")
    until, level, reason = fields.read("until", iso.instant), entries.level(fields, numbers), fields.text("reason")
    if "until" not in fields:
        fields.complain("until", "Missing", "is missing", "an override ends: say when, such as 2026-11-27T08:00:00Z")
    if level is None:
        fields.complain("replicas", "Missing", "is missing", "say the number that holds until then")
    fields.finish()
    ended = until or datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return Override(until=ended, level=level, reason=reason) if level else None


def _contradictions(spec: Fields, made: DiurnalController, numbers: Numbers) -> None:
    """What no single field can tell."""
    kinds = {aim.kind for aim in made.aims}
    if "base" in spec and made.base is None and not any(f.field.startswith("spec.base") for f in spec.findings):
        spec.complain("base", "Missing", "says no number", "add replicas, percent, min or max")
    wrong = any(f.field.startswith(("spec.schedule", "spec.times", "spec.counts", "spec.base")) for f in spec.findings)
    if not made.entries and made.base is None and not wrong:
        spec.complain("schedule", "Missing", "says nothing", "add entries, or times and counts, or base")
    if sum(1 for entry in made.entries if entry.formula) > FORMULAS:
        spec.complain("schedule", "TooMuch", f"has more than {FORMULAS} formulas")
    if len(made.entries) > ENTRIES:
        spec.complain("schedule", "TooMuch", f"has more than {ENTRIES} entries")
    if len(numbers.units) > 1:
        spec.complain("full", "Missing", "is missing: numbers and percents stand side by side", "say how many 100 percent are")
    if "percent" in numbers.units and kinds - {DAEMON}:
        spec.complain("full", "Missing", "is missing, which percent of replicas needs", "say how many 100 percent are")
    if made.unit == "percent" and any((e.level.low or 0) > 100 for e in made.entries):
        spec.complain("schedule", "BadValue", "has more than 100 percent of the nodes")
    if AUTOSCALER in kinds and made.mode == "set":
        spec.complain("mode", "Contradiction", f"set is not for a {AUTOSCALER}", "write floor, ceiling or bounds")
    if DAEMON in kinds and made.mode not in ("set", "publish"):
        spec.complain("mode", "Contradiction", f"{made.mode} is not for a {DAEMON}", "leave mode out")
    _bounds(spec, made)
    names = {calendar.name for calendar in made.calendars}
    for entry in made.entries:
        if entry.calendars - names:
            spec.complain("calendars", "Missing", f"has none that is called {sorted(entry.calendars - names)[0]!r}")
        if "holiday" in entry.classes and not names:
            spec.complain("calendars", "Missing", "is missing: without one no day is a holiday", "add a calendar")


def _bounds(spec: Fields, made: DiurnalController) -> None:
    """min alone says nothing to a ceiling, max alone nothing to a floor, and neither to ``set``."""
    needs = {"set": ("low", "high"), "floor": ("low",), "ceiling": ("high",)}.get(made.mode, ())
    override = made.override.level if made.override else None
    levels = [(e.field, e.level) for e in made.entries if not e.formula] + [("spec.base", made.base), ("spec.override", override)]
    for field, level in levels:
        if level is None or level == Level():
            continue
        exact = made.mode != "set" or level.low == level.high
        if not exact or any(getattr(level, name) is None for name in needs):
            where = field.removeprefix("spec.")
            spec.complain(
                where, "Contradiction", f"does not say a number that mode {made.mode} needs", "write replicas, or change mode"
            )
