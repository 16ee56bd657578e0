"""DiurnalControllers of a cluster, for the commands: read once, and patched."""

from collections.abc import Mapping
from typing import Any

from router.base.errors import TidegateError
from router.controllers.diurnal import reading
from router.controllers.diurnal.changes import Patch
from router.controllers.diurnal.manifests import Document
from router.controllers.diurnal.types import API_VERSION, KIND, Said
from router.controllers.kit.calls import Calls, path_of
from router.sources.kubernetes.transport import Sender

PLURAL = "diurnalcontrollers"
LIMIT = 10.0
"""Seconds of one call."""


async def documents(api: Sender, name: str, namespace: str) -> tuple[list[Document], str]:
    """(the DiurnalControllers of a namespace, or of all, and the ConfigMaps that those of this name need; the namespace that was
    asked)."""
    calls = Calls(api, lambda: True, LIMIT)
    found = await calls.get(path_of(API_VERSION, PLURAL, namespace))
    if found is None:
        raise TidegateError(f"this cluster knows no {KIND}: kubectl apply -f deploy/crds")
    objects = [{**item, "apiVersion": API_VERSION, "kind": KIND} for item in found.get("items") or ()]
    named = [reading.read(item) for item in objects if item["metadata"]["name"] == name]
    places = {(r.meta.namespace, c.config_map) for r in named if r.object for c in r.object.calendars if c.config_map}
    maps = [await calls.get(path_of("v1", "configmaps", *place)) for place in sorted(places)]
    return [*objects, *(found for found in maps if found)], namespace


async def events(api: Sender, namespace: str, name: str, uid: str) -> tuple[Said, ...]:
    """What was said of one object, oldest first."""
    chosen = {"fieldSelector": f"involvedObject.kind={KIND},involvedObject.name={name}"}
    found = await Calls(api, lambda: True, LIMIT).send("GET", path_of("v1", "events", namespace), query=chosen)
    items = [item for item in reading_items(found) if item.get("involvedObject", {}).get("uid") in ("", None, uid)]
    items.sort(key=lambda item: str(item.get("lastTimestamp") or item.get("eventTime") or ""))
    return tuple(Said(type=str(i.get("type")), reason=str(i.get("reason")), note=str(i.get("message"))) for i in items)


def reading_items(data: bytes) -> list[Mapping[str, Any]]:
    import msgspec  # noqa: PLC0415

    return list(msgspec.json.decode(data).get("items") or ())


async def patch(api: Sender, namespace: str, name: str, change: Patch) -> None:
    await Calls(api, lambda: True, LIMIT).patch(path_of(API_VERSION, PLURAL, namespace, name), change)
