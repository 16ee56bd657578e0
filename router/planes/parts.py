"""Texts made of parts, and read back part by part: a part that was read and found to say what was meant is not read again.

Reading stays as strict as reading the whole: the finished text is cut where the parts should end, every byte of every piece is
compared with the bytes that were judged, and what is left over is a difference.
"""

import hashlib
import io
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from router.base.frozen import Frozen
from router.planes.bundle import File, generation_of

M = TypeVar("M")
UNKNOWN_GENERATION = "0" * 12
"""Stands for the generation in the text that it is the digest of."""
LONG = 4096
"""Bytes of a text that is kept compressed: sections and upstreams say the same words again and again, and shrink to a tenth and
less. A megabyte of them comes back in a millisecond."""
_FAST = 1


class Part(Frozen):
    """Some whole lines of a file, and what they are to mean. ``of`` makes it. ``length``: bytes of the text."""

    kept: bytes
    length: int
    meant: Any

    @staticmethod
    def of(text: bytes, meant: Any) -> "Part":
        return Part(kept=zlib.compress(text, _FAST) if len(text) >= LONG else text, length=len(text), meant=meant)

    @property
    def text(self) -> bytes:
        return zlib.decompress(self.kept) if self.length >= LONG else self.kept


def joined(*parts: Part) -> bytes:
    return b"".join([part.text for part in parts])


def main_file(path: str, around: tuple[str, str], parts: Iterable[Part], mark: str, lines: Iterable[str]) -> tuple[str, File]:
    """(the generation of a bundle, its main file). ``around``: what stands before the parts and after them; ``mark`` stands for
    the generation in it. ``lines``: of all other files (``lines_of``). The text is tens of megabytes long, and there is never
    more than one of it."""

    def ends(generation: str) -> list[bytes]:
        return [text.replace(mark, generation).encode() for text in around]

    (begin, end), out = ends(UNKNOWN_GENERATION), io.BytesIO()
    out.write(begin)
    for part in parts:
        out.write(part.text)
    last = out.tell()
    out.write(end)
    with out.getbuffer() as text:
        generation = generation_of(lines, path, hashlib.sha256(text).hexdigest())
    begin, end = ends(generation)  # as long as they were
    out.seek(0)
    out.write(begin)
    out.seek(last)
    out.write(end)
    return generation, File(path=path, content=out.getvalue())


class Judge(Generic[M]):
    """Remembers what was read. ``wrong(text, meant)``: sentences, none if this text says exactly that, wherever it stands."""

    def __init__(self, wrong: Callable[[str, M], Iterable[str]]) -> None:
        self._wrong = wrong
        self._before: dict[int, Part] = {}
        self._now: dict[int, Part] = {}
        self.read = 0
        """How many texts were read rather than found, over all time."""

    def turn(self) -> None:
        """A reading begins: what the one before did not ask about is forgotten."""
        self._before, self._now = self._now, {}

    def wrong(self, parts: Sequence[Part], text: bytes, start: int = 0, stop: int | None = None) -> tuple[str, ...]:
        """``text[start:stop]`` is to be these parts, one after the other; what is wrong with the first that is not."""
        at, stop = start, len(text) if stop is None else stop
        for part in parts:
            end = at + part.length
            said = self._of(part, text, at, min(end, stop))
            if said:
                return said
            at = end
        return (f"not meant: {text[at : at + 200]!a}",) if stop > at else ()

    def _of(self, part: Part, text: bytes, at: int, end: int) -> tuple[str, ...]:
        """Only a text that is the part's own is remembered: then it is there already. The part is held, so that no id is used
        again."""
        key, own = id(part), part.length == end - at and text.startswith(part.text, at, end)
        if not own or (key not in self._now and key not in self._before):
            self.read += 1
            try:
                said = tuple(self._wrong(text[at:end].decode(), part.meant))
            except ValueError as unreadable:
                said = (f"the rendered text can not be read back: {unreadable}",)
            if said or not own:
                return said
        self._now[key] = part
        return ()

    @property
    def size(self) -> int:
        return len(self._now) + len(self._before)


def place(text: bytes, parts: Sequence[Part]) -> tuple[int, int]:
    """(start, stop) of the parts in ``text``: they stand together, the first where its text is found. Nowhere: the end, twice."""
    first = next((part.text for part in parts if part.length), b"")
    start = text.find(first) if first else -1
    return (start, start + sum([part.length for part in parts])) if start >= 0 else (len(text), len(text))


def around(text: bytes, place: tuple[int, int], mark: bytes) -> bytes:
    """``text`` with ``mark`` in that place, if it is one."""
    start, stop = place
    return text[:start] + mark + text[stop:] if start < stop else text
