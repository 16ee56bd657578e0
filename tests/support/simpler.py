"""Simpler forms of a request, for those who have to understand why it fails."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import msgspec

from router.table.explain import Request
from tests.support.asking import Asked

PLAIN = Request()


def simpler(asked: Asked) -> Iterator[Asked]:
    """One step each, the largest first."""
    request = asked.request
    for field in ("headers", "sni", "authority", "client", "protocol", "scheme", "method"):
        if getattr(request, field) != getattr(PLAIN, field):
            yield _with(asked, **{field: getattr(PLAIN, field)})
    for n in range(len(request.headers)):
        yield _with(asked, headers=request.headers[:n] + request.headers[n + 1 :])
    yield from (_with(asked, path=path) for path in _shorter(request.path) if path.startswith("/"))
    yield from (_with(asked, host=host) for host in {request.host.lower(), request.host.partition(":")[0]} - {request.host})


def _shorter(text: str) -> Iterator[str]:
    for size in (len(text) // 2, len(text) // 4, 3, 1):
        for start in range(0, len(text), size or 1):
            if 0 < size < len(text):
                yield text[:start] + text[start + size :]


def _with(asked: Asked, **changes: Any) -> Asked:
    request = msgspec.structs.replace(asked.request, **changes)
    if request.scheme == "http" and request.protocol == "HTTP/2.0":
        request = msgspec.structs.replace(request, protocol="HTTP/1.1")
    return dataclasses.replace(asked, request=request, body=None if request.method == "GET" else asked.body)
