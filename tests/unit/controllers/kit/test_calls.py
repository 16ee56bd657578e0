"""What calls send, when they may, and what their answers come to."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from router.controllers.kit.calls import Calls, path_of
from router.controllers.leader.run import LostError
from router.sources.kubernetes.transport import JSON, ApiError


class Server:
    def __init__(self) -> None:
        self.calls: list[tuple[str, str, Any]] = []
        self.answer: bytes | Exception = b'{"metadata": {"name": "a", "uid": "u", "resourceVersion": "7"}}'
        self.hangs = False

    async def send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, content: str = JSON, query: Mapping[str, str] = {}
    ) -> bytes:
        self.calls.append((method, path, body))
        if self.hangs:
            await asyncio.Event().wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def close(self) -> None: ...


@pytest.mark.parametrize(
    ("words", "path"),
    [
        (("v1", "pods"), "/api/v1/pods"),
        (("v1", "pods", "shop"), "/api/v1/namespaces/shop/pods"),
        (("v1", "nodes", "", "n1"), "/api/v1/nodes/n1"),
        (("apps/v1", "deployments", "shop", "web", "scale"), "/apis/apps/v1/namespaces/shop/deployments/web/scale"),
    ],
)
def test_paths_are_those_of_the_api(words: tuple[str, ...], path: str) -> None:
    assert path_of(*words) == path


async def test_who_does_not_lead_reads_but_never_writes() -> None:
    server = Server()
    calls = Calls(server, lambda: False, 1)
    await calls.get("/x")
    for write in (calls.create("/x", {}), calls.patch("/x", {}), calls.delete("/x", "u"), calls.evict("ns", "a", "u")):
        with pytest.raises(LostError):
            await write
    assert [method for method, _, _ in server.calls] == ["GET"]


async def test_an_answer_tells_the_version_that_was_written() -> None:
    wrote = await Calls(Server(), lambda: True, 1).create("/x", {})
    assert (wrote.name, wrote.uid, wrote.resource_version) == ("a", "u", "7")


async def test_a_call_that_hangs_ends() -> None:
    server = Server()
    server.hangs = True
    calls = Calls(server, lambda: True, 0.01)
    with pytest.raises(TimeoutError):
        await calls.get("/x")
    assert calls.counts == {("GET", "lost"): 1}


async def test_what_is_not_there_is_none() -> None:
    server = Server()
    server.answer = ApiError(404, "not found")
    assert await Calls(server, lambda: True, 1).get("/x") is None


@pytest.mark.parametrize(("status", "passes"), [(404, True), (409, False), (403, False), (500, False)])
async def test_a_delete_is_of_one_object_and_done_if_that_is_gone(status: int, passes: bool) -> None:
    server = Server()
    server.answer = ApiError(status, "no")
    calls = Calls(server, lambda: True, 1)
    if passes:
        await calls.delete("/x", "u7", 0)
    else:
        with pytest.raises(ApiError):
            await calls.delete("/x", "u7", 0)
    assert server.calls == [("DELETE", "/x", {"preconditions": {"uid": "u7"}, "gracePeriodSeconds": 0})]
    assert calls.counts == {("DELETE", str(status)): 1}


async def test_an_eviction_is_of_one_pod() -> None:
    server = Server()
    await Calls(server, lambda: True, 1).evict("shop", "web-1", "u7")
    ((method, path, body),) = server.calls
    assert (method, path) == ("POST", "/api/v1/namespaces/shop/pods/web-1/eviction")
    assert body["deleteOptions"] == {"preconditions": {"uid": "u7"}}
