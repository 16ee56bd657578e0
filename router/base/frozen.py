"""The one base class of our values."""

from typing import dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class _FrozenMeta(msgspec.StructMeta):
    """Tells type checkers that subclasses of Frozen are frozen and keyword-only too (msgspec knows by itself)."""


class Frozen(msgspec.Struct, frozen=True, gc=False, kw_only=True, metaclass=_FrozenMeta):
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
