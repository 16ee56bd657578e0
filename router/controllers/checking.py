"""What is wrong with a DaemonController or DiurnalController in a manifest, before an API server or a controller says it."""

from collections.abc import Mapping, Sequence
from typing import Any

from router.base.findings import Finding, ObjectRef, error, warning
from router.controllers.daemon import types as daemon
from router.controllers.daemon.reading import daemon_controller
from router.controllers.daemon.slips import slips
from router.controllers.diurnal import reading as diurnal
from router.controllers.diurnal import types as diurnal_types
from router.facts.decode import DecodeError

_VERSIONS = {daemon.KIND: daemon.API_VERSION, diurnal_types.KIND: diurnal_types.API_VERSION}


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
