"""A file's text as documents that know their places. One document that does not parse is a finding; the others stand."""

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
from yaml.nodes import Node

from router.base.findings import Finding, Location, Severity
from router.sources.directory import nodes
from router.sources.directory.nodes import DocumentError, Values

MAX_FILE = 32 * 1024 * 1024
"""Bytes of one file."""

_NOWHERE = (-1, -1)
_SEPARATOR = re.compile(r"^(?:---|\.\.\.)(?=[ \t\r\n]|\Z)", re.MULTILINE)
_NOTHING = re.compile(r"(?:[ \t]*(?:#[^\n]*|%[^\n]*)?\r?(?:\n|\Z))*", re.ASCII)
_BYTE = re.compile(r"(.*) \(byte ([0-9]{1,12})\)", re.ASCII | re.DOTALL)


@dataclass
class Document:
    """One document of a file: a mapping. ``lines``: how many lines of the file stand before ``text``; ``root``: None for JSON."""

    file: str
    value: dict[str, object]
    text: str
    lines: int = 0
    root: Node | None = None

    def location(self, steps: Sequence[str | int] = ()) -> Location:
        """Where the value at a path is, or the nearest value above it that is there. The first call for JSON is slow."""
        root = self.root or self._root_of_json
        if root is None:
            return Location(file=self.file)
        return _location(self.file, self.lines, nodes.position(nodes.find(root, steps)))

    def about(self, steps: Sequence[str | int] = ()) -> Location:
        """The same, but never slow: only the file, for an item of a JSON list."""
        return self.location(steps) if self.root else Location(file=self.file, line=0 if steps else 1)

    @functools.cached_property
    def _root_of_json(self) -> Node | None:
        """JSON's positions, by reading it as YAML. A tab in JSON is always white space."""
        try:
            return nodes.compose(self.text.replace("\t", " "))
        except DocumentError:
            return None


@dataclass(frozen=True, slots=True)
class Reading:
    """``broken``: some document did not parse, so nobody knows which objects it held."""

    documents: tuple[Document, ...]
    findings: tuple[Finding, ...]
    broken: bool


def read(file: str, data: bytes) -> Reading:
    """The documents of a file, YAML or JSON, by what stands in it. ``file`` is its name in findings."""
    if len(data) > MAX_FILE:
        return _broken(file, f"is larger than {MAX_FILE // 1024**2} MiB", "split it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        before = data[: wrong.start]
        place = (before.count(b"\n"), wrong.start - before.rfind(b"\n") - 1)
        return _broken(file, "is not UTF-8", "save it as UTF-8", place)
    if text.lstrip().startswith("{"):
        return _read_json(file, text)
    return _read_yaml(file, text)


def _read_json(file: str, text: str) -> Reading:
    """JSON is read as such, 28 times faster than as YAML; a flow mapping of YAML looks the same, so that is tried next."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as wrong:
        if not file.endswith(".json"):
            return _read_yaml(file, text)
        said = _BYTE.fullmatch(str(wrong))
        return _broken(file, f"is not JSON: {said[1] if said else wrong}", "", _place(text, int(said[2])) if said else _NOWHERE)
    return Reading((Document(file, value, text),), (), False)


def _read_yaml(file: str, text: str) -> Reading:
    documents: list[Document] = []
    findings: list[Finding] = []
    broken = False
    for chunk, lines in _chunks(text):
        try:
            if document := _document(file, chunk, lines, findings):
                documents.append(document)
        except DocumentError as wrong:
            broken = True
            findings.append(_not_parsed(_location(file, lines, wrong.position or (0, -1)), f"this document {wrong.message}"))
    return Reading(tuple(documents), tuple(findings), broken)


def _chunks(text: str) -> Iterator[tuple[str, int]]:
    """(text, lines before it) of each document, split at its markers, which stand at the start of a line or nowhere."""
    marks = [found.start() for found in _SEPARATOR.finditer(text)]
    lines = 0
    for start, end in zip([0, *marks], [*marks, len(text)], strict=True):
        chunk = text[start:end]
        if chunk.startswith("..."):
            chunk = "   " + chunk[3:]
        if not _NOTHING.fullmatch(chunk):
            yield chunk, lines
        lines += text.count("\n", start, end)


def _document(file: str, chunk: str, lines: int, findings: list[Finding]) -> Document | None:
    root = nodes.compose(chunk)
    if root is None:
        return None
    values = Values()
    value = values.of(root)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise DocumentError("is not a mapping with apiVersion and kind", nodes.position(root))
    findings += [_duplicate(file, lines, key, position) for key, position in values.duplicates]
    return Document(file, value, chunk, lines, root)


def _location(file: str, lines: int, position: nodes.Position) -> Location:
    return Location(file=file, line=lines + position[0] + 1, column=position[1] + 1)


def _place(text: str, byte: int) -> nodes.Position:
    before = text.encode()[:byte].decode("utf-8", "ignore")
    return (before.count("\n"), len(before) - before.rfind("\n") - 1)


def _broken(file: str, message: str, fix: str, position: nodes.Position = _NOWHERE) -> Reading:
    return Reading((), (_not_parsed(_location(file, 0, position), f"this file {message}", fix),), True)


def _not_parsed(location: Location, message: str, fix: str = "") -> Finding:
    fix = fix or "mend it at this place"
    return Finding(severity=Severity.ERROR, reason="NotParsed", message=message, fix=fix, location=location)


def _duplicate(file: str, lines: int, key: str, position: nodes.Position) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        reason="DuplicateKey",
        message=f"the key {key!r} stands twice in one mapping; the last one counts",
        fix="remove one of them",
        location=_location(file, lines, position),
    )
