"""In a process of its own: the setting stays for good."""

import ctypes
import subprocess
import sys

import pytest

PROGRAM = """
import sys
from pathlib import Path
from router.base.allocator import give_back_free_memory, give_back_large_blocks

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4 // 1024

def block():
    return b"x" * (1 << 20)

if sys.argv[1] == "set":
    give_back_large_blocks()
block()  # from here on glibc takes blocks of this size from the heap, unless it was told otherwise
small = [bytes(1000) for _ in range(50000)]
small = small[::100]  # what is left stands between what is free
if sys.argv[1] == "trimmed":
    give_back_free_memory()
    print(resident())
    sys.exit()
if sys.argv[1] == "kept":
    print(resident())
    sys.exit()
del small
before = resident()
blocks = [block() for _ in range(64)]
del blocks[:-1]
print(resident() - before)
"""


def kept(word: str) -> int:
    """MB that stay after 64 MB were made and all but the last one given up."""
    return int(subprocess.run([sys.executable, "-c", PROGRAM, word], capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="the C library has no mallopt(3): it is not glibc")
def test_memory_of_large_blocks_goes_back_to_the_system() -> None:
    assert kept("unset") > 32
    assert kept("set") < 8
    assert kept("kept") - kept("trimmed") > 32
