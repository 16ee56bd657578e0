"""The one file that knows the client library."""

import asyncio
import contextlib
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
import trustme
from aiohttp import web

from router.base.errors import TidegateError
from router.sources.kubernetes.client import ClientTransport
from router.sources.kubernetes.transport import APPLY, MAY, MERGE, ApiError
from tests.support.cluster.pki import write_kubeconfig
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
        await transport.close()
    assert seen == ["Bearer secret-token"]
    assert api.requests[0] == ("/nowhere", {"a": "b c"})


async def test_a_write_whose_time_is_over_when_its_connection_stands_is_not_sent(tmp_path: Path) -> None:
    """Not a byte of it, neither on a new connection nor on one that was kept."""
    heard = b""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        while data := await reader.read(65536):
            heard += data
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    transport = ClientTransport(write_kubeconfig(tmp_path / "kubeconfig", address, b"", {"token": "t"}), "")
    asked = iter([False, True, False])
    token = MAY.set(lambda: next(asked))
    for path, good in (("/one", False), ("/two", True), ("/three", False)):
        with contextlib.nullcontext() if good else pytest.raises(ConnectionError):
            await transport.send("PATCH", path, {"a": 1}, content=MERGE)
    MAY.reset(token)
    await transport.close()
    server.close()
    await asyncio.sleep(0.05)  # its connections end behind its back
    assert list(asked) == []
    assert b"/two" in heard
    assert b"/one" not in heard
    assert b"/three" not in heard


async def test_after_a_401_credentials_are_read_anew_once_and_what_runs_runs_on(tmp_path: Path) -> None:
    api = FakeApi()
    seen: list[str] = []

    async def strict(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers["Authorization"])
        return await api.handle(request) if seen[-1] == wanted else web.Response(status=401)

    wanted = "Bearer secret-token"
    async with serving(api, tmp_path, strict) as kubeconfig:
        transport = ClientTransport(kubeconfig, "")
        watch = {"watch": "1", "sendInitialEvents": "true"}
        async with transport.get("/watched", watch, 5) as running:
            chunks = running.chunks()
            assert b"initial-events-end" in await anext(chunks)
            wanted = "Bearer new-token"
            kubeconfig.write_text(kubeconfig.read_text().replace("secret-token", "new-token"))
            async with transport.get("/a", {}, 5) as one, transport.get("/a", {}, 5) as other:
                assert (one.status, other.status) == (401, 200)
            await api.put("/watched", {"metadata": {"name": "x"}})
            assert b'"x"' in await anext(chunks)
        await transport.close()
    assert seen == ["Bearer secret-token", "Bearer secret-token", "Bearer new-token"]


async def test_a_new_ca_is_read_when_the_servers_certificate_is_not_trusted(tmp_path: Path) -> None:
    old, new = trustme.CA(), trustme.CA()
    file, port = tmp_path / "kubeconfig", 0
    transport = ClientTransport(file, "")
    for served, trusted, good in ((old, old, True), (new, old, False), (new, new, True)):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        served.issue_cert("127.0.0.1").configure_cert(context)
        app = web.Application()
        app.router.add_get("/{tail:.*}", FakeApi().handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=context, reuse_address=True).start()
        port = runner.addresses[0][1]
        write_kubeconfig(file, f"https://127.0.0.1:{port}", trusted.cert_pem.bytes(), {"token": "t"})
        with contextlib.nullcontext() if good else pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
            async with transport.get("/a", {}, 5) as answer:
                assert answer.status == 200
        await runner.cleanup()
    await transport.close()


async def test_more_watches_than_a_pool_of_connections_holds_are_open_at_once(tmp_path: Path) -> None:
    async with serving(FakeApi(), tmp_path) as kubeconfig, contextlib.AsyncExitStack() as stack:
        transport = ClientTransport(kubeconfig, "")
        stack.push_async_callback(transport.close)
        async with asyncio.timeout(20):
            for _ in range(120):
                answer = await stack.enter_async_context(transport.get("/w", {"watch": "1", "sendInitialEvents": "true"}, 60))
                assert answer.status == 200


async def test_a_server_that_is_away_is_an_os_error(tmp_path: Path) -> None:
    async with serving(FakeApi(), tmp_path) as kubeconfig:
        pass
    transport = ClientTransport(kubeconfig, "")
    with pytest.raises(OSError):
        async with transport.get("/", {}, 1):
            pass
    await transport.close()


@pytest.mark.parametrize(
    "text", [None, "", "[", "a: b", "users: 7", '{"clusters": [{"name": "x"}], "current-context": "x", "contexts": [{}]}', "\0"]
)
async def test_a_kubeconfig_that_can_not_be_read_is_one_sentence(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "kubeconfig"
    if text is not None:
        file.write_text(text)
    with pytest.raises(TidegateError, match="no cluster configuration can be read") as found:
        await ClientTransport(file, "").load()
    assert "\n" not in str(found.value)


async def test_outside_a_pod_there_is_no_cluster() -> None:
    with pytest.raises(TidegateError, match="in this pod"):
        await ClientTransport(None, "").load()


async def test_what_is_written_is_json_of_the_named_kind_and_a_refusal_is_an_error(tmp_path: Path) -> None:
    seen: list[tuple[str, str, dict[str, str], object]] = []

    async def writing(request: web.Request) -> web.StreamResponse:
        seen.append((request.method, request.headers["Content-Type"], dict(request.query), await request.json()))
        if request.path == "/full":
            body = {"message": "too many requests"}
            return web.json_response(body, status=429, headers={"Retry-After": "7"})
        return web.json_response({"done": True}, status=201)

    async with serving(FakeApi(), tmp_path, writing) as kubeconfig:
        transport = ClientTransport(kubeconfig, "")
        assert await transport.send("POST", "/a", {"x": 1}) == b'{"done": true}'
        await transport.send("PATCH", "/a", {"x": None}, content=MERGE)
        await transport.send("PATCH", "/a", {"x": ["é"]}, content=APPLY, query={"fieldManager": "me"})
        with pytest.raises(ApiError, match="too many") as refused:
            await transport.send("PUT", "/full", {})
        await transport.close()
    assert (refused.value.status, refused.value.retry_after) == (429, 7)
    assert seen == [
        ("POST", "application/json", {}, {"x": 1}),
        ("PATCH", "application/merge-patch+json", {}, {"x": None}),
        ("PATCH", "application/apply-patch+yaml", {"fieldManager": "me"}, {"x": ["é"]}),
        ("PUT", "application/json", {}, {}),
    ]


async def test_a_write_without_an_answer_is_a_failure_of_the_network(tmp_path: Path) -> None:
    async with serving(FakeApi(), tmp_path) as kubeconfig:
        pass
    transport = ClientTransport(kubeconfig, "")
    with pytest.raises(OSError, match=r"."):
        await transport.send("POST", "/a", {})
    await transport.close()


async def test_a_configuration_that_can_not_be_read_later_is_tried_again(tmp_path: Path) -> None:
    """A 401 makes it be read anew, perhaps while somebody writes it."""
    api = FakeApi()
    api.faults.append(("/a", web.Response(status=401)))
    async with serving(api, tmp_path) as kubeconfig:
        transport = ClientTransport(kubeconfig, "")
        await transport.load()
        async with transport.get("/a", {}, 5) as answer:
            assert answer.status == 401
        good = kubeconfig.read_text()
        kubeconfig.write_text(good[:100])
        with pytest.raises(ConnectionError, match="no cluster configuration can be read"):
            async with transport.get("/a", {}, 5):
                pass
        kubeconfig.write_text(good)
        async with transport.get("/a", {}, 5) as answer:
            assert answer.status == 200
        await transport.close()


def test_a_user_without_a_home_can_load_the_library() -> None:
    """As in a container: a number that no line of /etc/passwd has, and no HOME."""
    code = (
        "import os, asyncio\n"
        "os.environ.pop('HOME', None); os.getuid = lambda: 54321\n"
        "from pathlib import Path\n"
        "from router.sources.kubernetes.client import ClientTransport\n"
        "try: asyncio.run(ClientTransport(Path('/nowhere'), '').load())\n"
        "except Exception as failure: print(type(failure).__name__)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "TidegateError\n", done.stderr


_LEAN = """
import sys
from router.sources.kubernetes.client import library

client, config = library()
client.ApiClient, client.Configuration, config.load_kube_config, config.load_incluster_config, config.refresh_token
heavy = [name for name in sys.modules if name.startswith(("kubernetes_asyncio.client.models.", "kubernetes_asyncio.client.api."))]
assert not heavy, heavy[:3]
assert library() == (client, config)

import kubernetes_asyncio

assert kubernetes_asyncio.client is client
assert client.models.V1Pod is client.V1Pod and client.CoreV1Api and kubernetes_asyncio.watch.Watch
try:
    client.models.NoSuchModel
except AttributeError:
    print("good")
"""


def test_the_library_is_loaded_without_its_models_and_whoever_asks_for_one_gets_it() -> None:
    done = subprocess.run([sys.executable, "-c", _LEAN], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == ("good\n", "")
