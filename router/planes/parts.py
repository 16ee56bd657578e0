"""Texts made of parts, and read back part by part: a part that was read and found to say what was meant is not read again.

Reading stays as strict as reading the whole: the finished text is cut where the parts should end, every byte of every piece is
compared with the bytes that were judged, and what is left over is a difference.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from router.base.frozen import Frozen

M = TypeVar("M")


class Part(Frozen):
    """Some whole lines of a file, and what they are to mean."""

    text: bytes
    meant: Any


def joined(*parts: Part) -> bytes:
    return b"".join([part.text for part in parts])


class Judge(Generic[M]):
    """Remembers what was read. ``wrong(text, meant)``: sentences, none if this text says exactly that, wherever it stands."""

    def __init__(self, wrong: Callable[[str, M], Iterable[str]]) -> None:
        self._wrong = wrong
        self._before: dict[int, tuple[Part, bytes]] = {}
        self._now: dict[int, tuple[Part, bytes]] = {}
        self.read = 0
        """How many texts were read rather than found, over all time."""

    def turn(self) -> None:
        """A reading begins: what the one before did not ask about is forgotten."""
        self._before, self._now = self._now, {}

    def wrong(self, parts: Sequence[Part], text: bytes, start: int = 0, stop: int | None = None) -> tuple[str, ...]:
        """``text[start:stop]`` is to be these parts, one after the other; what is wrong with the first that is not."""
        at, stop = start, len(text) if stop is None else stop
        for part in parts:
            end = at + len(part.text)
            said = self._of(part, text, at, min(end, stop))
            if said:
                return said
            at = end
        return (f"not meant: {text[at : at + 200]!a}",) if stop > at else ()

    def _of(self, part: Part, text: bytes, at: int, end: int) -> tuple[str, ...]:
        """Compared where it stands: a copy of each piece would be a copy of the whole text."""
        key = id(part)
        found = self._now.get(key) or self._before.get(key)
        if found is None or len(found[1]) != end - at or not text.startswith(found[1], at, end):
            self.read += 1
            piece = text[at:end]
            try:
                said = tuple(self._wrong(piece.decode(), part.meant))
            except ValueError as unreadable:
                said = (f"the rendered text can not be read back: {unreadable}",)
            if said:
                return said
            found = (part, part.text if part.text == piece else piece)  # holds the part, so that no id is used again
        self._now[key] = found
        return ()

    @property
    def size(self) -> int:
        return len(self._now) + len(self._before)


def place(text: bytes, parts: Sequence[Part]) -> tuple[int, int]:
    """(start, stop) of the parts in ``text``: they stand together, the first where its text is found. Nowhere: the end, twice."""
    first = next((part.text for part in parts if part.text), b"")
    start = text.find(first) if first else -1
    return (start, start + sum([len(part.text) for part in parts])) if start >= 0 else (len(text), len(text))


def around(text: bytes, place: tuple[int, int], mark: bytes) -> bytes:
    """``text`` with ``mark`` in that place, if it is one."""
    start, stop = place
    return text[:start] + mark + text[stop:] if start < stop else text
