"""A router is asked to go out of service by an annotation on its own pod, which it reads in a file (downward API).

Only who may change pods can ask, so nothing that listens has to be guarded. The annotation is the daemon controller's mark.
"""

from collections.abc import Callable
from pathlib import Path

from router.base.clock import Clock

ASKED = "tidegate.dev/drain-since"
EVERY = 1.0
"""Seconds between two looks. The kubelet itself takes up to a minute to write a change."""


def is_asked(text: str) -> bool:
    """``text``: lines ``key="value"``, as the downward API writes annotations."""
    return any(line.startswith(f'{ASKED}="') and line != f'{ASKED}=""' for line in text.splitlines())


async def until_asked(file: Path, clock: Clock, told: Callable[[], None]) -> None:
    """Look until it is asked, then tell once. A file that can not be read asks for nothing."""
    while not _asks(file):
        await clock.sleep(EVERY)
    told()


def _asks(file: Path) -> bool:
    try:
        return is_asked(file.read_text(errors="replace"))
    except OSError:
        return False
