"""Tidegate with a witness on its event loop: ``python bench/stalls.py FILE run ...``.

The witness wants a turn every 2 ms and writes to FILE how late it came: as JSON, the longest stalls first, each with its length,
the CPU time that the loop's own thread took in it, and when it ended, all in milliseconds. What is not the thread's own CPU time
it spent waiting: for another thread of ours, or for a core.
"""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

EVERY = 0.002
KEPT = 12
BEGIN = time.monotonic()


async def _witness(file: Path) -> None:
    worst: list[tuple[float, float, float]] = []
    while True:
        wall, own = time.monotonic(), time.thread_time()
        await asyncio.sleep(EVERY)
        now = time.monotonic()
        late = (now - wall - EVERY) * 1000
        if late > 10 and (len(worst) < KEPT or late > worst[-1][0]):
            worst = sorted([*worst, (late, (time.thread_time() - own) * 1000, (now - BEGIN) * 1000)], reverse=True)[:KEPT]
            _note(file, worst)


def _note(file: Path, worst: list[tuple[float, float, float]]) -> None:
    file.write_text(json.dumps([[round(value, 1) for value in one] for one in worst]))


async def _beside(main: Coroutine[Any, Any, Any], file: Path) -> Any:
    witness = asyncio.create_task(_witness(file))
    try:
        return await main
    finally:
        witness.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await witness


if __name__ == "__main__":
    out = Path(sys.argv.pop(1))
    run = asyncio.run
    asyncio.run = lambda main, **more: run(_beside(main, out), **more)
    from router.__main__ import main as tidegate

    sys.argv[0] = "tidegate"
    tidegate()
