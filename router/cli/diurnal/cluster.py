"""DiurnalControllers of a cluster, for the commands: read once, and patched."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from router.base.errors import TidegateError
from router.controllers.diurnal import reading
from router.controllers.diurnal.changes import Patch
from router.controllers.diurnal.manifests import Document
from router.controllers.diurnal.types import API_VERSION, KIND, Said
from router.controllers.kit.calls import Calls, path_of
from router.sources.kubernetes.transport import ApiError, Sender

T = TypeVar("T")
PLURAL = "diurnalcontrollers"
LIMIT = 10.0
"""Seconds of one call."""


async def documents(api: Sender, namespace: str) -> list[Document]:
    """The DiurnalControllers of a namespace, and the ConfigMaps that their calendars name."""
    calls = Calls(api, lambda: True, LIMIT)
    found = await calls.get(path_of(API_VERSION, PLURAL, namespace))
    if found is None:
        raise TidegateError(f"this cluster knows no {KIND}: kubectl apply -f deploy/crds")
    objects = [{**item, "apiVersion": API_VERSION, "kind": KIND} for item in found.get("items") or ()]
    names = {c.config_map for item in objects if (spec := reading.read(item).object) for c in spec.calendars if c.config_map}
    maps = [await calls.get(path_of("v1", "configmaps", namespace, name)) for name in sorted(names)]
    return [*objects, *(found for found in maps if found)]


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


def asked(kubeconfig: Path | None, context: str, what: Callable[[Sender], Awaitable[T]]) -> T:
    """Runs ``what`` with a connection. TidegateError for whatever the cluster refuses or does not answer."""

    async def run() -> T:
        from router.sources.kubernetes.client import ClientTransport  # noqa: PLC0415 -- half a second

        api = ClientTransport(kubeconfig or Path.home() / ".kube" / "config", context)
        try:
            await api.load()
            return await what(api)
        finally:
            await api.close()

    try:
        return asyncio.run(run())
    except ApiError as wrong:
        raise TidegateError(f"the API server refuses: {wrong}") from None
    except (OSError, TimeoutError) as wrong:
        raise TidegateError(f"the API server can not be reached: {str(wrong) or type(wrong).__name__}") from None
