"""What would start, stop and be replaced where, and who would be evicted to make room: for all nodes, before it happens."""

from collections.abc import Iterable, Sequence
from typing import Any

from router.base.frozen import Frozen
from router.controllers.daemon import reasons, room
from router.controllers.daemon.columns import table
from router.controllers.daemon.picture import Picture, picture
from router.controllers.daemon.reasons import OnNodes
from router.controllers.daemon.room import Plan
from router.controllers.daemon.types import Memory, Seen
from router.facts.pods import Pod

START, STOP, REPLACE, KEEP, NONE = "start", "stop", "replace", "keep", "none"
WORDS = {
    START: ("starts", "start"),
    STOP: ("stops", "stop"),
    REPLACE: ("is replaced", "are replaced"),
    KEEP: ("stays", "stay"),
    NONE: ("gets none", "get none"),
}
"""What is done -> how it is said of one node, of several"""


class Row(Frozen):
    """One node. ``why``: a reason and a sentence, empty if it goes without saying. ``lacks``: what a pod that starts has no room
    for. ``victims``: who would make room; they go only if makeRoom is enabled."""

    node: str
    does: str
    why: str = ""
    lacks: str = ""
    victims: tuple[Pod, ...] = ()
    refused: str = ""


class Planned(Frozen):
    """``at_once``: how the replacements go on, one clause; ``makes_room``: whether victims are really evicted."""

    rows: tuple[Row, ...]
    at_once: str
    makes_room: bool

    def counts(self) -> dict[str, int]:
        found = dict.fromkeys(WORDS, 0)
        for row in self.rows:
            found[row.does] += 1
        return found


def plan(now: float, seen: Seen) -> Planned:
    """By what is there now; what others do meanwhile is not foreseen."""
    drawn = picture(now, seen, Memory())
    on_nodes = reasons.OnNodes(seen)
    budgets, rows = seen.budgets, []
    for name in drawn.places:
        row = _row(drawn, name, on_nodes)
        if row.does == START and (planned := _room(drawn, seen, budgets, name, on_nodes)):
            budgets = room.spent(budgets, planned[1].victims)
            lack, made = planned
            row = Row(
                node=name, does=START, why=row.why, lacks=f"{lack.reason}: {lack.words()}", victims=made.victims, refused=made.why
            )
        rows.append(row)
    return Planned(rows=tuple(rows), at_once=_at_once(drawn), makes_room=seen.daemon.spec.make_room is not None)


def _row(drawn: Picture, name: str, on_nodes: OnNodes) -> Row:
    place, live = drawn.places[name], drawn.live(name)
    said = f"{place.fit.reason}: {place.fit.detail}" if place.fit.reason else ""
    there = drawn.pods.get(name, ())
    if not place.stay:
        return Row(node=name, does=STOP if there else NONE, why=said)
    if not place.run:
        return Row(node=name, does=KEEP if there else NONE, why=said)
    if not live:
        return Row(node=name, does=START, why=f"after {there[0].metadata.name} is gone" if there else "")
    old = [pod for pod in live if not drawn.is_new(pod)]
    if old and name in drawn.released and not drawn.why_held and not drawn.update.on_delete:
        return Row(node=name, does=REPLACE, why="its pod is of another template")
    if old:
        held = drawn.why_held or (
            "updateStrategy is OnDelete" if drawn.update.on_delete else "partition or nodeSelector of the update"
        )
        return Row(node=name, does=KEEP, why=f"the old pod stays: {held}")
    why = reasons.why(drawn, name, Memory(), on_nodes)
    return Row(node=name, does=KEEP, why=f"{why.reason}: {why.detail}" if why.reason else "")


def _room(drawn: Picture, seen: Seen, budgets: Sequence[Any], name: str, on_nodes: OnNodes) -> tuple[room.Lack, Plan] | None:
    """What a pod of the template lacks there, and who would go; None if it has room."""
    spec, node = seen.daemon.spec.template.spec, drawn.places[name].node
    mine = {pod.metadata.uid for pod in drawn.pods.get(name, ())}
    there = [pod for pod in on_nodes.of(name) if pod.metadata.uid not in mine]
    lack = room.lack(spec, node, there)
    if not lack.reason:
        return None
    return lack, room.plan(spec, node, there, budgets, room.priority(spec, seen.priorities))


def _at_once(drawn: Picture) -> str:
    update, desired = drawn.update, len(drawn.desired)
    if drawn.why_no_surge and not drawn.why_held:
        return f"at most {drawn.max_unavailable} down at a time, because {drawn.why_no_surge}"
    if drawn.surge:
        return f"at most {update.max_surge.of(desired)} new pods beside old ones at a time"
    return f"at most {drawn.max_unavailable} down at a time{', strictly' if update.strict else ''}"


def text(planned: Planned, every: bool = False) -> str:
    """``every``: also nodes where nothing changes."""
    shown = [row for row in planned.rows if every or row.does not in (KEEP, NONE)]
    rows = [(row.node, row.does, _why(row, planned.makes_room)) for row in shown]
    listed = table(("NODE", "DOES", "WHY"), rows) if rows else ""
    return f"{listed}{summary(planned)}\n"


def _why(row: Row, makes_room: bool) -> str:
    if not row.lacks:
        return row.why
    victims = ", ".join(f"{'/'.join(pod.key)} (priority {pod.spec.priority or 0})" for pod in row.victims)
    if victims and makes_room:
        return f"{row.lacks}; evicts {victims}"
    if victims:
        return f"{row.lacks}; waits. makeRoom would evict {victims}"
    return f"{row.lacks}; waits. No room can be made: {row.refused}"


def summary(planned: Planned) -> str:
    """``2 nodes start a pod, 1 is replaced (at most 1 down at a time), 7 stay.``"""
    parts = []
    for does, number in planned.counts().items():
        if number:
            words = WORDS[does][0 if number == 1 else 1]
            parts.append(f"{number} {words}{f' ({planned.at_once})' if does == REPLACE else ''}")
    victims = sum(len(row.victims) for row in planned.rows)
    if victims and planned.makes_room:
        parts.append(f"{victims} pod{'' if victims == 1 else 's'} of others would be evicted")
    return f"Of {len(planned.rows)} nodes: {', '.join(parts)}." if parts else "There are no nodes."


def to_builtins(planned: Planned) -> dict[str, Any]:
    """The JSON form; keys are stable."""
    return {
        "nodes": [_builtins(row) for row in planned.rows],
        "counts": planned.counts(),
        "atOnce": planned.at_once,
        "makesRoom": planned.makes_room,
    }


def _builtins(row: Row) -> dict[str, Any]:
    return {
        "node": row.node, "does": row.does, "why": row.why or None, "lacks": row.lacks or None,
        "victims": _names(row.victims), "refused": row.refused or None,
    }  # fmt: skip


def _names(pods: Iterable[Pod]) -> list[str]:
    return ["/".join(pod.key) for pod in pods]
