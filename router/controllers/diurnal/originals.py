"""What a target had before it was written. It stands on the target itself, in the annotation types.NOTE, and is written in the
same patch as the value, so it is never lost and never wrong: not by a restart, not by another object that takes the target over.

JSON: ``{"by": "web", "original": {"minReplicas": 2}, "wrote": {"minReplicas": 8}}``. A field that has not the value that was
written was changed by somebody else since: that is its new original.
"""

from collections.abc import Mapping

import msgspec

from router.base.frozen import Frozen
from router.controllers.diurnal.types import AUTOSCALER, DAEMON, KINDS, Target

Values = Mapping[str, int | str | None]
"""By the name of the field under spec."""


class Note(Frozen):
    by: str
    original: Mapping[str, int | str | None] = {}
    wrote: Mapping[str, int | str | None] = {}


def note_of(target: Target) -> Note | None:
    """None also if it can not be read: then what stands is the original."""
    try:
        return msgspec.json.decode(target.note, type=Note) if target.note else None
    except (msgspec.MsgspecError, UnicodeError):
        return None


def present(target: Target) -> Values:
    """The fields that may be written, as they are."""
    if target.kind == AUTOSCALER:
        return {"minReplicas": target.low, "maxReplicas": target.high}
    return {"nodes": target.nodes} if target.kind == DAEMON else {"replicas": target.replicas}


def original(target: Target) -> dict[str, int | str | None]:
    note, now = note_of(target), present(target)
    if note is None:
        return dict(now)
    return {field: note.original[field] if field in note.original and note.wrote.get(field) == value else value
            for field, value in now.items()}  # fmt: skip


def noted(by: str, target: Target, wrote: Values) -> str | None:
    """The annotation beside ``wrote``. Kinds of which only the scale is written have none."""
    if target.kind not in KINDS:
        return None
    return msgspec.json.encode(Note(by=by, original=original(target), wrote=dict(wrote)), order="sorted").decode()
