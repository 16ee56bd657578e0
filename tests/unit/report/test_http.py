"""The admin address."""

import socket

import pytest
from aiohttp.test_utils import TestClient, TestServer

from router.base.errors import TidegateError
from router.base.parse import Address
from router.report.http import application, serving
from tests.flow.conftest import Spine


async def test_readiness_says_what_is_missing() -> None:
    spine = Spine()
    async with TestClient(TestServer(application(spine.status, spine.clock))) as client:
        answer = await client.get("/readyz")
        assert answer.status == 503
        assert "[-] sources: the sources were not read yet" in await answer.text()
        spine.source.says("a")
        await spine.loop.once()
        assert await (await client.get("/readyz")).text() == "ready\n"
        assert "[+] plane: fake runs" in await (await client.get("/readyz?verbose")).text()


async def test_every_page_answers() -> None:
    spine = Spine()
    async with TestClient(TestServer(application(spine.status, spine.clock))) as client:
        assert await (await client.get("/healthz")).text() == "ok\n"
        assert (await (await client.get("/version")).json())["plane"] == "fake"
        assert "tidegate_build_info" in await (await client.get("/metrics")).text()
        assert (await (await client.get("/debug/table")).json())["version"] == 1


async def test_a_port_in_use_is_one_sentence() -> None:
    spine = Spine()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = Address(host="127.0.0.1", port=taken.getsockname()[1])
        with pytest.raises(TidegateError, match="choose another one with --admin"):
            async with serving(spine.status, spine.clock, address):
                pass
