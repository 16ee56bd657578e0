"""Conditions: what ``kubectl wait`` waits for, and which changes of them are worth an Event."""

from collections.abc import Iterable, Mapping
from typing import Any

from router.base.findings import printable
from router.base.frozen import Frozen
from router.controllers.diurnal.outcome import BLOCKED, CAPPED, Outcome
from router.controllers.diurnal.plan import Plan
from router.controllers.diurnal.types import DiurnalController, Said

LONGEST = 1000
TYPES = ("Ready", "Active", "Conflict", "Suspended", "Overridden")


class Condition(Frozen):
    type: str
    true: bool
    reason: str
    message: str = ""


class Matter(Frozen):
    """What conditions are made of. ``rivals``: by target, who else means it and who wins, in words. ``missing``: aims that hit
    nothing. ``failures``: see types.Seen."""

    spec: DiurnalController
    plan: Plan
    outcomes: tuple[Outcome, ...]
    rivals: Mapping[str, str]
    missing: tuple[str, ...]
    failures: Mapping[str, str]


def of(job: Matter) -> tuple[Condition, ...]:
    """All five, so that each can be waited for."""
    entry, why, rivals = job.plan.entry, job.plan.why, job.rivals
    holds, overridden, suspended = entry not in ("", "base"), entry == "override", job.spec.suspend
    conflict = "; ".join(f"{name}: {words}" for name, words in sorted(rivals.items()))
    return (
        _ready(job),
        Condition(type="Active", true=holds, reason="EntryHolds" if holds else "NoEntry", message=why),
        Condition(type="Conflict", true=bool(rivals), reason="SharedTarget" if rivals else "NoRival", message=conflict),
        Condition(type="Suspended", true=suspended, reason="Suspended" if suspended else "Running"),
        Condition(
            type="Overridden", true=overridden, reason="Override" if overridden else "Schedule", message=why if overridden else ""
        ),
    )


def _ready(job: Matter) -> Condition:
    failed = [f"{name}: {said}" for name, said in sorted(job.failures.items())]
    blocked = [o for o in job.outcomes if o.state == BLOCKED]
    capped = [o for o in job.outcomes if o.state == CAPPED]
    if failed:
        return Condition(type="Ready", true=False, reason="WriteFailed", message="; ".join(failed))
    if blocked:
        return Condition(type="Ready", true=False, reason=blocked[0].reason, message="; ".join(o.message for o in blocked))
    if job.missing:
        return Condition(type="Ready", true=False, reason="NoTarget", message=f"not found: {', '.join(job.missing)}")
    if capped:
        return Condition(type="Ready", true=False, reason="Capped", message="; ".join(o.message for o in capped))
    return Condition(type="Ready", true=True, reason="AsScheduled")


def written(conditions: Iterable[Condition], before: object, now: str, generation: int) -> list[dict[str, Any]]:
    """As the API has them. The time is that of the last change of ``status``. A type that is not said now is kept as it was."""
    old = _by_type(before)
    made = {kind: dict(old[kind]) for kind in TYPES if kind in old}
    for condition in conditions:
        word = _word(condition)
        was = old.get(condition.type, {})
        made[condition.type] = {
            "type": condition.type, "status": word, "reason": condition.reason,
            "message": printable(condition.message, LONGEST),
            "lastTransitionTime": was.get("lastTransitionTime", now) if was.get("status") == word else now,
            "observedGeneration": generation,
        }  # fmt: skip
    return [made[kind] for kind in TYPES if kind in made]


def _by_type(before: object) -> Mapping[str, Mapping[str, Any]]:
    return {str(c.get("type")): c for c in before if isinstance(c, Mapping)} if isinstance(before, list) else {}


def _word(condition: Condition) -> str:
    return "True" if condition.true else "False"


EVENTS: Mapping[tuple[str, bool], tuple[str, str]] = {
    ("Ready", True): ("Normal", "Ready"),
    ("Ready", False): ("Warning", ""),
    ("Conflict", True): ("Warning", ""),
    ("Conflict", False): ("Normal", "ConflictEnded"),
    ("Suspended", True): ("Normal", "Suspended"),
    ("Suspended", False): ("Normal", "Resumed"),
    ("Overridden", True): ("Normal", "Override"),
    ("Overridden", False): ("Normal", "OverrideEnded"),
}
"""(condition, whether it is true) -> type and reason of the Event; no reason: that of the condition."""


def said(conditions: Iterable[Condition], before: object) -> tuple[Said, ...]:
    """What changed, as Events. An object that is new and well says nothing."""
    old = _by_type(before)
    made = []
    for c in conditions:
        was = old.get(c.type, {"status": "True" if c.type == "Ready" else "False", "reason": c.reason})
        if (was.get("status"), was.get("reason")) == (_word(c), c.reason) or (c.type, c.true) not in EVENTS:
            continue
        kind, reason = EVENTS[c.type, c.true]
        made.append(Said(type=kind, reason=reason or c.reason, note=c.message or c.reason))
    return tuple(made)
