"""A router is asked to go out of service by an annotation on its own pod, which it reads in a file (downward API).

Nobody but who may change pods can ask, so nothing that listens has to be guarded. The annotation is the mark of the daemon controller.
"""

from pathlib import Path

from router.base.clock import Clock

ASKED = "tidegate.dev/drain-since"
EVERY = 1.0
"""Seconds between two looks. The kubelet itself takes up to a minute to write a change."""


def is_asked(text: str) -> bool:
    """``text``: lines ``key="value"``, as the downward API writes annotations."""
    return any(line.startswith(f'{ASKED}="') and line != f'{ASKED}=""' for line in text.splitlines())


async def until_asked(file: Path, clock: Clock) -> None:
    """A file that can not be read asks for nothing."""
    while True:
        try:
            if is_asked(file.read_text(errors="replace")):
                return
        except OSError:
            pass
        await clock.sleep(EVERY)
