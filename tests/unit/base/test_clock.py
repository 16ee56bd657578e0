"""The real clock."""

import datetime

from router.base.clock import SystemClock


async def test_the_system_clock_knows_utc_and_never_goes_back() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is datetime.UTC
    before = clock.monotonic()
    await clock.sleep(0)
    assert clock.monotonic() >= before
