"""What is wrong with a DaemonController or DiurnalController in a manifest, before an API server or a controller says it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from router.base.findings import Finding, ObjectRef, error, located, warning
from router.controllers.daemon import overlap
from router.controllers.daemon import types as daemon
from router.controllers.daemon.manifests import Objects, as_manifest
from router.controllers.daemon.reading import daemon_controller
from router.controllers.daemon.slips import slips
from router.controllers.diurnal import claims
from router.controllers.diurnal import reading as diurnal
from router.controllers.diurnal import types as diurnal_types
from router.controllers.diurnal.manifests import World, namespaces
from router.controllers.diurnal.simulate import make_up
from router.controllers.diurnal.types import DiurnalController, Target
from router.facts.decode import DecodeError
from router.sources.directory.objects import Place

_VERSIONS = {daemon.KIND: daemon.API_VERSION, diurnal_types.KIND: diurnal_types.API_VERSION}


class Checker:
    """Is handed all objects of some manifests, with their places; says what is wrong with each, and then what is between them."""

    def __init__(self) -> None:
        self._documents: list[Mapping[str, Any]] = []
        self._places: dict[ObjectRef, Place] = {}

    def __call__(self, document: Mapping[str, Any], place: Place) -> Sequence[Finding]:
        if isinstance(document.get("kind"), str):
            self._documents.append(document)
            self._places[_named(document, document["kind"])] = place
        return complaints(document)

    def between(self) -> list[Finding]:
        """Objects that mean the same pods or the same number. Call it when all objects were seen."""
        found = [*overlaps(self._documents), *conflicts(self._documents)]
        return [located(f, self._places[f.object](f.field)) if f.object in self._places else f for f in found]


def overlaps(documents: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """DaemonControllers whose selectors can match the pods of others."""
    objects = Objects(documents)
    for one in objects.daemons:
        for found in overlap.overlaps(objects.seen(as_manifest(one))) if one.usable else ():
            said, _, fix = found.sentence(one.ref).partition("; ")
            yield warning(one.ref, "spec.selector", "SelectorsOverlap", f"{said[:1].upper()}{said[1:]}.", fix)


def conflicts(documents: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """DiurnalControllers that mean one target: an autoscaler and what it scales are one."""
    for space in namespaces(documents):
        world = World(documents, space)
        make_up(world, None)
        specs, targets = {spec.meta.name: spec for spec in world.objects()}, tuple(world.targets.values())
        for spec in specs.values():
            for claim in claims.claims(spec, [o for o in specs.values() if o is not spec], targets):
                for rival in claim.rivals:
                    yield from _conflict(spec, specs[rival], claims.aimed(spec, claim.target), claim.target)


def _conflict(one: DiurnalController, other: DiurnalController, field: str, target: Target) -> Iterator[Finding]:
    """On both at the same priority, for who wins depends on which was created first; else on the one that never writes."""
    mine, its = (
        ObjectRef(kind=diurnal_types.KIND, namespace=o.meta.namespace or "default", name=o.meta.name) for o in (one, other)
    )
    means = f"{field} means {target.id}, which {its} means too"
    fix = "let one of them go, or suspend it; or put both schedules into one object"
    if one.priority == other.priority:
        message = f"{means}, at the same priority: only the older object writes."
        yield error(mine, field, "Conflict", message, f"{fix}; or give them different priorities")
    elif one.priority < other.priority:
        yield warning(mine, field, "Conflict", f"{means}, at a higher priority: this one never writes.", fix)


def complaints(document: Mapping[str, Any]) -> Sequence[Finding]:
    """Nothing about objects of other kinds. Never raises for what a user wrote."""
    kind, version = document.get("kind"), document.get("apiVersion")
    if not isinstance(kind, str) or kind not in _VERSIONS:
        return ()
    wanted = _VERSIONS[kind]
    if version != wanted:
        return (_other_version(document, kind, version, wanted),)
    if kind == diurnal_types.KIND:
        return diurnal.read(document).findings
    try:
        made = daemon_controller(document)
    except DecodeError as wrong:
        message = f"{wrong.path or 'the object'} {wrong.message}; the object is not used"
        return (error(_named(document, kind), wrong.path, "NotDecoded", message, wrong.fix),)
    return (*made.findings, *slips(document, made.ref))


def _other_version(document: Mapping[str, Any], kind: str, version: object, wanted: str) -> Finding:
    """As in 2015, when it was a kind of v1, or a slip."""
    message = f"{kind} of apiVersion {str(version)[:100]!r} is not read"
    return warning(_named(document, kind), "apiVersion", "NotRead", message, f"write apiVersion: {wanted}")


def _named(document: Mapping[str, Any], kind: str) -> ObjectRef:
    metadata = document.get("metadata")
    meta = metadata if isinstance(metadata, Mapping) else {}
    return ObjectRef(kind=kind, namespace=str(meta.get("namespace") or "default"), name=str(meta.get("name") or "?"))
