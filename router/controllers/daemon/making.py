"""Where room is made now: on the nodes whose pod has waited long enough, so many at a time as the object allows.

The successor of a victim is made at once, and would often be quicker: a pod that was refused is tried again up to ten seconds
later. So the room is kept with ``status.nominatedNodeName``, as the scheduler does when it preempts: it counts such a pod
as if it were there when it places pods of the same or a lower priority. It takes the name away when it tries the pod before
the room is there; so the name is written again as long as pods are ending. A name that somebody else has written is left alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from router.base.frozen import Frozen
from router.controllers.daemon import reasons, room, standing
from router.controllers.daemon.picture import Picture
from router.controllers.daemon.reasons import OnNodes, Why
from router.controllers.daemon.types import Evict, Failure, Nominate, Seen
from router.facts.pods import Pod

FIRST, LONGEST = 30.0, 3600.0
"""Seconds until room is made on the same node again: doubled each time, so that a victim that comes back is not hunted."""
POLL = 10.0
"""Seconds until a plan that was not possible is tried again: what others do on a node wakes nobody who looks after daemons."""


class Made(Frozen):
    """``refusals``: node -> why no room can be made. ``rooms``: see Memory. ``again``: seconds until it is worth another look."""

    evictions: tuple[Evict, ...] = ()
    nominations: tuple[Nominate, ...] = ()
    rooms: Mapping[str, Failure] = {}
    refusals: Mapping[str, str] = {}
    again: float | None = None


def make_room(picture: Picture, seen: Seen, whys: Mapping[str, Why], on_nodes: OnNodes, before: Mapping[str, Failure]) -> Made:
    """``before``: what is remembered of room that was made."""
    wish = picture.daemon.spec.make_room
    if wish is None or seen.namespace_terminating:
        return Made()
    evictions: list[Evict] = []
    nominations: list[Nominate] = []
    refusals: dict[str, str] = {}
    waits: list[float] = []
    rooms = {node: made for node, made in before.items() if picture.now - made.at <= 2 * LONGEST}
    budgets, busy = seen.budgets, 0
    for node, pod in _waiting(picture, whys):
        there = on_nodes.of(node)
        if any(other.terminating for other in there):
            busy += 1
            waits.append(POLL)
            nominations += _kept(picture, node, pod, there, wish.after)
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
            nominations += _nominated(node, pod)
            evictions += [Evict(key=v.key, uid=v.metadata.uid, node=node, room_for=pod.metadata.name) for v in planned.victims]
    return Made(
        evictions=tuple(evictions), nominations=tuple(nominations), rooms=rooms, refusals=refusals, again=min(waits, default=None)
    )


def _waiting(picture: Picture, whys: Mapping[str, Why]) -> Iterator[tuple[str, Pod]]:
    """Nodes that are full, with the pod that waits."""
    for name, why in whys.items():
        if why.reason in (reasons.NODE_FULL, reasons.PORT_CLASH):
            yield name, picture.live(name)[0]


def _kept(picture: Picture, node: str, pod: Pod, there: Sequence[Pod], after: int) -> Iterable[Nominate]:
    """The room of pods that are ending, whoever ends them, once our pod has waited long enough. Nothing if it will not do."""
    staying = [other for other in there if not other.terminating]
    enough = not room.lack(pod.spec, picture.places[node].node, staying).reason
    return _nominated(node, pod) if enough and waiting_since(pod) + after <= picture.now else ()


def _nominated(node: str, pod: Pod) -> Iterable[Nominate]:
    if not pod.status.nominated_node_name:
        yield Nominate(node=node, name=pod.metadata.name, uid=pod.metadata.uid)


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
