"""The door: one object, as a manifest or the API server wrote it, becomes a fact, or a DecodeError that names the field.

Strict on the fields we read (a wrong type is an error, as it is for the API server), blind to all others. Never raises
anything but DecodeError, whatever the bytes or values are. No message quotes a value: the object may be a Secret.
"""

import base64
import binascii
import datetime
import functools
import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from router.base.findings import ObjectRef
from router.base.frozen import PrivateBytes
from router.base.parse import is_dns_label, is_dns_subdomain
from router.facts.core import Node, Secret, Service
from router.facts.discovery import EndpointSlice, WrittenSlice
from router.facts.meta import Fact, Meta
from router.facts.networking import Ingress, IngressClass
from router.facts.pods import PriorityClass
from router.facts.trimmed import TRIMMED, trimmed_ingress, trimmed_meta, trimmed_service, trimmed_slice

Steps = tuple[str | int, ...]
"""A path into an object: ``("spec", "rules", 0, "host")``."""

CLUSTER_SCOPED: frozenset[type[Fact]] = frozenset({Node, IngressClass, PriorityClass})
DEFAULT_NAMESPACE = "default"
ANNOTATIONS_LIMIT = 256 * 1024
"""Bytes of all annotations of an object (apimachinery, ValidateAnnotationsSize)."""

F = TypeVar("F", bound=Fact)

_STEP = re.compile(r"\.([A-Za-z0-9]+)|\[([0-9]+)\]", re.ASCII)
_PLAIN_STEP = re.compile(r"[A-Za-z0-9_]+", re.ASCII)
_WRONG_TYPE = re.compile(r"Expected `([a-z]+)[a-z| ]*`, got `([a-z]+)`.*", re.DOTALL)
_OUT_OF_RANGE = re.compile(r"Expected `int` (<=|>=) ([0-9]+).*", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `([A-Za-z]+)`.*", re.DOTALL)
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_WORDS = {
    "str": "text", "int": "a whole number", "float": "a number with a fraction", "bool": "a boolean", "null": "empty",
    "object": "a mapping", "array": "a list",
}  # fmt: skip
_UNQUOTED = {"bool", "int", "float", "date", "datetime", "time"}
_TEXT_MAPS = {("metadata", "labels"), ("metadata", "annotations")}


class DecodeError(Exception):
    """What is wrong with one field. ``message`` is a clause that follows the field's name, ``fix`` says what to write."""

    def __init__(self, steps: Steps, message: str, fix: str = "") -> None:
        super().__init__(f"{path_text(steps)}: {message}" if steps else message)
        self.steps, self.message, self.fix = steps, message, fix or "write it as the API of this kind describes it"

    @property
    def path(self) -> str:
        """As findings name a field: ``spec.rules[0].host``; for an annotation its key."""
        return path_text(self.steps)


def path_text(steps: Steps) -> str:
    if steps[:2] == ("metadata", "annotations") and len(steps) == 3:
        return str(steps[2])
    words = (f".{s}" if isinstance(s, str) and _PLAIN_STEP.fullmatch(s) else f"[{s}]" for s in steps)
    return "".join(words).removeprefix(".")


class _SecretWire(Fact):
    """A Secret as it is written; v1.Secret ``stringData`` is merged over ``data``, as the API server does."""

    type: str = "Opaque"
    data: Mapping[str, str] = {}
    string_data: Mapping[str, str] = {}


_WIRES: Mapping[type[Any], type[Any]] = {Secret: _SecretWire, EndpointSlice: WrittenSlice}
"""Kinds that are written in another form than the one that is kept."""


def decode(document: object, kind: type[F]) -> F:
    """The fact in an object made of dicts, lists, texts, numbers, booleans and None. Raises DecodeError.

    A field that is null counts as absent. Objects without a namespace are in ``default``. In one pass for objects that are right.
    """
    try:
        return _finished(msgspec.convert(document, _wire(kind)), kind)
    except (msgspec.ValidationError, RecursionError):
        return _pruned(document, kind)


def _pruned(document: object, kind: type[F]) -> F:
    try:
        pruned = _without_nulls(document)
        return _finished(msgspec.convert(pruned, _wire(kind)), kind)
    except msgspec.ValidationError as wrong:
        raise _explained(str(wrong), pruned) from None
    except RecursionError:
        raise DecodeError((), "is nested too deep") from None


def decode_json(raw: bytes | msgspec.Raw, kind: type[F]) -> F:
    """The same for the JSON text of one object, in one pass for objects that are right. Raises DecodeError."""
    try:
        return _finished(_decoder(kind).decode(raw), kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return decode(_parsed(raw), kind)


def reference(document: object, kind: type[Fact]) -> ObjectRef | None:
    """Which object it is, as far as can be told when it could not be decoded; None without a proper name."""
    metadata = document.get("metadata") if isinstance(document, Mapping) else None
    if not isinstance(metadata, Mapping):
        return None
    name, namespace = metadata.get("name"), metadata.get("namespace")
    try:
        meta = Meta(name=name if isinstance(name, str) else "", namespace=namespace if isinstance(namespace, str) else "")
        return ObjectRef(kind=kind.__name__, namespace=_namespace(meta, kind), name=_name(meta))
    except DecodeError:
        return None


def _parsed(raw: bytes | msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as wrong:
        raise DecodeError((), f"is not JSON: {wrong}") from None


def _wire(kind: type[F]) -> type[Any]:
    return _WIRES.get(kind, kind)


@functools.cache
def _decoder(kind: type[F]) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(_wire(kind))


def _without_nulls(value: object, steps: Steps = ()) -> Any:
    """A copy without fields that are null. A label or annotation that is null is an empty text, as in the API server."""
    if isinstance(value, Mapping):
        if steps in _TEXT_MAPS:
            return {k: "" if v is None else v for k, v in value.items()}
        deeper = len(steps) < 2
        return {k: _without_nulls(v, (*steps, k) if deeper else steps) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_without_nulls(v, (*steps, 0)) for v in value]
    return value


def _finished(wire: Fact, kind: type[F]) -> F:
    """The checks and normal forms that types can not say."""
    meta = wire.metadata
    _name(meta)
    _size(meta)
    namespace, created = _namespace(meta, kind), _timestamp(meta.creation_timestamp)
    if (namespace, created) != (meta.namespace, meta.creation_timestamp):
        meta = msgspec.structs.replace(meta, namespace=namespace, creation_timestamp=created)
    if kind in TRIMMED:
        made: Fact = _trimmed(wire, trimmed_meta(meta))
    else:
        made = wire if meta is wire.metadata else msgspec.structs.replace(wire, metadata=meta)
    assert isinstance(made, kind)
    return made


def _trimmed(wire: Fact, meta: Meta) -> Fact:
    match wire:
        case WrittenSlice():
            return trimmed_slice(wire, meta)
        case Service():
            return trimmed_service(wire, meta)
        case Ingress():
            return trimmed_ingress(wire, meta)
        case _SecretWire():
            return Secret(metadata=meta, type=wire.type, data=_secret_data(wire))
    raise TypeError(f"{type(wire).__name__} is not trimmed")


def _name(meta: Meta) -> str:
    if not meta.name:
        raise DecodeError(("metadata", "name"), "is missing", "give the object a name")
    if not is_dns_subdomain(meta.name):
        raise DecodeError(("metadata", "name"), "is not a DNS name", "use lower-case letters, digits, - and .")
    return meta.name


def _size(meta: Meta) -> None:
    if sum(len(key) + len(value) for key, value in meta.annotations.items()) > ANNOTATIONS_LIMIT:
        message = f"are larger than {ANNOTATIONS_LIMIT} bytes together, which no API server accepts"
        raise DecodeError(("metadata", "annotations"), message, "shorten them")


def _namespace(meta: Meta, kind: type[Fact]) -> str:
    if kind in CLUSTER_SCOPED:
        return ""
    if meta.namespace and not is_dns_label(meta.namespace):
        raise DecodeError(("metadata", "namespace"), "is not a DNS label", "use lower-case letters, digits and -")
    return meta.namespace or DEFAULT_NAMESPACE


def _timestamp(text: str) -> str:
    """RFC 3339 in UTC and whole seconds, so that it sorts as text."""
    if not text:
        return ""
    try:
        if not _TIMESTAMP.fullmatch(text):
            raise ValueError
        moment = datetime.datetime.fromisoformat(text.upper()).astimezone(datetime.UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
    except (ValueError, OverflowError):
        steps = ("metadata", "creationTimestamp")
        raise DecodeError(steps, "is not an RFC 3339 time", "write 2026-01-31T12:00:00Z, or leave it out") from None


def _secret_data(wire: _SecretWire) -> dict[str, PrivateBytes]:
    data = {key: PrivateBytes(_base64(key, text)) for key, text in wire.data.items()}
    for key, text in wire.string_data.items():
        try:
            data[key] = PrivateBytes(text.encode())
        except UnicodeEncodeError:
            raise DecodeError(("stringData", key), "has characters that UTF-8 has no bytes for") from None
    return data


def _base64(key: str, text: str) -> bytes:
    """RFC 4648 with padding; line breaks are allowed, as the API server allows them."""
    try:
        return base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True)
    except (binascii.Error, ValueError):
        raise DecodeError(("data", key), "is not base64", "encode it, or put plain text under stringData") from None


def _explained(sentence: str, document: object) -> DecodeError:
    """msgspec's complaint in our words: ``Expected `str`, got `int` - at `$.spec.rules[0].host` ``."""
    _, _, where = sentence.rpartition("`$")
    steps = tuple(key or int(index) for key, index in _STEP.findall(where)) if "`$" in sentence else ()
    if where.rstrip("`").endswith("[...]"):
        steps = (*steps, _not_text(document, steps))
    if found := _WRONG_TYPE.fullmatch(sentence):
        return _wrong_type(steps, *found.groups())
    if found := _OUT_OF_RANGE.fullmatch(sentence):
        return DecodeError(steps, f"is out of range: {'at most' if found[1] == '<=' else 'at least'} {found[2]}")
    if found := _MISSING.fullmatch(sentence):
        return DecodeError(steps, f"lacks the field {found[1]}")
    return DecodeError(steps, "has a value that is not allowed")


def _wrong_type(steps: Steps, wanted: str, got: str) -> DecodeError:
    message = f"is {_WORDS.get(got, got)}, but must be {_WORDS.get(wanted, wanted)}"
    if wanted == "str" and got in _UNQUOTED:
        return DecodeError(steps, message, "put the value in quotes")
    if wanted in ("bool", "int") and got == "str":
        return DecodeError(steps, message, "write the value without quotes")
    return DecodeError(steps, message)


def _not_text(document: object, steps: Steps) -> str:
    """The key that msgspec does not name: the first in the mapping whose value is not text."""
    for step in steps:
        document = document[step]  # type: ignore[index]
    assert isinstance(document, Mapping)
    return next((str(key) for key, value in document.items() if not isinstance(value, str)), "?")
