"""The status of an object, as JSON. Times in it change only when something changes, so that equal states are equal bytes."""

from typing import Any

from router.controllers.diurnal import zones
from router.controllers.diurnal.outcome import Outcome
from router.controllers.diurnal.plan import Next, Plan, instant_text, level_text, local_text
from router.controllers.diurnal.types import DiurnalController, Level, Seen


def scheduled(seen: Seen, spec: DiurnalController, plan: Plan, outcomes: tuple[Outcome, ...]) -> dict[str, Any]:
    """All but the conditions. ``targets``: one line for each, so that ``kubectl get -o yaml`` answers most questions."""
    made: dict[str, Any] = {
        "observedGeneration": seen.meta.generation,
        "timeZone": spec.zone,
        "timeZoneData": zones.VERSION,
        "current": _current(spec, plan),
        "targets": [_target(outcome) for outcome in outcomes],
    }
    if plan.next:
        made["next"] = _next(spec, plan.next)
    if plan.over:
        made["overlap"] = {"rule": spec.overlap, "entries": list(plan.over)}
    return made


def _current(spec: DiurnalController, plan: Plan) -> dict[str, Any]:
    made = {"value": level_text(plan.level, spec.unit), **_numbers(spec, plan.level), "entry": plan.entry, "why": plan.why}
    if plan.since is not None:
        made["since"] = instant_text(plan.since)
    if plan.goal:
        made["goal"] = level_text(plan.goal, spec.unit)
    return made


def _next(spec: DiurnalController, coming: Next) -> dict[str, Any]:
    return {
        "time": instant_text(coming.instant), "local": local_text(coming.instant, spec.zone),
        "value": level_text(coming.level, spec.unit), **_numbers(spec, coming.level), "entry": coming.entry,
    }  # fmt: skip


def _numbers(spec: DiurnalController, level: Level | None) -> dict[str, int]:
    """``replicas`` or ``percent`` as a number, for printer columns and the scale subresource."""
    if level is None or level.low is None or level.low != level.high:
        return {}
    return {"percent" if spec.unit == "percent" else "replicas": level.low}


def _target(outcome: Outcome) -> dict[str, Any]:
    made: dict[str, Any] = {"target": outcome.id, "state": outcome.state}
    if outcome.want:
        made["wanted"] = ", ".join(f"{field} {value}" for field, value in sorted(outcome.want.items()) if value is not None)
    if outcome.message:
        made["message"] = outcome.message
    if outcome.moved.at:
        made["changed"] = instant_text(outcome.moved.at)
    if outcome.moved.settled:
        made["settled"] = outcome.moved.settled
    return made


def kept(seen: Seen) -> dict[str, Any]:
    """What was last said, while the object is not understood: its value stands, and nothing is known of the next."""
    made = {key: value for key, value in seen.status.items() if key in ("current", "targets", "timeZone", "timeZoneData")}
    return {"observedGeneration": seen.meta.generation, **made}
