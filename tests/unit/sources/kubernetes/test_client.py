"""The one file that knows the client library."""

from pathlib import Path

import pytest

from router.base.errors import TidegateError
from router.sources.kubernetes.client import ClientTransport
from tests.support.fake_api import FakeApi, serving


async def test_the_token_of_the_kubeconfig_is_sent_and_the_status_is_ours_to_judge(tmp_path: Path) -> None:
    api = FakeApi()
    seen: list[str] = []
    handle = api.handle

    async def spying(request):  # type: ignore[no-untyped-def]
        seen.append(request.headers["Authorization"])
        return await handle(request)

    api.handle = spying  # type: ignore[method-assign]
    api.absent.add("/nowhere")
    async with serving(api, tmp_path) as kubeconfig:
        transport = ClientTransport(kubeconfig, "")
        async with transport.get("/nowhere", {"a": "b c"}, 5) as answer:
            assert answer.status == 404
            assert b"not found" in b"".join([chunk async for chunk in answer.chunks()])
        await transport.renew()
        async with transport.get("/nowhere", {}, 5) as answer:
            assert answer.status == 404
        await transport.close()
    assert seen == ["Bearer secret-token"] * 2
    assert api.requests[0] == ("/nowhere", {"a": "b c"})


async def test_a_server_that_is_away_is_an_os_error(tmp_path: Path) -> None:
    async with serving(FakeApi(), tmp_path) as kubeconfig:
        pass
    transport = ClientTransport(kubeconfig, "")
    with pytest.raises(OSError):
        async with transport.get("/", {}, 1):
            pass
    await transport.close()


async def test_a_kubeconfig_that_is_missing_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TidegateError, match="no cluster configuration can be read"):
        async with ClientTransport(tmp_path / "none", "").get("/", {}, 1):
            pass


async def test_outside_a_pod_there_is_no_cluster() -> None:
    with pytest.raises(TidegateError, match="in this pod"):
        async with ClientTransport(None, "").get("/", {}, 1):
            pass
