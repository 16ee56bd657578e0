"""How many calls a failure costs."""

import pytest

from router.controllers.kit.batches import MOST, slow_start
from router.sources.kubernetes.transport import ApiError


async def calls(count: int, allowed: int) -> tuple[int, int, Exception | None]:
    """(calls made, how many went well, the failure) with a quota of ``allowed``."""
    made = []

    async def call(item: int) -> None:
        made.append(item)
        if len(made) > allowed:
            raise ApiError(403, "exceeded quota")

    done, wrong = await slow_start(range(count), call)
    return len(made), done, wrong


@pytest.mark.parametrize(
    ("count", "allowed", "made", "done"),
    [
        (0, 9, 0, 0),
        (1, 9, 1, 1),
        (100, 1000, 100, 100),
        (100, 0, 1, 0),
        (100, 1, 3, 1),
        (100, 10, 15, 10),
        (1000, 5000, MOST, MOST),
    ],
)
async def test_batches_double_until_one_fails(count: int, allowed: int, made: int, done: int) -> None:
    calls_made, went_well, wrong = await calls(count, allowed)
    assert (calls_made, went_well, wrong is not None) == (made, done, allowed < min(count, MOST))


async def test_a_fault_of_ours_is_not_taken_for_a_failure_of_the_server() -> None:
    async def call(item: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await slow_start([1], call)
