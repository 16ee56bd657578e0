"""Conditions that ``kubectl wait`` can wait for.

- ``Available``: True while at most maxUnavailable nodes lack an available pod, and not all of them do.
- ``Progressing``: True while something is being started, stopped or replaced; False when there is nothing left to do.
- ``Degraded``: True when a node can not be helped by waiting: full, a port taken, pods that fail, creates that are refused.
- ``Conflict``: True while another owner's selector can match our pods, or ours its pods.
- ``Surging``: only with maxSurge: False where ports clash, so that pods are deleted first, or not replaced at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from router.base.findings import Finding
from router.base.frozen import Frozen
from router.controllers.daemon import overlap, reasons, standing
from router.controllers.daemon.overlap import Overlap
from router.controllers.daemon.reasons import Why


class Facts(Frozen):
    """What conditions are made of: counts of nodes, and why nothing moves."""

    now: float
    generation: int
    desired: int
    current: int
    available: int
    updated: int
    misscheduled: int
    released: int
    done: bool
    max_unavailable: int
    why_held: str
    why_no_surge: str
    surge_asked: bool
    refused: bool


class _Said(Frozen):
    type: str
    true: bool
    reason: str
    message: str


def conditions(
    facts: Facts, whys: Mapping[str, Why], found: Sequence[Overlap], findings: Sequence[Finding], before: Iterable[Any]
) -> list[dict[str, Any]]:
    """``before``: the conditions that stand there; one whose status is the same keeps its time."""
    said = [_available(facts), _progressing(facts), _degraded(whys, findings), _conflict(found)]
    if facts.surge_asked:
        said.append(_surging(facts))
    return written(said, facts, before)


def invalid(now: float, generation: int, findings: Sequence[Finding], before: Iterable[Any]) -> list[dict[str, Any]]:
    """The conditions of an object that can not be used; what is said of pods stays as it was."""
    said = [
        _Said(type="Progressing", true=False, reason="InvalidSpec", message="No pod is touched until the spec is mended."),
        _Said(type="Degraded", true=True, reason="InvalidSpec", message=_sentences(findings)),
    ]
    changed = {s.type for s in said}
    facts = Facts(
        now=now, generation=generation, desired=0, current=0, available=0, updated=0, misscheduled=0, released=0, done=False,
        max_unavailable=0, why_held="", why_no_surge="", surge_asked=False, refused=False,
    )  # fmt: skip
    kept = [c for c in before if isinstance(c, Mapping) and c.get("type") not in changed]
    return [*(dict(c) for c in kept), *written(said, facts, before)]


def written(said: Iterable[_Said], facts: Facts, before: Iterable[Any]) -> list[dict[str, Any]]:
    old = {c.get("type"): c for c in before if isinstance(c, Mapping)}
    made = []
    for one in said:
        word = "True" if one.true else "False"
        known = old.get(one.type)
        since = known.get("lastTransitionTime") if known and known.get("status") == word else None
        made.append({
            "type": one.type, "status": word, "reason": one.reason, "message": one.message,
            "observedGeneration": facts.generation, "lastTransitionTime": since or standing.stamp(facts.now),
        })  # fmt: skip
    return made


def _available(facts: Facts) -> _Said:
    down = facts.desired - facts.available
    enough = down <= facts.max_unavailable and (facts.available > 0 or facts.desired == 0)
    reason = "NoNodes" if not facts.desired else "EnoughAvailable" if enough else "TooFewAvailable"
    message = f"{facts.available} of {facts.desired} nodes have an available pod; {facts.max_unavailable} may lack one."
    return _Said(type="Available", true=enough, reason=reason, message=message)


def _progressing(facts: Facts) -> _Said:
    old = facts.current - facts.updated
    counted = f"{facts.updated} of {facts.desired} nodes have the new pod"
    if facts.done:
        return _Said(
            type="Progressing", true=False, reason="Complete", message=f"All {facts.desired} nodes have the new pod, available."
        )
    still = facts.available == facts.desired and not facts.misscheduled
    if still and old and facts.why_held:
        word = "Paused" if facts.why_held == "it is paused" else "PortClash" if facts.why_no_surge else "Held"
        return _Said(
            type="Progressing", true=False, reason=word, message=f"{counted}; no other is replaced, because {facts.why_held}."
        )
    if still and old and facts.released < facts.desired and facts.updated >= facts.released:
        message = f"{counted}, as partition and nodeSelector of the update ask."
        return _Said(type="Progressing", true=False, reason="Partial", message=message)
    reason = "Updating" if old else "Starting" if facts.available < facts.desired else "Stopping"
    message = (
        f"{counted}, {facts.available} of {facts.desired} have an available one, {facts.misscheduled} other nodes still have one."
    )
    return _Said(type="Progressing", true=True, reason=reason, message=message)


def _degraded(whys: Mapping[str, Why], findings: Sequence[Finding]) -> _Said:
    trouble = reasons.grouped(whys, reasons.TROUBLE)
    if trouble:
        worst = max(trouble, key=lambda reason: (len(trouble[reason]), reason))
        parts = [f"{reason} on {reasons.names(nodes)} ({whys[nodes[0]].detail})" for reason, nodes in trouble.items()]
        return _Said(type="Degraded", true=True, reason=worst, message=f"{'; '.join(parts)}."[:1000])
    if findings:
        return _Said(type="Degraded", true=True, reason="InvalidSpec", message=_sentences(findings))
    return _Said(type="Degraded", true=False, reason="AsExpected", message="No node has a pod in trouble.")


def _sentences(findings: Sequence[Finding]) -> str:
    return " ".join(f"{f.message} {f.fix[:1].upper()}{f.fix[1:]}." if f.fix else f.message for f in findings)[:1000]


def _conflict(found: Sequence[Overlap]) -> _Said:
    if not found:
        return _Said(type="Conflict", true=False, reason="NoOverlap", message="No other selector matches these pods.")
    message = f"Selectors overlap with {overlap.words(found)}. Each owner keeps to the pods that it controls."
    return _Said(type="Conflict", true=True, reason="SelectorsOverlap", message=message[:1000])


def _surging(facts: Facts) -> _Said:
    if not facts.why_no_surge:
        return _Said(type="Surging", true=True, reason="Possible", message="New pods start beside the old ones.")
    does = "nothing is replaced (hostPorts: Refuse)" if facts.refused else "old pods are deleted first (hostPorts: DeleteFirst)"
    return _Said(
        type="Surging",
        true=False,
        reason="PortClash",
        message=f"A new pod can not start beside an old one: {facts.why_no_surge}; {does}.",
    )
