"""How long the pure part takes, and each plane's own test: ``python bench/build.py [INGRESSES]``.

Prints one row a step: seconds, and the ratio to translating. Machine and versions come first, so that a figure can be read later.
"""

import datetime
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from world import Size, write

from router.cli import inputs
from router.settings import DEFAULTS
from router.sources.directory import DirectorySource
from router.table import notation
from router.translate import translate

T = TypeVar("T")
NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)


def timed(name: str, work: Callable[[], T], unit: float | None = None) -> tuple[T, float]:
    start = time.perf_counter()
    value = work()
    seconds = time.perf_counter() - start
    ratio = f"{seconds / unit:6.2f} x" if unit else "   1.00 x"
    print(f"{name:32} {seconds:7.2f} s {ratio}", flush=True)
    return value, seconds


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(f"{platform.python_version()}, {os.cpu_count()} cores, {count} Ingresses, {count // 10} Services")
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        write(folder, Size.of(count, certificates=False))
        source = DirectorySource([str(folder)])
        snapshot = source.load()
        made, unit = timed("translate", lambda: translate(snapshot, DEFAULTS, NOW, None))
        timed("translate again, nothing changed", lambda: translate(snapshot, DEFAULTS, NOW, None), unit)
        timed("read the manifests", lambda: DirectorySource([str(folder)]).load(), unit)
        timed("written notation", lambda: notation.to_text(made.table), unit)
        table = inputs.with_default(made.table)
        for name in ("nginx", "haproxy"):
            driver, binary, there = inputs.find_plane(name, DEFAULTS)
            rendered, _ = timed(f"{name} render", lambda d=driver, b=binary: d.render(table, b), unit)
            timed(f"{name} read back", lambda d=driver, b=binary, r=rendered: d.read_back(r.bundle, table, b), unit)
            if there:
                timed(
                    f"{name} {binary.version_text} check",
                    lambda d=driver, b=binary, r=rendered: inputs.plane_check(d, b, r, table),
                    unit,
                )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main()
