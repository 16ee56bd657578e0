"""A cable between a client and the API server that can be cut, frozen and mended: TLS passes through untouched."""

import asyncio
import base64
import contextlib
import json
import threading
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")


class Cable:
    """``port`` on 127.0.0.1 leads to ``server``. For one event loop."""

    def __init__(self, server: str) -> None:
        self.lead_to(server)
        self._writers: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self.open, self.port, self.connections = True, 0, 0
        self.delay = 0.0
        """seconds that everything takes longer from now on"""

    def lead_to(self, server: str) -> None:
        """New connections end there from now on."""
        parts = urlsplit(server)
        self._target = (parts.hostname or "", parts.port or 443)

    def cut(self) -> None:
        """All connections are reset, new ones too until ``mend``."""
        self.open = False
        for writer in self._writers:
            writer.transport.abort()

    def freeze(self) -> None:
        """Connections stay open, and nothing passes: half-open."""
        self._flows.clear()

    def mend(self) -> None:
        self.open, self.delay = True, 0.0
        self._flows.set()

    def drop(self) -> None:
        """All connections are reset once."""
        self.cut()
        self.open = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            if self.open:
                await self._joined(reader, writer)
        except OSError:
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection(*self._target)
        self._writers.add(ours)
        try:
            await asyncio.wait(
                [asyncio.ensure_future(self._pump(reader, ours)), asyncio.ensure_future(self._pump(theirs, writer))],
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            self._writers.discard(ours)
            ours.transport.abort()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                await self._flows.wait()
                await asyncio.sleep(self.delay)
                sink.write(data)
                await sink.drain()


@contextlib.asynccontextmanager
async def cable(server: str) -> AsyncIterator[Cable]:
    made = Cable(server)
    listener = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = listener.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        made.cut()
        made.mend()
        listener.close()
        await asyncio.sleep(0.05)


class Threaded(Generic[T]):
    """What is ``served`` in an event loop of its own, for tests without one. ``do`` calls a method of it there."""

    def __init__(self, serving: AbstractAsyncContextManager[T]) -> None:
        self._loop = asyncio.new_event_loop()
        self._stack = contextlib.AsyncExitStack()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.served: T = self._run(self._stack.enter_async_context(serving))

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def do(self, name: str, *arguments: Any) -> None:
        self._loop.call_soon_threadsafe(getattr(self.served, name), *arguments)

    def close(self) -> None:
        self._run(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


def through(kubeconfig: Path, port: int, ca: bytes = b"") -> Path:
    """A copy of a kubeconfig that goes through a cable. ``ca``: in PEM, of somebody else who may stand at its end."""
    config = json.loads(kubeconfig.read_text())
    for item in config["clusters"]:
        item["cluster"]["server"] = f"https://127.0.0.1:{port}"
        known = base64.b64decode(item["cluster"]["certificate-authority-data"])
        item["cluster"]["certificate-authority-data"] = base64.b64encode(known + ca).decode()
    copy = kubeconfig.with_name(f"{kubeconfig.stem}-{port}.kubeconfig")
    copy.write_text(json.dumps(config))
    return copy
