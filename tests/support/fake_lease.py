"""An API server that holds one Lease, for tests on a clock that they turn. It can hang, fail, and lose answers."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from router.sources.kubernetes.transport import JSON, ApiError


class FakeLease:
    """Satisfies Sender. ``mode``: ``good``, ``hang``, ``break`` (no connection), ``lost`` (done, but the answer is lost)."""

    def __init__(self) -> None:
        self.item: dict[str, Any] | None = None
        self.version = 0
        self.mode: dict[str, str] = {}
        """by caller; ``*``: for all"""
        self.writes = 0

    def by(self, name: str) -> "Caller":
        return Caller(self, name)

    @property
    def holder(self) -> str:
        return str(self.item["spec"]["holderIdentity"]) if self.item else ""

    async def asked(self, name: str, method: str, body: Mapping[str, Any] | None) -> bytes:
        mode = self.mode.get(name) or self.mode.get("*", "good")
        await asyncio.sleep(0)
        if mode == "hang":
            await asyncio.Event().wait()
        if mode == "break":
            raise ConnectionResetError("reset")
        if mode == "fault":
            raise ZeroDivisionError("a fault of ours")
        answer = self._answer(method, body)
        if mode == "lost":
            raise ConnectionResetError("the answer was lost")
        return json.dumps(answer).encode()

    def _answer(self, method: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        if method == "GET":
            if self.item is None:
                raise ApiError(404, "not found")
            return self.item
        assert body is not None
        exists = self.item is not None
        stale = exists and body["metadata"].get("resourceVersion") != str(self.version)
        if (method == "POST" and exists) or stale:
            raise ApiError(409, "the object has been modified")
        if method == "PUT" and not exists:
            raise ApiError(404, "not found")
        self.version += 1
        self.writes += 1
        self.item = json.loads(json.dumps(body))
        self.item["metadata"]["resourceVersion"] = str(self.version)
        return self.item


class Caller:
    def __init__(self, api: FakeLease, name: str) -> None:
        self._api, self._name = api, name

    async def send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, content: str = JSON, query: Mapping[str, str] = {}
    ) -> bytes:
        return await self._api.asked(self._name, method, body)

    async def close(self) -> None: ...
