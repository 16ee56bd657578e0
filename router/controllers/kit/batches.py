"""Slow start: many calls of one kind, first one, then two, then four at a time. A full quota costs one call, not hundreds."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from router.controllers.leader.run import Failure

T = TypeVar("T")
MOST = 250
"""Calls of one kind in one sync of one object."""
WIDTH = 64
"""Calls at the same time, at most."""


async def slow_start(items: Sequence[T], call: Callable[[T], Awaitable[None]]) -> tuple[int, Exception | None]:
    """(how many went well, the first failure). Items that were not tried, because a batch before them failed or because they
    are more than ``MOST``, are left for the next sync. Failures that are not of the API server or the network pass through."""
    done, size, todo = 0, 1, list(items[:MOST])
    while todo:
        batch, todo = todo[:size], todo[size:]
        results = await asyncio.gather(*(call(item) for item in batch), return_exceptions=True)
        wrong = [result for result in results if isinstance(result, BaseException)]
        for failure in wrong:
            if not isinstance(failure, Failure):
                raise failure
        done += len(batch) - len(wrong)
        if wrong:
            first = wrong[0]
            assert isinstance(first, Exception)
            return done, first
        size = min(size * 2, WIDTH)
    return done, None
