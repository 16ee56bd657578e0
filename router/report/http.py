"""The admin address: /healthz, /readyz, /drained, /metrics, /version, /debug/table. Loopback by default; nothing is secret."""

import contextlib
from collections.abc import AsyncIterator

import msgspec
from aiohttp import web

from router.base.clock import Clock
from router.base.errors import TidegateError
from router.base.findings import printable
from router.base.parse import Address
from router.report.metrics import Exposition
from router.report.status import Status
from router.table import notation

LINE_LIMIT = 1000
"""Characters of a line of /readyz: it may hold the plane's own words, and those a tenant's."""


def application(status: Status, clock: Clock) -> web.Application:
    """The admin pages as an aiohttp application."""
    exposition = Exposition(status, clock)

    async def healthz(request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(request: web.Request) -> web.Response:
        lines = [f"[{'+' if c.ok else '-'}] {c.name}: {c.message}" for c in status.checks()]
        lines += [f"    {problem}" for problem in status.problems]
        word = "ready" if status.ready else "not ready"
        shown = [*lines, word] if "verbose" in request.query or not status.ready else [word]
        text = "".join(f"{printable(line, LINE_LIMIT)}\n" for line in shown)
        return web.Response(text=text, status=200 if status.ready else 503)

    async def drained(request: web.Request) -> web.Response:
        """Only tells: nobody is taken out of service through an address."""
        return web.Response(text="drained\n" if status.drained() else "serving\n", status=200 if status.drained() else 503)

    async def metrics(request: web.Request) -> web.Response:
        headers = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return web.Response(body=exposition.text(), headers=headers)

    async def version(request: web.Request) -> web.Response:
        return web.json_response({"version": status.version, "plane": status.plane, "generation": status.generation})

    async def table(request: web.Request) -> web.Response:
        return web.json_response(body=msgspec.json.encode(notation.to_builtins(status.table)))

    app = web.Application()
    app.add_routes(
        [
            web.get("/healthz", healthz),
            web.get("/livez", healthz),
            web.get("/readyz", readyz),
            web.get("/drained", drained),
            web.get("/metrics", metrics),
            web.get("/version", version),
            web.get("/debug/table", table),
        ]
    )
    return app


@contextlib.asynccontextmanager
async def serving(status: Status, clock: Clock, address: Address) -> AsyncIterator[None]:
    """The admin pages at ``address`` while the block runs. TidegateError if the port can not be had."""
    async with listening(application(status, clock), address):
        yield


@contextlib.asynccontextmanager
async def listening(app: web.Application, address: Address) -> AsyncIterator[None]:
    """``app`` at ``address`` while the block runs. TidegateError if the port can not be had."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, address.host, address.port).start()
        except OSError as failure:
            sentence = f"the admin address {address} can not be opened: {failure.strerror}; choose another one with --admin"
            raise TidegateError(sentence) from None
        yield
    finally:
        await runner.cleanup()
