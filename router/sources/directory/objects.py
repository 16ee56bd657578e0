"""What one file holds: facts with their places, and findings about the rest."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from router.base.faults import Fault, Step, caught
from router.base.findings import Finding, Location, ObjectRef, Severity, printable
from router.base.frozen import Frozen
from router.facts.decode import DecodeError, Steps, decode, path_text, reference
from router.facts.meta import Fact
from router.facts.unknown import slips
from router.sources.directory import documents, kinds
from router.sources.directory.documents import Document

_LIST_DEPTH = 5
_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]{1,9})\]", re.ASCII)
Place = Callable[[str], Location]
"""Where a field of an object stands, such as ``spec.rules[0].host``."""
Others = Callable[[Mapping[str, Any], Place], Sequence[Finding]]
"""What somebody says about an object of whatever kind; what it says gets its place here."""


def nothing(_: Mapping[str, Any], __: Place) -> Sequence[Finding]:
    return ()


class Placed(Frozen):
    fact: Fact
    location: Location


class Content(Frozen):
    """``broken``: a document did not parse, so the file may hold more objects than these. ``faults``: objects that could not be
    read because of a bug of ours."""

    objects: tuple[Placed, ...] = ()
    findings: tuple[Finding, ...] = ()
    faults: tuple[Fault, ...] = ()
    broken: bool = False


def read(file: str, data: bytes, others: Others = nothing) -> Content:
    """The objects in a file's bytes. ``file`` is its name in findings. Never raises."""
    reading = documents.read(file, data)
    found = [made for document in reading.documents for made in _guarded(document, others)]
    objects = tuple(made for made in found if isinstance(made, Placed))
    complaints = [made for made in found if isinstance(made, Finding)]
    faults = tuple(made for made in found if isinstance(made, Fault))
    return Content(objects=objects, findings=(*reading.findings, *complaints), faults=faults, broken=reading.broken)


def _guarded(document: Document, others: Others) -> Iterator[Placed | Finding | Fault]:
    """The objects of a document, as far as one comes."""
    try:
        yield from _objects(document, others)
    except Exception as wrong:
        yield caught(wrong, Step.DECODE, None, f"objects of {printable(document.file)} are left out")


def _objects(document: Document, others: Others) -> Iterator[Placed | Finding | Fault]:
    for steps, value in _flat(document.value):
        if not isinstance(value, dict):
            yield _unused(document, steps, DecodeError((), "is not a mapping"))
            continue
        version, kind = value.get("apiVersion"), value.get("kind")
        if known := kinds.known(version, kind):
            yield _object(document, steps, value, known)
            yield from _slips(document, steps, value, known)
        elif slip := kinds.near_miss(version, kind):
            yield Finding(
                severity=Severity.WARNING,
                reason="NotRead",
                message=slip,
                field="apiVersion",
                fix="write it so, or remove the object if it is meant for somebody else",
                location=document.location(steps),
            )
        place = partial(_place, document, steps)
        for finding in others(value, place):
            yield msgspec.structs.replace(finding, location=place(finding.field))


def _place(document: Document, steps: Steps, field: str) -> Location:
    return document.location((*steps, *_steps(field)))


def _steps(field: str) -> Steps:
    """``spec.rules[0].host`` taken apart; with a key that has dots of its own it leads nowhere, to the nearest value above."""
    return tuple(int(found[2]) if found[2] else found[1] for found in _STEP.finditer(field))


def _flat(value: dict[str, object], steps: Steps = ()) -> Iterator[tuple[Steps, object]]:
    """(path, object) of a document, and of the items of a ``List``. Items of a ``ServiceList`` inherit kind and version."""
    kind, items = value.get("kind"), value.get("items")
    if not isinstance(kind, str) or not kind.endswith("List") or not isinstance(items, list) or len(steps) >= 2 * _LIST_DEPTH:
        yield steps, value
        return
    inherited = {} if kind == "List" else {"apiVersion": value.get("apiVersion"), "kind": kind.removesuffix("List")}
    for index, item in enumerate(items):
        path = (*steps, "items", index)
        if isinstance(item, dict):
            yield from _flat(inherited | item, path)
        else:
            yield path, item


def _object(document: Document, steps: Steps, value: dict[str, object], kind: type[Fact]) -> Placed | Finding | Fault:
    try:
        return Placed(fact=decode(value, kind), location=document.about(steps))
    except DecodeError as wrong:
        return _unused(document, steps, wrong, reference(value, kind))
    except Exception as wrong:
        return caught(wrong, Step.DECODE, reference(value, kind), "its last good version is used, if there was one")


def _slips(document: Document, steps: Steps, value: dict[str, object], kind: type[Fact]) -> Iterator[Finding]:
    """Fields that have no effect, though they were meant to."""
    for inner, message, fix in slips(value, kind):
        yield Finding(
            severity=Severity.WARNING,
            reason="UnknownField",
            message=message,
            object=reference(value, kind),
            field=path_text(inner),
            fix=fix,
            location=document.location((*steps, *inner)),
        )


def _unused(document: Document, steps: Steps, wrong: DecodeError, ref: ObjectRef | None = None) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        reason="NotDecoded",
        message=f"{wrong.path or path_text(steps) or 'the object'} {wrong.message}; the object is not used",
        object=ref,
        field=wrong.path,
        fix=wrong.fix,
        location=document.location((*steps, *wrong.steps)),
    )
