"""``explain NODE``: why a pod runs on a node, or none does, and what happens there next."""

from collections.abc import Iterator
from typing import Any

from router.base.findings import printable
from router.base.frozen import Frozen
from router.controllers.daemon import choosing, reasons, room, standing
from router.controllers.daemon.decide import decide
from router.controllers.daemon.picture import Picture, picture
from router.controllers.daemon.reasons import OnNodes, Why
from router.controllers.daemon.types import Decision, Memory, Seen
from router.facts.pods import Pod


class Explained(Frozen):
    """``should``: whether a pod should run there. ``lines``: (what, sentence), in the order in which one would ask."""

    node: str
    daemon: str
    should: bool
    why: Why
    lines: tuple[tuple[str, str], ...]


def explain(now: float, seen: Seen, node: str) -> Explained | None:
    """None if there is no such node."""
    drawn = picture(now, seen, Memory())
    if node not in drawn.places:
        return None
    on_nodes = reasons.OnNodes(seen)
    why = reasons.why(drawn, node, Memory(), on_nodes)
    lines = [
        *_place(drawn, node),
        *_pods(drawn, node),
        *_waits(drawn, seen, node, why, on_nodes),
        *_next(decide(now, seen, Memory()), node),
    ]
    return Explained(node=node, daemon=str(seen.daemon.ref), should=drawn.places[node].run, why=why, lines=tuple(lines))


def _place(drawn: Picture, node: str) -> Iterator[tuple[str, str]]:
    place, choice = drawn.places[node], drawn.daemon.spec.choice
    if place.fit.reason:
        yield place.fit.reason, place.fit.detail
    else:
        yield "Selected", "the template's selectors match the node, and its taints are tolerated"
    if choice.nodes is None or not place.eligible:
        return
    salt = choice.salt or f"{drawn.daemon.metadata.namespace}/{drawn.daemon.metadata.name}"
    zone = place.node.metadata.labels.get(choice.zone_label, "") if choice.zone_label else ""
    rivals = [
        name for name, p in drawn.places.items()
        if p.eligible and (not choice.zone_label or p.node.metadata.labels.get(choice.zone_label, "") == zone)
    ]  # fmt: skip
    rivals.sort(key=lambda name: choosing.rank(salt, name))
    chosen = sum(drawn.places[name].stay for name in rivals)
    where = f" of the zone {zone or '(none)'}" if choice.zone_label else ""
    number = f"number {rivals.index(node) + 1} of {len(rivals)} eligible ones{where}"
    yield "Choice", f"{choice.nodes} of the nodes: it is {number}, of which {chosen} are chosen"


def _pods(drawn: Picture, node: str) -> Iterator[tuple[str, str]]:
    pods = drawn.pods.get(node, ())
    if not pods:
        yield "Pods", "none is there"
    for pod in pods:
        yield "Pod", _standing(drawn, pod)


def _standing(drawn: Picture, pod: Pod) -> str:
    words = [pod.status.phase or "Pending"]
    words.append("ready" if pod.ready else "not ready")
    if pod.ready and not drawn.is_available(pod):
        words.append("not available yet")
    words.append(f"revision {standing.revision(pod) or '(none)'}{'' if drawn.is_new(pod) else ', not the wanted one'}")
    words += ["ends"] if pod.terminating else ["drains"] if standing.draining(pod) else []
    return f"{pod.metadata.name}: {', '.join(words)}"


def _waits(drawn: Picture, seen: Seen, node: str, why: Why, on_nodes: OnNodes) -> Iterator[tuple[str, str]]:
    if not why.reason or why.reason == drawn.places[node].fit.reason:
        return
    yield why.reason, why.detail
    if why.reason not in (reasons.NODE_FULL, reasons.PORT_CLASH):
        return
    pod = drawn.live(node)[0]
    highest = room.priority(pod.spec, seen.priorities)
    planned = room.plan(pod.spec, drawn.places[node].node, on_nodes.of(node), seen.budgets, highest)
    names = ", ".join("/".join(victim.key) for victim in planned.victims)
    allowed = "makeRoom is enabled" if seen.daemon.spec.make_room else "makeRoom is not enabled"
    yield "Room", f"{names} would make room ({allowed})" if names else f"no room can be made: {planned.why}"


def _next(decision: Decision, node: str) -> Iterator[tuple[str, str]]:
    done = [f"a pod of revision {c.revision} is created" for c in decision.creates if c.node == node]
    done += [f"{d.name} is told to drain ({d.reason})" for d in decision.drains if d.node == node]
    done += [f"{d.name} is deleted ({d.reason})" for d in decision.deletes if d.node == node]
    done += [f"{'/'.join(e.key)} is evicted for {e.room_for}" for e in decision.evictions if e.node == node]
    yield "Next", "; ".join(done) or "nothing"


def text(explained: Explained) -> str:
    runs = not explained.why.reason
    state = "a pod runs here" if runs else "a pod should run here" if explained.should else "no pod should run here"
    width = max(len(what) for what, _ in explained.lines) + 2
    body = "".join(f"  {(what + ':').ljust(width)}{printable(said, 1000)}\n" for what, said in explained.lines)
    return f"{explained.daemon} on {explained.node}: {state}.\n{body}"


def to_builtins(explained: Explained) -> dict[str, Any]:
    """The JSON form; keys are stable."""
    return {
        "node": explained.node, "should": explained.should, "available": not explained.why.reason,
        "reason": explained.why.reason or None, "detail": explained.why.detail or None,
        "lines": [{"what": what, "said": said} for what, said in explained.lines],
    }  # fmt: skip
