"""Does the plane serve a generation? Asks the status address that every bundle has."""

import asyncio
import contextlib
from collections.abc import Callable

from router.base.clock import Clock

_STREAK = 5
"""New connections in a row that must see the new generation: old nginx workers may take one more."""
_PAUSE = 0.02


async def serving_generation(address: str, limit: float = 1.0) -> str:
    """What ``GET /generation`` answers at ``HOST:PORT`` on a new connection; empty if nothing does."""
    return await asked(address, "/generation", limit)


async def asked(address: str, path: str, limit: float = 1.0) -> str:
    """The text of a 200 for ``path`` at the status address, without blanks around it; else empty."""
    host, _, port = address.rpartition(":")
    with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
        async with asyncio.timeout(limit):
            reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: tidegate\r\nConnection: close\r\n\r\n".encode())
                answer = await reader.read(65536)
                while more := await reader.read(65536):
                    answer += more
            finally:
                writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        if head.startswith(b"HTTP/1.1 200"):
            return body.strip().decode("ascii", "replace")
    return ""


async def wait_for_generation(
    address: str, generation: str, clock: Clock, limit: float, alive: Callable[[], bool] = lambda: True
) -> bool:
    """True once the plane answers ``generation`` several times in a row, False after ``limit`` seconds or when it is not
    ``alive`` any more."""
    end, streak = clock.monotonic() + limit, 0
    while alive() and clock.monotonic() < end:
        streak = streak + 1 if await serving_generation(address) == generation else 0
        if streak >= _STREAK:
            return True
        if not streak:
            await clock.sleep(_PAUSE)
    return False
