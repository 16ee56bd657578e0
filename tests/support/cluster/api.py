"""Talking to the API server: with coroutines for the stand-in kubelet, without for tests. Objects are plain dicts."""

import asyncio
import contextlib
import http.client
import json
import ssl
import urllib.parse
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp

Object = dict[str, Any]
JSON = "application/json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
CLUSTER_SCOPED = frozenset({
    "Namespace", "Node", "ClusterRole", "ClusterRoleBinding", "IngressClass", "CustomResourceDefinition", "PriorityClass",
})  # fmt: skip


class RefusedError(Exception):
    """The API server said no."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status} {message}")
        self.status = status


def path_of(api: str, kind: str, namespace: str = "", name: str = "") -> str:
    """Such as ``/apis/apps/v1/namespaces/shop/deployments/web``."""
    base = f"/apis/{api}" if "/" in api else f"/api/{api}"
    plural = kind.lower()
    plural += "" if kind == "Endpoints" else "es" if kind.endswith("s") else "s"
    plural = plural.removesuffix("ys") + "ies" if plural.endswith("policys") else plural
    inside = "" if kind in CLUSTER_SCOPED or not namespace else f"/namespaces/{namespace}"
    return f"{base}{inside}/{plural}" + (f"/{name}" if name else "")


def path_to(item: Object) -> str:
    meta = item["metadata"]
    return path_of(item["apiVersion"], item["kind"], meta.get("namespace", "default"), meta["name"])


def _read(status: int, data: bytes) -> Any:
    if status >= 400:
        message = data.decode("utf-8", "replace")
        with contextlib.suppress(ValueError, KeyError, TypeError):
            message = json.loads(data)["message"]
        raise RefusedError(status, message)
    with contextlib.suppress(ValueError):
        return json.loads(data)
    return data.decode("utf-8", "replace")


class AsyncApi:
    """For one event loop; ``close`` it."""

    def __init__(self, server: str, context: ssl.SSLContext) -> None:
        self._server = server
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context, limit=0), trust_env=False)

    async def close(self) -> None:
        await self._session.close()

    async def call(self, method: str, path: str, body: Any = None, kind: str = JSON, **query: str) -> Any:
        """The answer; RefusedError if it is one; OSError or TimeoutError if there is none within 10 s."""
        data = json.dumps(body).encode() if body is not None else None
        try:
            async with self._session.request(
                method, self._server + path, data=data, params=query, headers={"Content-Type": kind},
                timeout=aiohttp.ClientTimeout(total=10),
            ) as answer:  # fmt: skip
                return _read(answer.status, await answer.read())
        except aiohttp.ClientError as failure:
            raise OSError(str(failure)) from failure

    async def follow(self, path: str) -> AsyncIterator[tuple[str, Any]]:
        """("LIST", all objects), then (type, object) for each change; another "LIST" when the connection was lost. Endless."""
        while True:
            try:
                page = await self.call("GET", path)
                yield "LIST", page["items"]
                query = {"watch": "1", "resourceVersion": page["metadata"]["resourceVersion"], "allowWatchBookmarks": "true"}
                limits = aiohttp.ClientTimeout(total=None, sock_read=90)
                async with self._session.get(self._server + path, params=query, timeout=limits) as answer:
                    async for line in answer.content:
                        event = json.loads(line)
                        if event["type"] == "ERROR":
                            break
                        if event["type"] != "BOOKMARK":
                            yield event["type"], event["object"]
            except (OSError, TimeoutError, aiohttp.ClientError, RefusedError, ValueError):
                await asyncio.sleep(0.2)


class Api:
    """A connection for each call, so that a server that was restarted in between does not matter."""

    def __init__(self, server: str, context: ssl.SSLContext, headers: Mapping[str, str] | None = None) -> None:
        parts = urllib.parse.urlsplit(server)
        self._address, self._context, self._headers = (parts.hostname or "", parts.port or 443), context, headers or {}

    def call(self, method: str, path: str, body: Any = None, kind: str = JSON, **query: str) -> Any:
        connection = http.client.HTTPSConnection(*self._address, timeout=60, context=self._context)
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        try:
            data = json.dumps(body).encode() if body is not None else None
            connection.request(method, target, data, {**self._headers, "Content-Type": kind})
            answer = connection.getresponse()
            return _read(answer.status, answer.read())
        finally:
            connection.close()

    def get(self, api: str, kind: str, namespace: str = "", name: str = "") -> Any:
        return self.call("GET", path_of(api, kind, namespace, name))

    def items(self, api: str, kind: str, namespace: str = "", **query: str) -> list[Object]:
        """Each says what it is, which a list leaves out."""
        found = self.call("GET", path_of(api, kind, namespace), **query)["items"]
        return [{"apiVersion": api, "kind": kind, **item} for item in found]

    def apply(self, *items: Object) -> None:
        """Server-side apply: what is said holds."""
        for item in items:
            self.call("PATCH", path_to(item), item, APPLY, fieldManager="tests", force="true")

    def patch(self, item: Object, change: Object) -> Any:
        return self.call("PATCH", path_to(item), change, MERGE)

    def delete(self, *items: Object, grace: int | None = None) -> None:
        for item in items:
            body = {} if grace is None else {"gracePeriodSeconds": grace}
            with contextlib.suppress(RefusedError):
                self.call("DELETE", path_to(item), body)
