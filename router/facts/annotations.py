"""Declared annotations: name, reader, sentence. One declaration reads the value, makes the finding and fills the reference.

An annotation has a native spelling (``tidegate.dev/body-size``) and may have Deis' (``router.deis.io/bodySize``). The native
one wins, with a warning if they differ.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from router.base.findings import Finding, ObjectRef, error, warning
from router.base.frozen import Frozen
from router.base.parse import Bad

NATIVE = "tidegate.dev/"
DEIS = "router.deis.io/"


class Field(Frozen):
    """One annotation of one kind of object.

    ``names``: full keys, the preferred first. ``parse``: text -> value or Bad. ``default``: shown in the reference only.
    ``security``: a value that is not understood must not open anything; the reader of the field decides how it closes.
    """

    names: tuple[str, ...]
    parse: Callable[[str], Any]
    help: str
    default: str = ""
    security: bool = False

    @property
    def name(self) -> str:
        return self.names[0]


class Broken(Frozen):
    """The value of a security field that was not understood: it must close, not open."""

    why: str


class Values(Frozen):
    """What an object's annotations say: value by the field's preferred name; a missing one was not set or not understood."""

    by_name: Mapping[str, Any]
    key_of: Mapping[str, str]
    """preferred name -> the spelling that was used, for findings"""

    def get(self, field: Field, default: Any) -> Any:
        """The parsed value, Broken (security fields only), or ``default``."""
        return self.by_name.get(field.name, default)

    def key(self, field: Field) -> str:
        return self.key_of.get(field.name, field.name)


def read(
    annotations: Mapping[str, str], fields: Sequence[Field], ref: ObjectRef, foreign: Iterable[Field] = ()
) -> tuple[Values, list[Finding]]:
    """Values and complaints. ``foreign``: fields that others read on the same kind of object; they are known, not read."""
    values: dict[str, Any] = {}
    keys: dict[str, str] = {}
    findings: list[Finding] = []
    for field in fields:
        present = [name for name in field.names if name in annotations]
        if not present:
            continue
        key = present[0]
        findings += _differing(annotations, present, ref)
        parsed = field.parse(annotations[key])
        keys[field.name] = key
        if isinstance(parsed, Bad):
            findings.append(_not_understood(field, key, parsed, ref))
            if field.security:
                values[field.name] = Broken(why=parsed.why)
        else:
            values[field.name] = parsed
    findings += unknown(annotations, [*fields, *foreign], ref)
    return Values(by_name=values, key_of=keys), findings


def annotation_field(key: str) -> str:
    """The API path of an annotation, as findings name it."""
    return f"metadata.annotations[{key}]"


def _differing(annotations: Mapping[str, str], present: Sequence[str], ref: ObjectRef) -> list[Finding]:
    first, *others = present
    return [
        warning(
            ref, annotation_field(other), "AnnotationsDiffer", f"{other} and {first} differ; {first} is used.", f"Remove {other}."
        )
        for other in others
        if annotations[other] != annotations[first]
    ]


def _not_understood(field: Field, key: str, bad: Bad, ref: ObjectRef) -> Finding:
    effect = "it is closed until this is mended" if field.security else "the default is used"
    return error(ref, annotation_field(key), "InvalidAnnotation", f"{key}: {bad.why}; {effect}.", field.help)


def unknown(annotations: Mapping[str, str], fields: Sequence[Field], ref: ObjectRef) -> list[Finding]:
    """A warning for each annotation under our prefixes that nobody reads, with the nearest name."""
    known = {name for field in fields for name in field.names}
    findings = []
    for key in sorted(annotations):
        if key.startswith((NATIVE, DEIS)) and key not in known:
            near = _nearest(key, known)
            fix = f"Did you mean {near}?" if near else "The annotations that are read stand in docs/reference/annotations.md."
            message = f"{key} has no effect: no {ref.kind} annotation has this name."
            findings.append(warning(ref, annotation_field(key), "UnknownAnnotation", message, fix))
    return findings


def _nearest(key: str, known: Iterable[str]) -> str:
    """Prefixes are not compared: they would make any two names alike. The spelling that the user prefers comes first."""
    by_name: dict[str, str] = {}
    prefix, _, name = key.partition("/")
    for other in sorted(known, key=lambda k: (not k.startswith(f"{prefix}/"), k)):
        by_name.setdefault(other.partition("/")[2], other)
    folded = {bare.lower(): full for bare, full in reversed(by_name.items())}
    near = difflib.get_close_matches(name.lower()[:100], folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else ""
