"""Answers and events of an API server, or what they say instead of what was asked for."""

from collections.abc import Mapping

import msgspec

from router.sources.kubernetes import wire
from router.sources.kubernetes.transport import Answer, ApiError, GoneError

_MUCH = 65536
"""Bytes of a refusal that are looked at."""


async def good(answer: Answer) -> None:
    """Raises ApiError or GoneError unless the answer is 200."""
    if answer.status == 200:
        return
    if answer.status == 410:
        raise GoneError
    body = b"".join([chunk async for chunk in answer.chunks()])
    raise refusal(answer.status, body, answer.headers)


def refusal(status: int, body: bytes, headers: Mapping[str, str]) -> ApiError:
    """What an answer that is not good says. ``headers`` in lower case."""
    try:
        message = wire.statuses.decode(body[:_MUCH]).message
    except msgspec.MsgspecError:
        message = body[:200].decode("utf-8", "replace")
    after = headers.get("retry-after", "")
    return ApiError(status, message, float(after) if after.isascii() and after.isdigit() else 0)


def event(line: bytes) -> wire.Event:
    """A line of a watch. Raises ApiError or GoneError for an event that is an error."""
    found = wire.events.decode(line)
    if found.type == "ERROR":
        status = wire.statuses.decode(found.object)
        raise GoneError if status.code == 410 else ApiError(status.code, status.message)
    return found
