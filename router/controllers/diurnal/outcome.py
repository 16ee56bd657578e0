"""What becomes of one target: written, left, waiting, or kept from us, and why."""

from collections.abc import Mapping

from router.base.frozen import Frozen
from router.base.parse import Bad
from router.controllers.diurnal import claims, numbers, originals
from router.controllers.diurnal.claims import Claim
from router.controllers.diurnal.originals import Values
from router.controllers.diurnal.plan import Plan, level_text
from router.controllers.diurnal.types import AUTOSCALER, DiurnalController, Moved, Target, Write

SETTLED, CHANGING, WAITING, LEFT, DRIFTED = "Settled", "Changing", "Waiting", "LeftAlone", "Drifted"
LOST, BLOCKED, SUSPENDED, PUBLISHED, CAPPED = "Lost", "Blocked", "Suspended", "Published", "Capped"


class Outcome(Frozen):
    """``state``: one of the words above. ``reason``: of a block, a word for the condition. ``again``: an instant, or None."""

    id: str
    state: str
    message: str = ""
    reason: str = ""
    want: Mapping[str, int | str | None] = {}
    write: Write | None = None
    moved: Moved = Moved()
    again: int | None = None


class Job(Frozen):
    """One target and all that counts for it. ``targets``: to find its autoscaler. ``now``: for the limit of rate."""

    spec: DiurnalController
    plan: Plan
    claim: Claim
    targets: tuple[Target, ...]
    moved: Moved
    now: int

    @property
    def id(self) -> str:
        return self.claim.target.id


def outcome(job: Job) -> Outcome:
    spec, level = job.spec, job.plan.level
    if job.claim.winner != spec.meta.name:
        return _still(job, LOST, f"DiurnalController {job.claim.winner} has it")
    if spec.mode == "publish" or spec.suspend:
        return _still(job, SUSPENDED if spec.suspend else PUBLISHED)
    target = _written(spec, job.claim.target, job.targets)
    if isinstance(target, Bad):
        return _still(job, BLOCKED, target.why, "AutoscalerPresent")
    if level is None:
        return _outside(job, target)
    want = numbers.wanted(spec, level, target)
    if isinstance(want, Bad):
        return _still(job, BLOCKED, want.why, "NotPossible")
    found = _towards(job, target, want)
    if found.state == SETTLED and (why := numbers.capped(spec, level, target)):
        return Outcome(id=job.id, state=CAPPED, message=why, want=want, moved=found.moved)
    return found


def _still(job: Job, state: str, message: str = "", reason: str = "") -> Outcome:
    return Outcome(id=job.id, state=state, message=message, reason=reason, moved=job.moved)


def _written(spec: DiurnalController, aimed: Target, targets: tuple[Target, ...]) -> Target | Bad:
    """The object that is written: the autoscaler, if there is one, so that nobody fights it."""
    scaler = None if aimed.kind == AUTOSCALER else claims.autoscaler_of(aimed, targets)
    if scaler and spec.mode == "set":
        return Bad(why=f"{scaler.id} scales {aimed.id} too; write mode: floor, ceiling or bounds")
    return scaler or aimed


def _outside(job: Job, target: Target) -> Outcome:
    note = originals.note_of(target)
    if note and note.by == job.spec.meta.name and _keeps(job.spec, target):
        return restored(target, job.moved, "no entry holds", job.id)
    return Outcome(id=job.id, state=LEFT, message="no entry holds", moved=Moved(at=job.moved.at))


def _keeps(spec: DiurnalController, target: Target) -> bool:
    """Whether the originals are kept, to be given back."""
    return target.kind == AUTOSCALER or spec.outside == "restore"


def restored(target: Target, moved: Moved, why: str, name: str) -> Outcome:
    """Gives the originals back, and takes the note away."""
    want = originals.original(target)
    write = Write(target=target, fields=_changed(target, want), note=None, why=why)
    return Outcome(id=name, state=CHANGING, message=why, want=want, write=write, moved=moved)


def _changed(target: Target, want: Values) -> Mapping[str, int | str | None]:
    now = originals.present(target)
    return {field: value for field, value in want.items() if now.get(field) != value}


def _towards(job: Job, target: Target, want: Values) -> Outcome:
    spec, moved, limits = job.spec, job.moved, job.spec.limits
    level = level_text(job.plan.level, spec.unit)
    now, note = originals.present(target), originals.note_of(target)
    if not _changed(target, want) and (note is None or note.by == spec.meta.name):
        return Outcome(id=job.id, state=SETTLED, want=want, moved=Moved(at=moved.at, settled=level))
    if spec.drift == "edge" and moved.settled == level:
        return Outcome(id=job.id, state=DRIFTED, message=f"changed by hand since {level} stood", want=want, moved=moved)
    if limits and job.now < moved.at + limits.every:
        again = moved.at + limits.every
        return Outcome(id=job.id, state=WAITING, message="limits.every", want=want, moved=moved, again=again)
    step = numbers.limited(limits, now, want)
    kept = originals.noted(spec.meta.name, target, {**now, **step}) if _keeps(spec, target) else None
    write = Write(target=target, fields=_changed(target, step), why=job.plan.why, note=kept)
    later = job.now + limits.every if limits and step != want else None
    after = Moved(at=job.now, settled=moved.settled)
    return Outcome(id=job.id, state=CHANGING, want=want, write=write, moved=after, again=later)
