"""Answers and events of an API server, or what they say instead of what was asked for."""

from collections.abc import Mapping

import msgspec

from router.sources.kubernetes import wire
from router.sources.kubernetes.transport import Answer, ApiError, GoneError

_MUCH = 65536
"""Bytes of a refusal that are looked at."""
LONGEST = 300.0
"""Seconds that a server can make us wait: whoever says more may be wrong, and nobody would follow the cluster meanwhile."""


async def good(answer: Answer) -> None:
    """Raises ApiError or GoneError unless the answer is 200."""
    if answer.status == 200:
        return
    if answer.status == 410:
        raise GoneError
    body = b""
    async for chunk in answer.chunks():
        body += chunk
        if len(body) >= _MUCH:
            break
    raise refusal(answer.status, body, answer.headers)


def refusal(status: int, body: bytes, headers: Mapping[str, str]) -> ApiError:
    """What an answer that is not good says. ``headers`` in lower case; what they say of a pause counts before the body."""
    try:
        said = wire.statuses.decode(body[:_MUCH])
    except msgspec.MsgspecError:
        said = wire.Status(message=body[:200].decode("utf-8", "replace"))
    after = headers.get("retry-after", "")
    seconds = float(after) if after.isascii() and after.isdigit() else said.retry_after
    return ApiError(status, said.message, min(seconds, LONGEST))


def event(line: bytes) -> wire.Event:
    """A line of a watch. Raises ApiError or GoneError for an event that is an error."""
    found = wire.events.decode(line)
    if found.type == "ERROR":
        status = wire.statuses.decode(found.object)
        raise GoneError if status.code == 410 else ApiError(status.code, status.message, min(status.retry_after, LONGEST))
    return found
