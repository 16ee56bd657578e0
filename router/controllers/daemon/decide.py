"""Everything that is to be done about one DaemonController now, from what was seen and remembered. Pure: time is an argument."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from router.controllers.daemon import bodies, conditions, draining, keeping, overlap, reasons, sayings, status, updating
from router.controllers.daemon.keeping import Departure
from router.controllers.daemon.making import make_room
from router.controllers.daemon.picture import Picture, picture
from router.controllers.daemon.placing import target
from router.controllers.daemon.types import BURST, Create, Decision, Memory, Seen
from router.controllers.writing.events import Saying


def decide(now: float, seen: Seen, memory: Memory) -> Decision:
    """``now``: epoch seconds. Nothing for an object that is being deleted: its pods end with it or stay, as its deleter said."""
    daemon = seen.daemon
    if daemon.metadata.deletion_timestamp:
        return Decision(memory=memory)
    if not daemon.usable:
        return _unusable(now, seen, memory)
    drawn = picture(now, seen, memory)
    on_nodes = reasons.OnNodes(seen)
    whys = reasons.reasons(drawn, memory, on_nodes)
    found = overlap.overlaps(seen)
    shown = _changed(status.status(drawn, whys, found, seen.settled), daemon.status)
    if not seen.settled:
        return Decision(status=shown, memory=memory)
    kept = keeping.keep(drawn, memory.failures)
    updated = updating.update(drawn, kept.touched)
    departures = [*kept.departures, *updated.departures]
    going = draining.go(now, [*departures, *_marked(drawn)], daemon.spec.pre_delete, seen.drained)
    made = make_room(drawn, seen, whys, on_nodes, memory.rooms)
    creates = [] if seen.namespace_terminating else _creates(drawn, seen, [*kept.starts, *updated.starts])
    said = [
        *sayings.invalid(daemon), *sayings.ended(daemon, departures), *sayings.conflicts(daemon, found), *sayings.no_surge(drawn),
        *sayings.evicted(daemon, made.evictions),
    ]  # fmt: skip
    burst = 0.0 if len(creates) > BURST or len(going.deletes) > BURST else None
    history = drawn.history
    return Decision(
        patches=(*drawn.patches, *history.patches),
        revision_create=None if seen.namespace_terminating else history.create,
        revision_renumber=history.renumber,
        revision_deletes=history.deletes,
        creates=tuple(creates[:BURST]),
        drains=going.drains,
        deletes=going.deletes[:BURST],
        nominations=made.nominations,
        evictions=made.evictions,
        status=shown,
        sayings=_new(said, memory),
        again_in=_soonest(kept.again, updated.again, going.again, made.again, burst),
        memory=msgspec.structs.replace(memory, failures=kept.failures, rooms=made.rooms, said=frozenset(s.name for s in said)),
    )


def _unusable(now: float, seen: Seen, memory: Memory) -> Decision:
    daemon = seen.daemon
    before = daemon.status
    made = {
        **before,
        "observedGeneration": daemon.metadata.generation,
        "conditions": conditions.invalid(now, daemon.metadata.generation, daemon.findings, before.get("conditions") or ()),
    }
    said = sayings.invalid(daemon)
    memory_after = msgspec.structs.replace(memory, said=frozenset(s.name for s in said))
    return Decision(status=_changed(made, before), sayings=_new(said, memory), memory=memory_after)


def _marked(drawn: Picture) -> list[Departure]:
    return draining.marked(drawn.ours, {pod.metadata.uid: target(pod) for pod in drawn.ours})


def _creates(drawn: Picture, seen: Seen, starts: Iterable[str]) -> list[Create]:
    taken = {pod.metadata.name for pod in seen.pods}
    made = []
    for node in starts:
        revision = drawn.revision_for(node)
        made.append(bodies.create(drawn.daemon, drawn.history.templates[revision], revision, node, taken))
    return made


def _changed(made: Mapping[str, Any], before: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return None if made == before else made


def _new(said: Iterable[Saying], memory: Memory) -> tuple[Saying, ...]:
    return tuple({s.name: s for s in said if s.name not in memory.said}.values())


def _soonest(*waits: float | None) -> float | None:
    return min((wait for wait in waits if wait is not None), default=None)
