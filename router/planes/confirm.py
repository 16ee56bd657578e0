"""Does the plane serve a generation? Asks the status address that every bundle has."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable

from router.base.clock import Clock

_STREAK = 5
"""New connections in a row that must see the new generation: old nginx workers may take one more."""
_PAUSE = 0.02
_LONGEST_PAUSE = 0.5
_SETTLE = 5.0
"""Seconds that a plane which serves has to end its start; whoever took its socket away waits so long."""
_QUESTION = b"GET %s HTTP/1.1\r\nHost: tidegate\r\nConnection: close\r\n\r\n"


async def serving_generation(address: str, limit: float = 1.0) -> str:
    """What ``GET /generation`` answers at ``HOST:PORT`` on a new connection; empty if nothing does."""
    return await asked(address, "/generation", limit)


async def asked(address: str, path: str, limit: float = 1.0) -> str:
    """The text of a 200 for ``path`` at the status address, without blanks around it; else empty."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    answer = b""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(limit):
            answer = await _ask(host, int(port), path)
    head, _, body = answer.partition(b"\r\n\r\n")
    return body.strip().decode("ascii", "replace") if head.startswith(b"HTTP/1.1 200") else ""


async def _ask(host: str, port: int, path: str) -> bytes:
    """All bytes of the answer. By a bare socket: streams cost several times as much, and this is asked at each change."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as connection:
        connection.setblocking(False)
        await loop.sock_connect(connection, (host, port))
        await loop.sock_sendall(connection, _QUESTION % path.encode())
        answer = b""
        while more := await loop.sock_recv(connection, 65536):
            answer += more
    return answer


async def wait_for_generation(  # noqa: PLR0917
    address: str,
    generation: str,
    clock: Clock,
    limit: float,
    alive: Callable[[], bool] = lambda: True,
    usual: float = 0,
) -> bool:
    """True once the plane answers ``generation`` several times in a row, False after ``limit`` seconds or when it is not
    ``alive`` any more.

    A plane that reads much is asked less and less often: how long it takes is not made longer by much. ``usual``: seconds that it
    takes otherwise, of which the first half is not worth a question.
    """
    start = clock.monotonic()
    end, streak = start + limit, 0
    if usual / 2 > _PAUSE:
        await clock.sleep(min(usual / 2, limit / 2))
    while alive() and (now := clock.monotonic()) < end:
        streak = streak + 1 if await serving_generation(address) == generation else 0
        if streak >= _STREAK:
            return True
        if not streak:
            await clock.sleep(min(max((now - start) / 12, _PAUSE), _LONGEST_PAUSE))
    return False


async def wait_until_settled(settled: Callable[[], Awaitable[bool]], clock: Clock, alive: Callable[[], bool]) -> None:
    """Until the plane has nothing left to do of its start, has ended, or had time enough."""
    end = clock.monotonic() + _SETTLE
    while alive() and clock.monotonic() < end and not await settled():
        await clock.sleep(_PAUSE)
