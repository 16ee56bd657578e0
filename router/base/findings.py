"""Findings: users' mistakes as values. A finding names the object, the field, a reason word, a sentence and the fix."""

import enum

import msgspec

from router.base.frozen import Frozen


class Severity(enum.StrEnum):
    """``error``: something asked for is not served. ``warning``: served, but look."""

    ERROR = "error"
    WARNING = "warning"


class ObjectRef(Frozen, order=True, cache_hash=True):
    """Which object: ``Ingress shop/web``. ``namespace`` is empty for cluster-scoped kinds."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class Location(Frozen, order=True):
    """A place in a manifest; ``line`` and ``column`` count from 1, 0 means unknown."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])


class Finding(Frozen):
    """One complaint about one object.

    ``field`` is the API path (``spec.rules[0].host``) or the annotation's full key; ``reason`` is one CamelCase word of a
    closed set per producer (it becomes a metric label and an event reason); ``message`` and ``fix`` are sentences and may
    quote the user's text, so whoever prints them escapes control characters (``printable``).
    """

    severity: Severity
    reason: str
    message: str
    object: ObjectRef | None = None
    field: str = ""
    fix: str = ""
    location: Location | None = None

    def sort_key(self) -> tuple[str, ...]:
        return (str(self.object or ""), str(self.location or ""), self.field, self.reason, self.message)


def error(ref: ObjectRef | None, field: str, reason: str, message: str, fix: str = "") -> Finding:
    return Finding(severity=Severity.ERROR, object=ref, field=field, reason=reason, message=message, fix=fix)


def warning(ref: ObjectRef | None, field: str, reason: str, message: str, fix: str = "") -> Finding:
    return Finding(severity=Severity.WARNING, object=ref, field=field, reason=reason, message=message, fix=fix)


def located(finding: Finding, location: Location | None) -> Finding:
    """The finding with its place filled in, unless it has one."""
    if finding.location or not location:
        return finding
    return msgspec.structs.replace(finding, location=location)


def printable(text: str, limit: int = 300) -> str:
    """``text`` fit for a terminal, a log line or an event: control characters escaped, length limited."""
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in text[: limit + 1])
    return safe if len(text) <= limit else safe[:limit] + "..."
