"""A fake API server over real HTTP, with faults on demand: for what a real server does not do when asked."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

Fault = Callable[[web.Request], "web.StreamResponse | None"]


class FakeApi:
    """Objects by collection path. ``faults``: answers that stand before ours, each used once. ``streaming``: knows WatchList."""

    def __init__(self, *, streaming: bool = True) -> None:
        self.objects: dict[str, dict[str, dict[str, Any]]] = {}
        self.version = 100
        self.streaming = streaming
        self.faults: list[tuple[str, web.Response | str]] = []
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.absent: set[str] = set()
        self._changed = asyncio.Condition()
        self._log: list[tuple[int, str, str, dict[str, Any]]] = []
        self.oldest = 0
        self.page = 2

    def seed(self, path: str, item: dict[str, Any]) -> None:
        self.version += 1
        item["metadata"]["resourceVersion"] = str(self.version)
        key = f"{item['metadata'].get('namespace', '')}/{item['metadata']['name']}"
        self.objects.setdefault(path, {})[key] = item

    async def put(self, path: str, item: dict[str, Any]) -> None:
        known = f"{item['metadata'].get('namespace', '')}/{item['metadata']['name']}" in self.objects.get(path, {})
        self.seed(path, item)
        await self._tell(path, "MODIFIED" if known else "ADDED", item)

    async def delete(self, path: str, key: str) -> None:
        self.version += 1
        item = self.objects[path].pop(key)
        item["metadata"]["resourceVersion"] = str(self.version)
        await self._tell(path, "DELETED", item)

    async def _tell(self, path: str, kind: str, item: dict[str, Any]) -> None:
        async with self._changed:
            self._log.append((self.version, path, kind, json.loads(json.dumps(item))))
            self._changed.notify_all()

    async def break_watches(self) -> None:
        """End all open watches, as a restart of the server does."""
        async with self._changed:
            self._log.append((self.version, "*", "CLOSE", {}))
            self._changed.notify_all()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        query = dict(request.query)
        self.requests.append((request.path, query))
        for index, (path, answer) in enumerate(self.faults):
            if request.path == path and ("watch" in query or not isinstance(answer, str)):
                del self.faults[index]
                if isinstance(answer, web.Response):
                    return answer
                return await self._stream_text(request, answer)
        if request.path in self.absent:
            return _status(404, "not found")
        if "watch" not in query:
            return self._list(request.path, query)
        if query.get("sendInitialEvents") and not self.streaming:
            return _status(422, "sendInitialEvents is forbidden")
        return await self._watch(request, query)

    async def _stream_text(self, request: web.Request, text: str) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(text.encode())
        if text.endswith("RESET"):
            assert request.transport is not None
            request.transport.abort()
        return response

    def _items(self, path: str, query: dict[str, str]) -> list[dict[str, Any]]:
        found = sorted(self.objects.get(_base(path), {}).items())
        return [item for _, item in found if _selected(path, query, item)]

    def _list(self, path: str, query: dict[str, str]) -> web.Response:
        items = self._items(path, query)
        start = int(query.get("continue", "0"))
        more = {"continue": str(start + self.page)} if start + self.page < len(items) else {}
        body = {"metadata": {"resourceVersion": str(self.version), **more}, "items": items[start : start + self.page]}
        return web.json_response(body)

    async def _watch(self, request: web.Request, query: dict[str, str]) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        since = self.version
        position = len(self._log)
        if query.get("sendInitialEvents"):
            for item in self._items(request.path, query):
                await _send(response, "ADDED", item)
            meta = {"resourceVersion": str(since), "annotations": {"k8s.io/initial-events-end": "true"}}
            await _send(response, "BOOKMARK", {"metadata": meta})
        else:
            since = int(query["resourceVersion"])
            position = 0
            if since < self.oldest:
                await _send(response, "ERROR", {"kind": "Status", "code": 410, "message": "too old"})
                return response
        with contextlib.suppress(ConnectionError):
            while True:
                async with self._changed:
                    await self._changed.wait_for(lambda at=position: len(self._log) > at)
                    fresh, position = self._log[position:], len(self._log)
                for version, path, kind, item in fresh:
                    if kind == "CLOSE" and version >= since and fresh[-1][2] == "CLOSE":
                        return response
                    if version > since and path == _base(request.path) and _selected(request.path, query, item):
                        await _send(response, kind, item)
        return response


def _base(path: str) -> str:
    """Where the objects of a path with a namespace are kept."""
    return re.sub(r"/namespaces/[^/]+/", "/", path)


def _selected(path: str, query: dict[str, str], item: dict[str, Any]) -> bool:
    """By the namespace in the path and by the fieldSelectors ``type`` and ``metadata.name``."""
    named = re.search(r"/namespaces/([^/]+)/", path)
    meta = item["metadata"]
    known = {"type": item.get("type", "Opaque"), "metadata.name": meta["name"]}
    wanted = [pair.split("=") for pair in query.get("fieldSelector", "").split(",") if pair]
    return (not named or named[1] == meta.get("namespace")) and all(known[key] == value for key, value in wanted)


async def _send(response: web.StreamResponse, kind: str, item: dict[str, Any]) -> None:
    await response.write(json.dumps({"type": kind, "object": item}).encode() + b"\n")


def _status(code: int, message: str) -> web.Response:
    return web.json_response({"kind": "Status", "code": code, "message": message}, status=code)


@contextlib.asynccontextmanager
async def serving(api: FakeApi, folder: Path, handle: Any = None) -> AsyncIterator[Path]:
    """The server on a free port; a kubeconfig that leads to it. ``handle`` stands before the API's own."""
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handle or api.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "fake",
        "clusters": [{"name": "fake", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "fake", "user": {"token": "secret-token"}}],
        "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake"}}],
    }
    file = folder / "kubeconfig"
    file.write_text(json.dumps(config))
    try:
        yield file
    finally:
        await runner.cleanup()
