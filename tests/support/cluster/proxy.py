"""Between a client and the real API server: a proxy that speaks HTTP to both, and so can refuse what a real server would serve."""

import asyncio
import contextlib
import json
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
import trustme
from aiohttp import web

from tests.support.cluster.cluster import Cluster

_PASSED_ON = ("Authorization", "Accept", "Content-Type")


class Proxy:
    """``port`` on 127.0.0.1, with a certificate of ``ca``. ``refusal``: what all requests are answered while it is there.
    ``asked``: (monotonic seconds, path with its query) of all requests. ``open``: answers that are under way, ``most`` of lists."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.refusal: web.Response | None = None
        self.asked: list[tuple[float, str]] = []
        self.port = 0
        self.ca = trustme.CA()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._open: set[asyncio.Task[object]] = set()
        self.certify(self.ca)

    def certify(self, ca: trustme.CA) -> None:
        """From now on new connections see a certificate of this CA."""
        self.ca = ca
        ca.issue_cert("127.0.0.1").configure_cert(self._context)

    def refuse(self, status: int, text: str = "", headers: Mapping[str, str] = {}) -> None:
        """All that is under way breaks off, and all requests are answered this until ``mend``."""
        self.refusal = web.Response(status=status, text=text, headers=headers)
        self.drop()

    def mend(self) -> None:
        self.refusal = None

    def drop(self) -> None:
        for task in self._open:
            task.cancel()

    def kubeconfig(self, account: Path, folder: Path) -> Path:
        """A copy of one that leads here. Its CA is a file, ``ca.pem``, as in a pod."""
        config = json.loads(account.read_text())
        (folder / "ca.pem").write_bytes(self.ca.cert_pem.bytes())
        config["clusters"][0]["cluster"] = {
            "server": f"https://127.0.0.1:{self.port}",
            "certificate-authority": str(folder / "ca.pem"),
        }
        (folder / "kubeconfig").write_text(json.dumps(config))
        return folder / "kubeconfig"

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator["Proxy"]:
        connector = aiohttp.TCPConnector(ssl=self._cluster.context(), limit=0)
        timeout = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False) as session:

            async def handle(request: web.Request) -> web.StreamResponse:
                return await self._handle(request, session)

            app = web.Application()
            app.router.add_route("*", "/{tail:.*}", handle)
            runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self._context).start()
            self.port = runner.addresses[0][1]
            try:
                yield self
            finally:
                self.drop()
                await runner.cleanup()

    async def _handle(self, request: web.Request, session: aiohttp.ClientSession) -> web.StreamResponse:
        self.asked.append((time.monotonic(), request.path_qs))
        if self.refusal is not None:
            return web.Response(status=self.refusal.status, text=self.refusal.text, headers=self.refusal.headers)
        task = asyncio.current_task()
        assert task
        self._open.add(task)
        try:
            return await self._passed_on(request, session)
        finally:
            self._open.discard(task)

    async def _passed_on(self, request: web.Request, session: aiohttp.ClientSession) -> web.StreamResponse:
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        url = f"{self._cluster.server}{request.path_qs}"
        async with session.request(request.method, url, headers=headers, data=await request.read() or None) as theirs:
            ours = web.StreamResponse(status=theirs.status, headers={"Content-Type": theirs.content_type})
            await ours.prepare(request)
            async for chunk in theirs.content.iter_any():
                await ours.write(chunk)
            await ours.write_eof()
            return ours
