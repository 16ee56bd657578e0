"""Fields that nobody reads because of a slip of the pen: an API server refuses or drops them, a folder of manifests does not.

Kubernetes has many fields that we do not use, so an unknown one is only told if its name is nearly one of ours.
"""

import difflib
import functools
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from router.facts.decode import Steps, path_text

_NEAR = 0.8
_MOST = 20
"""Slips of one object that are told."""


def slips(document: object, kind: type) -> list[tuple[Steps, str, str]]:
    """(path, message, fix) of each field whose name is nearly that of a field we read, and that is read by nobody."""
    found = []
    for steps, wanted in _slips(document, kind, ()):
        found.append((steps, f"{path_text(steps)} has no effect: there is no field of this name", f"did you mean {wanted}?"))
        if len(found) >= _MOST:
            break
    return found


def _slips(value: object, kind: Any, steps: Steps) -> Iterator[tuple[Steps, str]]:
    if isinstance(value, Mapping) and (struct := _struct(kind)):
        known = _fields(struct)
        for key, inner in value.items():
            if key in known:
                yield from _slips(inner, known[key], (*steps, key))
            elif isinstance(key, str) and (near := _nearest(key[:100], known, value)):
                yield (*steps, key), near
    elif isinstance(value, list) and (item := _item(kind)):
        for index, inner in enumerate(value):
            yield from _slips(inner, item, (*steps, index))


def _nearest(key: str, known: Mapping[str, Any], there: Mapping[Any, Any]) -> str:
    """The field that was meant; not one that stands there too."""
    missing = {name.lower(): name for name in known if name not in there}
    near = difflib.get_close_matches(key.lower(), missing, n=1, cutoff=_NEAR)
    return missing[near[0]] if near else ""


@functools.cache
def _fields(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """Name as it is written -> type."""
    hints = typing.get_type_hints(struct)
    return {field.encode_name: hints[field.name] for field in msgspec.structs.fields(struct)}


@functools.cache
def _struct(kind: Any) -> type[msgspec.Struct] | None:
    """The struct in ``X`` or ``X | None``."""
    options = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    return next((o for o in options if isinstance(o, type) and issubclass(o, msgspec.Struct)), None)


@functools.cache
def _item(kind: Any) -> Any:
    """``X`` of ``tuple[X, ...]`` or ``tuple[X, ...] | None``."""
    options = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    return next((typing.get_args(o)[0] for o in options if typing.get_origin(o) is tuple), None)
