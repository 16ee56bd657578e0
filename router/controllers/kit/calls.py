"""Calls to the API server that a controller makes: each only while it leads, each with a limit, each counted."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from router.base.frozen import Frozen
from router.controllers.leader.run import LostError
from router.sources.kubernetes.transport import JSON, MAY, MERGE, ApiError, Sender

CORE = "v1"


class Wrote(Frozen, rename="camel"):
    """What an answer to a write tells of the object."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""


class _Answer(Frozen):
    metadata: Wrote = Wrote()


_answers = msgspec.json.Decoder(_Answer)


def path_of(api_version: str, plural: str, namespace: str = "", name: str = "", sub: str = "") -> str:
    """Such as ``/apis/apps/v1/namespaces/shop/deployments/web/scale``."""
    base = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    words = [
        base,
        *(("namespaces", namespace) if namespace else ()),
        plural,
        *((name,) if name else ()),
        *((sub,) if sub else ()),
    ]
    return "/".join(words)


class Calls:
    """``may``: asked before each write, and once more when its connection stands. ``limit``: seconds that a call may take.

    All raise ApiError, OSError or TimeoutError for what was not done, and LostError if we do not lead any more.
    """

    def __init__(
        self, api: Sender, may: Callable[[], bool], limit: float, counts: Counter[tuple[str, str]] | None = None
    ) -> None:
        self._api, self._may, self._limit = api, may, limit
        self.counts: Counter[tuple[str, str]] = Counter() if counts is None else counts
        """by method and result: ``done``, the status of a refusal, or ``lost``"""

    async def send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, content: str = JSON, query: Mapping[str, str] = {}
    ) -> bytes:
        """The answer's body."""
        if method != "GET" and not self._may():
            raise LostError("its time was over before a write")
        before = MAY.set(self._may)
        try:
            async with asyncio.timeout(self._limit):
                said = await self._api.send(method, path, body, content=content, query=query)
        except ApiError as wrong:
            self.counts[method, str(wrong.status)] += 1
            raise
        except (OSError, TimeoutError):
            self.counts[method, "lost"] += 1
            raise
        finally:
            MAY.reset(before)
        self.counts[method, "done"] += 1
        return said

    async def get(self, path: str) -> Any:
        """The object as it came; None if it is not there."""
        try:
            return msgspec.json.decode(await self.send("GET", path))
        except ApiError as wrong:
            if wrong.status == 404:
                return None
            raise

    async def create(self, path: str, body: Mapping[str, Any], content: str = JSON) -> Wrote:
        return _answers.decode(await self.send("POST", path, body, content=content)).metadata

    async def patch(self, path: str, body: Mapping[str, Any], content: str = MERGE) -> Wrote:
        return _answers.decode(await self.send("PATCH", path, body, content=content)).metadata

    async def delete(self, path: str, uid: str, grace: int | None = None) -> None:
        """That very object; one that is gone already counts as deleted. 409: it has a successor, or has just changed."""
        body: dict[str, Any] = {"preconditions": {"uid": uid}} | ({} if grace is None else {"gracePeriodSeconds": grace})
        try:
            await self.send("DELETE", path, body)
        except ApiError as wrong:
            if wrong.status != 404:
                raise

    async def evict(self, namespace: str, name: str, uid: str) -> None:
        """policy/v1 Eviction: 429 if a PodDisruptionBudget forbids it, 404 or 409 if it is gone."""
        body = {
            "apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"namespace": namespace, "name": name},
            "deleteOptions": {"preconditions": {"uid": uid}},
        }  # fmt: skip
        await self.send("POST", path_of(CORE, "pods", namespace, name, "eviction"), body)
