"""What to write now, so that every target has the number that the clock says."""

import datetime
from collections.abc import Iterable, Mapping

from router.base.parse import Bad
from router.controllers.diurnal import claims, conditions, originals, status, zones
from router.controllers.diurnal.claims import Claim
from router.controllers.diurnal.conditions import Condition, Matter
from router.controllers.diurnal.outcome import Job, Outcome, outcome, restored
from router.controllers.diurnal.plan import Plan, instant_text, plan
from router.controllers.diurnal.types import (
    FINALIZER,
    Decision,
    DiurnalController,
    Memory,
    Moved,
    Said,
    Seen,
    Target,
    Write,
)  # fmt: skip

LONGEST_WAIT = 3600
AFTER_TROUBLE = 300
"""Seconds after which is looked again, when nothing else says when."""


def decide(now: datetime.datetime, seen: Seen, memory: Memory) -> Decision:
    """``now``: aware. Equal ``now`` and ``seen`` give equal writes, whatever happened before (except for ``drift: edge``)."""
    if seen.deleting:
        return _leave(now, seen, memory)
    if seen.object is None:
        return _trouble(now, seen, memory, "BadSpec", " ".join(f.message for f in seen.findings) or "the spec is not understood")
    found = plan(seen.object, seen.calendars, zones.seconds(now))
    if isinstance(found, Bad):
        return _trouble(now, seen, memory, "BadCalendar", f"{found.why}. The last value is kept.")
    return _follow(now, seen, seen.object, found, memory)


def _follow(now: datetime.datetime, seen: Seen, spec: DiurnalController, found: Plan, memory: Memory) -> Decision:
    instant, before = zones.seconds(now), seen.status.get("conditions")
    claimed = claims.claims(spec, seen.others, seen.targets)
    outcomes = _once(outcome(_job(spec, found, claim, seen, memory, instant)) for claim in claimed)
    given_back = () if spec.suspend else _not_ours(seen, spec, outcomes)
    writes = tuple(o.write for o in (*outcomes, *given_back) if o.write)
    matter = Matter(
        spec=spec, plan=found, outcomes=outcomes, rivals=_rivals(claimed), missing=claims.missing(spec, seen.targets),
        failures=seen.failures,
    )  # fmt: skip
    said, made = conditions.of(matter), status.scheduled(seen, spec, found, outcomes)
    made["conditions"] = conditions.written(said, before, instant_text(instant), seen.meta.generation)
    return Decision(
        writes=writes,
        status=made,
        says=(*(_scaled(write) for write in writes if write.fields), *conditions.said(said, before)),
        again=_again(instant, found.change, *(o.again for o in outcomes)),
        memory=Memory(moved={o.id: o.moved for o in outcomes}),
        finalizer=_finalizer(seen, spec, writes),
    )


def _job(spec: DiurnalController, found: Plan, claim: Claim, seen: Seen, memory: Memory, now: int) -> Job:  # noqa: PLR0917
    moved = memory.moved.get(claim.target.id, Moved())
    return Job(spec=spec, plan=found, claim=claim, targets=seen.targets, moved=moved, now=now)


def _again(now: int, *looks: int | None) -> datetime.datetime:
    soonest = min((look for look in looks if look is not None), default=now + LONGEST_WAIT)
    return zones.local(min(now + LONGEST_WAIT, max(now + 1, soonest)), datetime.UTC)


def _once(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """Two aims may mean one autoscaler: it is written once."""
    written: set[str] = set()
    made = []
    for o in outcomes:
        if o.write is None or o.write.target.id not in written:
            made.append(o)
        if o.write:
            written.add(o.write.target.id)
    return tuple(made)


def _rivals(claimed: tuple[Claim, ...]) -> Mapping[str, str]:
    return {c.target.id: f"also meant by {', '.join(c.rivals)}; {c.winner} wins" for c in claimed if c.rivals}


def _not_ours(seen: Seen, spec: DiurnalController, outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Targets that we wrote once and that we do not mean any more get their originals back, unless somebody else has them."""
    mine = {o.write.target.id for o in outcomes if o.write} | {t.id for t in _held(spec, seen.targets)}
    return [o for o in _returned(seen, "not a target any more") if o.id not in mine]


def _held(spec: DiurnalController, targets: tuple[Target, ...]) -> list[Target]:
    """What the spec may write: what it means, and in modes that move bounds the autoscalers of it. ``publish``: nothing."""
    if spec.mode == "publish":
        return []
    aimed = claims.meant(spec, targets)
    if spec.mode == "set":
        return list(aimed)
    return [*aimed, *(scaler for t in aimed if (scaler := claims.autoscaler_of(t, targets)))]


def _returned(seen: Seen, why: str) -> list[Outcome]:
    taken = {t.id for other in seen.others if not other.deleting and not other.suspend for t in _held(other, seen.targets)}
    made = []
    for target in seen.targets:
        note = originals.note_of(target)
        if note and note.by == seen.meta.name and target.id not in taken:
            made.append(restored(target, Moved(), why, target.id))
    return made


def _leave(now: datetime.datetime, seen: Seen, memory: Memory) -> Decision:
    """The object goes: originals back, then the finalizer."""
    writes = tuple(o.write for o in _returned(seen, f"{seen.meta.name} is being deleted") if o.write)
    again = now + datetime.timedelta(seconds=AFTER_TROUBLE)
    says = tuple(_scaled(write) for write in writes if write.fields)
    gone = False if FINALIZER in seen.finalizers else None
    return Decision(writes=writes, status=seen.status, says=says, again=again, memory=memory, finalizer=gone)


def _finalizer(seen: Seen, spec: DiurnalController, writes: Iterable[Write]) -> bool | None:
    """It is wanted as long as there is a note to be taken back."""
    noted = any(write.note for write in writes) or any(
        (note := originals.note_of(t)) and note.by == spec.meta.name for t in seen.targets
    )
    if noted == (FINALIZER in seen.finalizers):
        return None
    return noted


def _trouble(now: datetime.datetime, seen: Seen, memory: Memory, reason: str, message: str) -> Decision:
    """Nothing is written: the last value stands."""
    said = (Condition(type="Ready", true=False, reason=reason, message=message),)
    before = seen.status.get("conditions")
    made = status.kept(seen)
    made["conditions"] = conditions.written(said, before, instant_text(zones.seconds(now)), seen.meta.generation)
    again = now + datetime.timedelta(seconds=AFTER_TROUBLE)
    return Decision(writes=(), status=made, says=conditions.said(said, before), again=again, memory=memory)


def _scaled(write: Write) -> Said:
    now = originals.present(write.target)
    parts = (f"{field} {_shown(now.get(field))} -> {_shown(value)}" for field, value in sorted(write.fields.items()))
    return Said(type="Normal", reason="Scaled", note=f"{write.target.id}: {', '.join(parts)} ({write.why})")


def _shown(value: int | str | None) -> str:
    return "unset" if value is None else str(value)
