"""How the C library's allocator gives memory back: a setting of the process."""

import contextlib
import ctypes

_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
"""malloc.h of glibc; mallopt(3)"""
LARGE = 128 * 1024


def give_back_large_blocks() -> None:
    """Each block of 128 KiB and more is a mapping of its own, which ends when it is freed.

    glibc begins so, but once such a block was freed it takes those of its size from the heap, where one small value above them
    keeps all of them: the texts of megabytes that a pass makes and forgets would stay ours. And all threads share one heap: by
    itself each has its own, with its own remains of passes, though they take turns at Python anyway. Nothing happens with other
    libraries.
    """
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, LARGE)
        library.mallopt(_M_ARENA_MAX, 1)


def give_back_free_memory() -> None:
    """What was freed in between what is used goes back to the system (malloc_trim(3)): a few milliseconds, for a quiet moment."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
