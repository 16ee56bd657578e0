"""Which targets an object means, and who may write when several mean the same."""

from collections.abc import Iterable

from router.base.frozen import Frozen
from router.controllers.diurnal.types import AUTOSCALER, Aim, DiurnalController, Target

Key = tuple[str, str]
"""(kind, name) of what has the pods: an autoscaler and what it scales are one."""


class Claim(Frozen):
    """``rivals``: names of others that mean the same pods. ``winner``: who writes, among them and us."""

    target: Target
    rivals: tuple[str, ...]
    winner: str


def meant(spec: DiurnalController, targets: Iterable[Target]) -> tuple[Target, ...]:
    """In the order of the aims, then by name; each once."""
    found = {t.id: t for aim in spec.aims for t in sorted(targets, key=lambda t: t.name) if _matches(aim, t)}
    return tuple(found.values())


def aimed(spec: DiurnalController, target: Target) -> str:
    """The field of the aim that hits a target first."""
    return next(aim.field for aim in spec.aims if _matches(aim, target))


def _matches(aim: Aim, target: Target) -> bool:
    if aim.kind != target.kind or _group(aim.api_version) != _group(target.api_version):
        return False
    if aim.name:
        return aim.name == target.name
    return all(target.labels.get(key) == value for key, value in aim.labels)


def _group(api_version: str) -> str:
    return api_version.rpartition("/")[0]


def missing(spec: DiurnalController, targets: Iterable[Target]) -> tuple[str, ...]:
    """Aims that hit nothing, in words."""
    known = tuple(targets)
    return tuple(_words(aim) for aim in spec.aims if not any(_matches(aim, target) for target in known))


def _words(aim: Aim) -> str:
    labels = ",".join(f"{key}={value}" for key, value in aim.labels)
    return f"{aim.kind} {aim.name}" if aim.name else f"{aim.kind} with {labels}"


def key(target: Target) -> Key:
    return target.scales or (target.kind, target.name)


def autoscaler_of(target: Target, targets: Iterable[Target]) -> Target | None:
    return next((t for t in targets if t.kind == AUTOSCALER and t.scales == (target.kind, target.name)), None)


def claims(spec: DiurnalController, others: Iterable[DiurnalController], targets: tuple[Target, ...]) -> tuple[Claim, ...]:
    """The highest ``priority`` wins, then the oldest, then the first by name. Who writes nothing is no rival."""
    rivals = [(other, {key(t) for t in meant(other, targets)}) for other in others if _writes(other)]
    made = []
    for target in meant(spec, targets):
        same = [other for other, keys in rivals if key(target) in keys] if _writes(spec) else []
        winner = min([spec, *same], key=_rank)
        made.append(Claim(target=target, rivals=tuple(sorted(o.meta.name for o in same)), winner=winner.meta.name))
    return tuple(made)


def _writes(spec: DiurnalController) -> bool:
    return not spec.suspend and not spec.deleting and spec.mode != "publish"


def _rank(spec: DiurnalController) -> tuple[int, str, str]:
    return (-spec.priority, spec.meta.creation_timestamp, spec.meta.name)
