"""Where room is made now: on the nodes whose pod has waited long enough, so many at a time as the object allows."""

from collections.abc import Iterator, Mapping

from router.base.frozen import Frozen
from router.controllers.daemon import reasons, room, standing
from router.controllers.daemon.picture import Picture
from router.controllers.daemon.reasons import OnNodes, Why
from router.controllers.daemon.types import Evict, Seen
from router.facts.pods import Pod

POLL = 10.0
"""Seconds until a plan that was not possible is tried again: what others do on a node wakes nobody who looks after daemons."""


class Made(Frozen):
    """``refusals``: node -> why no room can be made. ``again``: seconds until a pod has waited long enough."""

    evictions: tuple[Evict, ...] = ()
    refusals: Mapping[str, str] = {}
    again: float | None = None


def make_room(picture: Picture, seen: Seen, whys: Mapping[str, Why], on_nodes: OnNodes) -> Made:
    wish = picture.daemon.spec.make_room
    if wish is None or seen.namespace_terminating:
        return Made()
    evictions: list[Evict] = []
    refusals: dict[str, str] = {}
    waits: list[float] = []
    budgets, busy = seen.budgets, 0
    for node, pod in _waiting(picture, whys):
        left = waiting_since(pod) + wish.after - picture.now
        if left > 0:
            waits.append(left)
            continue
        highest = room.priority(pod.spec, seen.priorities)
        there = on_nodes.of(node)
        planned = room.plan(pod.spec, picture.places[node].node, there, budgets, highest)
        waits.append(POLL)
        if any(p.terminating for p in there) and not planned.victims:
            busy += 1
        elif not planned.victims:
            refusals[node] = planned.why
        elif busy < wish.limit:
            busy += 1
            budgets = room.spent(budgets, planned.victims)
            evictions += [Evict(key=v.key, uid=v.metadata.uid, node=node, room_for=pod.metadata.name) for v in planned.victims]
    return Made(evictions=tuple(evictions), refusals=refusals, again=min(waits, default=None))


def _waiting(picture: Picture, whys: Mapping[str, Why]) -> Iterator[tuple[str, Pod]]:
    """Nodes that are full, with the pod that waits."""
    for name, why in whys.items():
        if why.reason in (reasons.NODE_FULL, reasons.PORT_CLASH):
            yield name, picture.live(name)[0]


def waiting_since(pod: Pod) -> float:
    """Since the scheduler said that it can not be placed, or since it was made."""
    condition = pod.condition("PodScheduled")
    return standing.seconds((condition and condition.last_transition_time) or pod.metadata.creation_timestamp)
