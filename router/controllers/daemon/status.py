"""The status of a DaemonController: upstream's numbers, the choice, the reasons by node, and conditions that can be waited for.

Ready, available and up to date are asked of the *oldest* pod of a node only, as upstream does: while a new pod starts beside an
old one, the old one is what serves. ``observedGeneration`` is not raised while writes of ours are missing from what was seen.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from router.base.frozen import Frozen
from router.controllers.daemon import reasons
from router.controllers.daemon.conditions import Facts, conditions
from router.controllers.daemon.overlap import Overlap
from router.controllers.daemon.picture import Picture
from router.controllers.daemon.reasons import Why

NAMES = 10
"""Nodes that are named for each reason; the others are counted."""


class Numbers(Frozen):
    """Nodes, not pods."""

    desired: int = 0
    current: int = 0
    misscheduled: int = 0
    ready: int = 0
    available: int = 0
    updated: int = 0
    eligible: int = 0


def numbers(picture: Picture) -> Numbers:
    desired = current = misscheduled = ready = available = updated = eligible = 0
    for name, place in picture.places.items():
        pods = picture.pods.get(name, ())
        eligible += place.eligible
        if not place.run:
            misscheduled += bool(pods)
            continue
        desired += 1
        if not pods:
            continue
        current += 1
        ready += pods[0].ready
        available += picture.is_available(pods[0])
        updated += picture.is_new(pods[0])
    return Numbers(
        desired=desired, current=current, misscheduled=misscheduled, ready=ready, available=available, updated=updated,
        eligible=eligible,
    )  # fmt: skip


def finished(picture: Picture, number: Numbers) -> bool:
    """Every node that should has one available pod of the wanted revision, nobody else has one, and nobody is on the way out."""
    alone = all(len(picture.pods.get(name, ())) == 1 for name in picture.desired)
    return number.updated == number.available == number.desired and not number.misscheduled and alone


def status(picture: Picture, whys: Mapping[str, Why], found: Sequence[Overlap], settled: bool) -> dict[str, Any]:
    """The whole status, as it is written."""
    number, daemon, before = numbers(picture), picture.daemon, picture.daemon.status
    done = finished(picture, number)
    seen = daemon.metadata.generation if settled else before.get("observedGeneration", 0)
    facts = Facts(
        now=picture.now, generation=seen, desired=number.desired, current=number.current, available=number.available,
        updated=number.updated,
        misscheduled=number.misscheduled, released=sum(name in picture.released for name in picture.desired), done=done,
        max_unavailable=picture.max_unavailable, why_held=picture.why_held, why_no_surge=picture.why_no_surge,
        surge_asked=daemon.spec.update.surges, refused=daemon.spec.update.host_ports.value == "Refuse",
    )  # fmt: skip
    return {
        "observedGeneration": seen,
        "desiredNumberScheduled": number.desired,
        "currentNumberScheduled": number.current,
        "numberMisscheduled": number.misscheduled,
        "numberReady": number.ready,
        "numberAvailable": number.available,
        "numberUnavailable": number.desired - number.available,
        "updatedNumberScheduled": number.updated,
        "eligibleNodes": number.eligible,
        "chosenNodes": sum(place.eligible and place.stay for place in picture.places.values()),
        "collisionCount": picture.history.collisions,
        "currentRevision": picture.history.wanted if _everywhere(picture) else picture.history.current,
        "updateRevision": picture.history.wanted,
        "nodes": _nodes(whys),
        "conditions": conditions(facts, whys, found, daemon.findings, before.get("conditions") or ()),
    }


def _everywhere(picture: Picture) -> bool:
    return all(picture.is_new(pod) for name in picture.desired for pod in picture.live(name)) and all(
        picture.live(name) for name in picture.desired
    )


def _nodes(whys: Mapping[str, Why]) -> list[dict[str, Any]]:
    return [
        {"reason": reason, "count": len(names), "names": names[:NAMES], "message": whys[names[0]].detail}
        for reason, names in reasons.grouped(whys).items()
    ]
