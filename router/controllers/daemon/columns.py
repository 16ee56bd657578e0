"""Text in columns, for people: tables, and lines of a name and a value."""

import math
from collections.abc import Iterable, Sequence

from router.base.findings import printable


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], indent: str = "") -> str:
    """Columns as wide as they must be; the last one is not padded. User's text is made printable."""
    lines = [list(heads), *([printable(cell, 1000) for cell in row] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads))]
    return "".join(f"{indent}{'   '.join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip()}\n" for line in lines)


def line(name: str, value: str, width: int = 16) -> str:
    """``Name:           edge``"""
    return f"{(name + ':').ljust(width)}{printable(value, 2000)}\n"


def pairs(labels: Iterable[tuple[str, str]]) -> str:
    """``app=edge,tier=x``; ``<none>`` for none, as kubectl says it."""
    return ",".join(f"{key}={value}" for key, value in sorted(labels)) or "<none>"


def age(since: str, seconds: float) -> str:
    """``12s``, ``5m``, ``3h``, ``2d``; ``<unknown>`` without a time."""
    if not since:
        return "<unknown>"
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{math.floor(seconds / size)}{unit}"
    return f"{max(0, math.floor(seconds))}s"
