"""The world of one DiurnalController, cut out of what is followed and of what was asked for."""

from collections.abc import Iterator, Mapping

from router.controllers.daemon.types import DaemonController
from router.controllers.diurnal.kinds import BY_KIND, DIURNALS, DiurnalObject
from router.controllers.diurnal.types import NOTE, DiurnalController, Seen, Target
from router.controllers.kit.following import Following
from router.controllers.kit.kinds import Autoscaler, Varied
from router.facts.meta import Fact

Texts = Mapping[tuple[str, str], str | None]


def everyone(following: Following, namespace: str) -> tuple[DiurnalController, ...]:
    """All of the namespace that were understood, by name."""
    found = sorted(following.of(DIURNALS).items())
    return tuple(item.reading.object for key, item in found if key[0] == namespace and item.reading.object is not None)


def kinds_of(all_: tuple[DiurnalController, ...]) -> set[str]:
    """What somebody aims at."""
    return {aim.kind for one in all_ for aim in one.aims}


def targets(following: Following, namespace: str, kinds: set[str]) -> Iterator[Target]:
    """Objects of the namespace of these kinds, and all autoscalers; those that end are left out."""
    for kind, followed in BY_KIND.items():
        if kind not in kinds and kind != "HorizontalPodAutoscaler":
            continue
        for key, item in sorted(following.of(followed).items()):
            if key[0] == namespace and not getattr(item.metadata, "deletion_timestamp", ""):
                yield target(kind, followed.api_version, item)


def target(kind: str, api_version: str, item: Fact) -> Target:
    meta = item.metadata
    scales = item.scales if isinstance(item, Varied | Autoscaler) else None
    nodes = item.spec.choice.nodes if isinstance(item, DaemonController) else None
    return Target(
        api_version=api_version,
        kind=kind,
        name=meta.name,
        uid=meta.uid,
        resource_version=meta.resource_version,
        labels=meta.labels,
        replicas=scales.replicas if scales else None,
        low=scales.low if scales else None,
        high=scales.high if scales else None,
        nodes=None if nodes is None else str(nodes) if nodes.percent else nodes.number,
        scales=scales.scaled if scales else None,
        note=meta.annotations.get(NOTE, ""),
    )


def seen(following: Following, item: DiurnalObject, asked: tuple[Target, ...], texts: Texts, failures: Mapping[str, str]) -> Seen:
    """``asked``: targets that are not followed. ``texts``: calendars."""
    namespace, reading = item.metadata.namespace, item.reading
    all_ = everyone(following, namespace)
    return Seen(
        meta=item.metadata,
        object=reading.object,
        deleting=reading.deleting,
        finalizers=reading.finalizers,
        status=reading.status,
        findings=reading.findings,
        others=tuple(other for other in all_ if other is not reading.object),
        targets=(*targets(following, namespace, kinds_of(all_)), *asked),
        calendars=texts,
        failures=failures,
    )
