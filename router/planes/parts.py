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

    def wrong(self, parts: Sequence[Part], text: bytes) -> tuple[str, ...]:
        """``text`` is to be these parts, one after the other; what is wrong with the first that is not."""
        at = 0
        for part in parts:
            end = at + len(part.text)
            said = self._of(part, text[at:end])
            if said:
                return said
            at = end
        return (f"not meant: {text[at : at + 200]!a}",) if len(text) > at else ()

    def _of(self, part: Part, text: bytes) -> tuple[str, ...]:
        key = id(part)
        found = self._now.get(key) or self._before.get(key)
        if found is None or found[1] != text:
            self.read += 1
            try:
                said = tuple(self._wrong(text.decode(), part.meant))
            except ValueError as unreadable:
                said = (f"the rendered text can not be read back: {unreadable}",)
            if said:
                return said
            found = (part, part.text if part.text == text else text)  # holds the part, so that no id is used again
        self._now[key] = found
        return ()

    @property
    def size(self) -> int:
        return len(self._now) + len(self._before)


def cut(text: bytes, parts: Sequence[Part], mark: bytes) -> tuple[bytes, bytes]:
    """(``text`` with ``mark`` in the place of the parts, the parts): they stand together, the first where its text is found.

    Without parts, or if the first is nowhere: (the text as it is, nothing).
    """
    at = text.find(parts[0].text) if parts else -1
    if at < 0:
        return text, b""
    end = at + sum(len(part.text) for part in parts)
    return text[:at] + mark + text[end:], text[at:end]
