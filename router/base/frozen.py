"""The one base class of our values."""

import msgspec


class Frozen(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An immutable value, compared by content. ``gc=False``: our values never form cycles."""


class PrivateBytes:
    """Bytes whose printed form is always ``[private]``: a key can not leak through a log, a repr or a golden file.

    Compared and hashed by content. ``reveal()`` is the only way to the bytes; grep for it to see who looks.
    """

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        return self._value

    def __repr__(self) -> str:
        return "[private]"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "[private]"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PrivateBytes) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("private bytes are not pickled or copied")
