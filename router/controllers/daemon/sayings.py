"""What is said as Events, decided from what holds. What holds on is said once. What was done the runner says."""

from collections.abc import Iterable, Iterator, Sequence

from router.base.findings import ObjectRef
from router.controllers.daemon.keeping import Departure
from router.controllers.daemon.overlap import Overlap
from router.controllers.daemon.picture import Picture
from router.controllers.daemon.types import DaemonController, Evict
from router.controllers.writing.events import Saying

ENDED = {"FailedDaemonPod": "Warning", "SucceededDaemonPod": "Normal"}
"""Reasons of departures that upstream says too, with the type of the Event."""


def about(daemon: DaemonController, type_: str, reason: str, note: str, mark: str = "") -> Saying:
    ref, uid = daemon.ref, daemon.metadata.uid
    return Saying(object=ref, uid=uid, type=type_, reason=reason, action="Placing", note=note[:1000], mark=mark)


def invalid(daemon: DaemonController) -> list[Saying]:
    """The empty selector has upstream's word, because people look for it."""
    said = []
    for finding in daemon.findings:
        word = "SelectingAll" if finding.field == "spec.selector" and daemon.spec.selector.empty else finding.reason
        said.append(about(daemon, "Warning", word, f"{finding.message} Fix: {finding.fix}."))
    return said


def ended(daemon: DaemonController, departures: Iterable[Departure]) -> Iterator[Saying]:
    for departure in departures:
        if departure.reason in ENDED:
            how = "failed" if departure.reason == "FailedDaemonPod" else "ended"
            note = f"Found {how} daemon pod {departure.pod.metadata.name} on node {departure.node}, will try to kill it."
            yield about(daemon, ENDED[departure.reason], departure.reason, note, departure.pod.metadata.uid)


def conflicts(daemon: DaemonController, found: Sequence[Overlap]) -> Iterator[Saying]:
    """On both objects. Of two DaemonControllers each speaks for itself."""
    for overlap in found:
        yield about(daemon, "Warning", "SelectorsOverlap", f"{_capital(overlap.sentence(daemon.ref))}")
        if overlap.other.kind != daemon.ref.kind:
            yield _theirs(overlap, daemon.ref)


def _theirs(overlap: Overlap, me: ObjectRef) -> Saying:
    note = _capital(overlap.sentence(me, them=True))
    return Saying(
        object=overlap.other, uid=overlap.uid, type="Warning", reason="SelectorsOverlap", action="Placing", note=note[:1000]
    )


def no_surge(picture: Picture) -> Iterator[Saying]:
    if picture.why_no_surge:
        note = f"maxSurge has no effect: {picture.why_no_surge}."
        yield about(picture.daemon, "Warning", "PortClash", note)


def evicted(daemon: DaemonController, evictions: Iterable[Evict]) -> Iterator[Saying]:
    for eviction in evictions:
        note = f"Evicting {'/'.join(eviction.key)} from node {eviction.node} to make room for {eviction.room_for}."
        yield about(daemon, "Normal", "MakingRoom", note, eviction.uid)


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
