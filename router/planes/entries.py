"""Entries of maps: keys and values, of which there are tens of thousands."""

from collections.abc import Iterable, Iterator

from router.base.frozen import Frozen
from router.planes.text import Token, UnsafeText


class Entry(Frozen):
    """One line of a map."""

    key: Token
    value: Token


class Entries(Frozen):
    """Some entries, in order, as one text: as small values they would take three times the memory. ``lines``: keys and values by
    turns, a line each; no encoder lets the end of a line through, and no key is empty."""

    lines: str

    def __iter__(self) -> Iterator[Entry]:
        lines = iter(self.lines.split("\n") if self.lines else ())
        return (Entry(key=Token(key), value=Token(value)) for key, value in zip(lines, lines, strict=True))


def packed(entries: Iterable[Entry]) -> Entries:
    words = [word for entry in entries for word in (entry.key, entry.value)]
    if any("\n" in word for word in words):
        raise UnsafeText("an entry of a map holds the end of a line")
    return Entries(lines="\n".join(words))
