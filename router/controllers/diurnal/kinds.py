"""What the diurnal controller follows. Calendars, and kinds that it does not know, are asked for when somebody names them."""

import msgspec

from router.controllers.daemon.kinds import DAEMONS
from router.controllers.diurnal.reading import read
from router.controllers.diurnal.types import API_VERSION, Reading
from router.controllers.kit.following import Kind
from router.controllers.kit.kinds import AUTOSCALERS, WORKLOADS, document_of
from router.facts import owners
from router.facts.meta import Fact


class DiurnalObject(Fact):
    """One DiurnalController, understood or not."""

    reading: Reading


def _diurnal(raw: msgspec.Raw) -> Fact:
    document = document_of(raw)
    return DiurnalObject(metadata=owners.metadata(document), reading=read(document))


DIURNALS = Kind(api_version=API_VERSION, plural="diurnalcontrollers", fact=DiurnalObject, read=_diurnal)
VARIED = {kind: WORKLOADS[kind] for kind in ("ReplicationController", "ReplicaSet", "Deployment", "StatefulSet")}
BY_KIND = {**VARIED, "HorizontalPodAutoscaler": AUTOSCALERS, "DaemonController": DAEMONS}
"""By kind: those whose objects are followed and patched themselves; of all others the scale is."""
KINDS = (DIURNALS, *BY_KIND.values())
