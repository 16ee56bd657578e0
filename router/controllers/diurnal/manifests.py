"""Objects as the API server or a manifest has them, as far as they matter to a schedule: targets, ConfigMaps with calendars."""

from collections.abc import Iterable, Mapping
from typing import Any

from router.controllers.diurnal import reading
from router.controllers.diurnal.types import API_VERSION, AUTOSCALER, DAEMON, KIND, NOTE, DiurnalController, Reading, Seen, Target

Document = Mapping[str, Any]


class World:
    """The objects of one namespace, by what they are. ``controllers``: in the order in which they were given."""

    def __init__(self, documents: Iterable[Document], namespace: str) -> None:
        self.controllers: list[Reading] = []
        self.targets: dict[str, Target] = {}
        self.calendars: dict[tuple[str, str], str | None] = {}
        for document in documents:
            if (_of(document, "metadata").get("namespace") or "default") != namespace:
                continue
            if is_diurnal(document):
                self.controllers.append(reading.read(document))
            elif document.get("kind") == "ConfigMap":
                self.calendars |= texts_of(document)
            elif target := target_of(document):
                self.targets[target.id] = target

    def objects(self) -> list[DiurnalController]:
        return [found.object for found in self.controllers if found.object]

    def seen(self, found: Reading, status: Document) -> Seen:
        """What one controller decides from."""
        return Seen(
            meta=found.meta, object=found.object, deleting=found.deleting, finalizers=found.finalizers, findings=found.findings,
            status=status, others=tuple(o for o in self.objects() if o.meta.name != found.meta.name),
            targets=tuple(self.targets.values()), calendars=self.calendars,
        )  # fmt: skip


def is_diurnal(document: Document) -> bool:
    return document.get("kind") == KIND and document.get("apiVersion") == API_VERSION


def namespaces(documents: Iterable[Document]) -> tuple[str, ...]:
    """Those in which DiurnalControllers are."""
    return tuple(sorted({_of(d, "metadata").get("namespace") or "default" for d in documents if is_diurnal(d)}))


def texts_of(document: Document) -> dict[tuple[str, str], str | None]:
    """Of a ConfigMap: (name, key) -> text."""
    name = str(_of(document, "metadata").get("name"))
    return {(name, str(key)): text for key, text in _of(document, "data").items() if isinstance(text, str)}


def target_of(document: Document) -> Target | None:
    """None for an object whose number nobody can vary. Its own ``spec.replicas`` counts as its scale. Never raises."""
    metadata, spec = _of(document, "metadata"), _of(document, "spec")
    kind, version, name = document.get("kind"), document.get("apiVersion"), metadata.get("name")
    if not isinstance(kind, str) or not isinstance(version, str) or not isinstance(name, str):
        return None
    scaled = _of(spec, "scaleTargetRef") if kind == AUTOSCALER else {}
    nodes, annotations, labels = spec.get("nodes"), _of(metadata, "annotations"), _of(metadata, "labels")
    is_scaled = kind not in (AUTOSCALER, DAEMON)
    if is_scaled and "replicas" not in spec and kind not in ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"):
        return None
    return Target(
        api_version=version, kind=kind, name=name, uid=str(metadata.get("uid", "")),
        resource_version=str(metadata.get("resourceVersion", "")),
        labels={str(key): str(value) for key, value in labels.items()},
        replicas=_number(spec.get("replicas"), 1) if is_scaled else None,
        low=_number(spec.get("minReplicas")) if kind == AUTOSCALER else None,
        high=_number(spec.get("maxReplicas")) if kind == AUTOSCALER else None,
        nodes=nodes if kind == DAEMON and isinstance(nodes, str | int) else None,
        scales=(str(scaled.get("kind")), str(scaled.get("name"))) if scaled else None,
        note=str(annotations.get(NOTE) or ""),
    )  # fmt: skip


def _of(document: Document, field: str) -> Document:
    value = document.get(field)
    return value if isinstance(value, Mapping) else {}


def _number(value: object, default: int | None = None) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else default
