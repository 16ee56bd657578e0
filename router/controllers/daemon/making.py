"""Where room is made now: on the nodes whose pod has waited long enough, so many at a time as the object allows."""

from collections.abc import Iterator, Mapping

from router.base.frozen import Frozen
from router.controllers.daemon import reasons, room, standing
from router.controllers.daemon.picture import Picture
from router.controllers.daemon.reasons import OnNodes, Why
from router.controllers.daemon.types import Evict, Failure, Seen
from router.facts.pods import Pod

FIRST, LONGEST = 30.0, 3600.0
"""Seconds until room is made on the same node again: doubled each time, so that a victim that comes back is not hunted."""
POLL = 10.0
"""Seconds until a plan that was not possible is tried again: what others do on a node wakes nobody who looks after daemons."""


class Made(Frozen):
    """``refusals``: node -> why no room can be made. ``rooms``: see Memory. ``again``: seconds until it is worth another look."""

    evictions: tuple[Evict, ...] = ()
    rooms: Mapping[str, Failure] = {}
    refusals: Mapping[str, str] = {}
    again: float | None = None


def make_room(picture: Picture, seen: Seen, whys: Mapping[str, Why], on_nodes: OnNodes, before: Mapping[str, Failure]) -> Made:
    """``before``: what is remembered of room that was made."""
    wish = picture.daemon.spec.make_room
    if wish is None or seen.namespace_terminating:
        return Made()
    evictions: list[Evict] = []
    refusals: dict[str, str] = {}
    waits: list[float] = []
    rooms = {node: made for node, made in before.items() if picture.now - made.at <= 2 * LONGEST}
    budgets, busy = seen.budgets, 0
    for node, pod in _waiting(picture, whys):
        there = on_nodes.of(node)
        if any(other.terminating for other in there):
            busy += 1
            waits.append(POLL)
            continue
        left = _due(pod, wish.after, rooms.get(node)) - picture.now
        if left > 0:
            waits.append(left)
            continue
        waits.append(POLL)
        planned = room.plan(pod.spec, picture.places[node].node, there, budgets, room.priority(pod.spec, seen.priorities))
        if not planned.victims:
            refusals[node] = planned.why
        elif busy < wish.limit:
            busy += 1
            rooms[node] = _next(rooms.get(node), wish.after, picture.now)
            budgets = room.spent(budgets, planned.victims)
            evictions += [Evict(key=v.key, uid=v.metadata.uid, node=node, room_for=pod.metadata.name) for v in planned.victims]
    return Made(evictions=tuple(evictions), rooms=rooms, refusals=refusals, again=min(waits, default=None))


def _waiting(picture: Picture, whys: Mapping[str, Why]) -> Iterator[tuple[str, Pod]]:
    """Nodes that are full, with the pod that waits."""
    for name, why in whys.items():
        if why.reason in (reasons.NODE_FULL, reasons.PORT_CLASH):
            yield name, picture.live(name)[0]


def _due(pod: Pod, after: int, made: Failure | None) -> float:
    """When room may be made for a pod."""
    due = waiting_since(pod) + after
    return max(due, made.at + made.delay) if made else due


def _next(before: Failure | None, after: int, now: float) -> Failure:
    return Failure(at=now, delay=min(before.delay * 2, LONGEST) if before else max(after, FIRST))


def waiting_since(pod: Pod) -> float:
    """Since the scheduler said that it can not be placed, or since it was made."""
    condition = pod.condition("PodScheduled")
    return standing.seconds((condition and condition.last_transition_time) or pod.metadata.creation_timestamp)
