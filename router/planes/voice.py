"""What a plane says on its standard error, as lines of our log.

Through a FIFO (fifo(7)) in its run folder: the plane outlives us, and the next Tidegate reads on. The plane never waits for us:
the FIFO does not block, and what nobody reads is lost. Standard output, which has the access log, is not touched.
"""

import asyncio
import contextlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

from router.base.log import Logger

NAME = "said"
LONGEST = 16_384
"""Bytes of a line; a longer one is cut."""
log = Logger(__name__)
Heard = tuple[str, str] | None
"""(debug, info, warning or error; the sentence) of a line, or None for one that nobody needs."""
_SAY = {"debug": log.debug, "info": log.info, "warning": log.warning, "error": log.error}


class Voice:
    """``plane``: its name, for the log. ``hear``: what its lines mean."""

    def __init__(self, plane: str, hear: Callable[[str], Heard]) -> None:
        self._plane, self._hear = plane, hear
        self._fd, self._begun = -1, b""

    @property
    def ear(self) -> int | None:
        """For the plane's standard error; None before ``listen``, and where there can be no FIFO: then it has ours."""
        return None if self._fd < 0 else self._fd

    def listen(self, run: Path) -> None:
        """From now on, in the running loop; also to a plane that another Tidegate has started."""
        if self._fd >= 0:
            return
        path = run / NAME
        try:
            run.mkdir(parents=True, exist_ok=True)
            if not _is_fifo(path):
                path.unlink(missing_ok=True)
                os.mkfifo(path, 0o600)
            # both ways: it is never without a reader, nor at its end when the last writer is gone
            self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError as failure:
            log.info(f"the plane's own messages come as they are: {failure.strerror}", plane=self._plane, path=path)
            return
        asyncio.get_running_loop().add_reader(self._fd, self._read)

    def close(self) -> None:
        """What was said until now is not lost."""
        if self._fd >= 0:
            self._read()
            asyncio.get_running_loop().remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            *lines, self._begun = (self._begun + os.read(self._fd, 65_536)).split(b"\n")
            self._begun = self._begun[:LONGEST]
            for line in lines:
                if heard := self._hear(line[:LONGEST].decode("utf-8", "backslashreplace").strip()):
                    _SAY[heard[0]](heard[1], plane=self._plane)


def _is_fifo(path: Path) -> bool:
    """A link to one is none: it would lead out of our folder."""
    try:
        return stat.S_ISFIFO(path.lstat().st_mode)
    except FileNotFoundError:
        return False
