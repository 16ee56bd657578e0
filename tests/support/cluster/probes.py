"""Probes of containers: HTTP, TCP and commands."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable

import aiohttp

from tests.support.cluster.api import Object

UNTIL_FIRST = 0.1
"""Seconds between probes before the first that succeeds: a test does not wait for a period of ten seconds."""


async def once(probe: Object, container: Object, address: str, enter: list[str]) -> bool:
    """``enter``: the words that a command is run with inside the container."""
    limit = float(probe.get("timeoutSeconds", 1))
    with contextlib.suppress(OSError, TimeoutError, aiohttp.ClientError):
        async with asyncio.timeout(limit):
            if "httpGet" in probe:
                return await _http(probe["httpGet"], container, address)
            if "tcpSocket" in probe:
                _, writer = await asyncio.open_connection(address, _port(probe["tcpSocket"]["port"], container))
                writer.close()
                return True
            if "exec" in probe:
                return await _run([*enter, *probe["exec"]["command"]]) == 0
    return False


async def _http(asked: Object, container: Object, address: str) -> bool:
    scheme, host = asked.get("scheme", "HTTP").lower(), asked.get("host") or address
    url = f"{scheme}://{host}:{_port(asked['port'], container)}{asked.get('path', '/')}"
    headers = {item["name"]: item["value"] for item in asked.get("httpHeaders", ())}
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    async with (
        aiohttp.ClientSession(trust_env=False) as session,
        session.get(url, headers=headers, ssl=context, allow_redirects=False) as answer,
    ):
        return 200 <= answer.status < 400


async def _run(words: list[str]) -> int:
    child = await asyncio.create_subprocess_exec(
        *words, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        return await child.wait()
    finally:
        if child.returncode is None:
            child.kill()


def _port(port: int | str, container: Object) -> int:
    if isinstance(port, int):
        return port
    return int(next(p["containerPort"] for p in container.get("ports", ()) if p.get("name") == port))


async def follow(
    probe: Object, container: Object, address: str, enter: list[str], told: Callable[[bool], None], *, first: bool
) -> None:
    """Until cancelled: ``told`` each time the thresholds say something new. ``first``: what holds before the first probe.

    Where that is good, a failure ends the container, so the first probe comes after a period, as (mostly) in the real kubelet.
    """
    await asyncio.sleep(float(probe.get("initialDelaySeconds", 0)) or (float(probe.get("periodSeconds", 10)) if first else 0))
    now, row, ever = first, 0, first
    wanted = {True: int(probe.get("successThreshold", 1)), False: int(probe.get("failureThreshold", 3))}
    while True:
        good = await once(probe, container, address, enter)
        row = row + 1 if good is not now else 0
        if row >= wanted[good]:
            now, row, ever = good, 0, ever or good
            told(good)
        await asyncio.sleep(float(probe.get("periodSeconds", 10)) if ever else UNTIL_FIRST)
