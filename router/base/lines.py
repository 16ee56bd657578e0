"""Some short texts as one: each by itself takes 50 bytes and more besides its characters."""

from collections.abc import Iterable, Iterator

from router.base.frozen import Frozen


class Lines(Frozen):
    """Texts in order, none of them empty or with the end of a line in it; iterate over it. ``packed`` makes it."""

    text: str = ""

    def __iter__(self) -> Iterator[str]:
        return iter(self.text.split("\n") if self.text else ())

    def __len__(self) -> int:
        return self.text.count("\n") + bool(self.text)


def packed(texts: Iterable[str]) -> Lines:
    """ValueError for a text that can not be in it."""
    kept = tuple(texts)
    if any(not text or "\n" in text for text in kept):
        raise ValueError("a text is empty or holds the end of a line")
    return Lines(text="\n".join(kept))
