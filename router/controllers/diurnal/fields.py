"""Reading a mapping that a user wrote: each field once, by its path, with a finding for each that is wrong. Nothing raises."""

import difflib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from router.base import parse
from router.base.findings import Finding, ObjectRef, error, printable, warning
from router.base.parse import Bad

T = TypeVar("T")
QUOTES = "put it in quotes"


def ended(sentence: str) -> str:
    return sentence if sentence.endswith(("?", ".")) else f"{sentence}."


class Fields:
    """One mapping of the spec. ``complain`` and the readers add to ``findings``, which all parts of a spec share."""

    def __init__(self, value: object, path: str, ref: ObjectRef, findings: list[Finding]) -> None:
        self.path, self.ref, self.findings = path, ref, findings
        self._seen: set[str] = set()
        """names that somebody asked for, there or not"""
        self._value: Mapping[str, Any] = {}
        if isinstance(value, Mapping):
            self._value = {str(k): v for k, v in value.items() if v is not None}
        elif value is not None:
            self.complain("", "BadValue", "must be a mapping")

    def __contains__(self, name: str) -> bool:
        if name not in self._value:
            self._seen.add(name)
            return False
        return True

    def names(self) -> set[str]:
        return set(self._value)

    def field(self, name: str) -> str:
        return f"{self.path}.{name}" if name else self.path

    def complain(self, name: str, reason: str, why: str, fix: str = "") -> None:
        self.findings.append(error(self.ref, self.field(name), reason, f"{self.field(name)} {ended(printable(why))}", fix))

    def raw(self, name: str) -> Any:
        self._seen.add(name)
        return self._value.get(name)

    def text(self, name: str, default: str = "") -> str:
        value = self.raw(name)
        if value is None:
            return default
        if isinstance(value, str) and value.isprintable():
            return value
        self.complain(name, "BadValue", "must be text", QUOTES)
        return default

    def read(self, name: str, reader: Callable[[str], T | Bad]) -> T | None:
        """A text through a reader; None if it is missing or wrong."""
        if name not in self:
            return None
        before = len(self.findings)
        text = self.text(name)
        if len(self.findings) > before:
            return None
        return self.checked(name, reader(text))

    def checked(self, name: str, value: T | Bad) -> T | None:
        if isinstance(value, Bad):
            self.complain(name, "BadValue", value.why)
            return None
        return value

    def number(self, name: str, low: int, high: int) -> int | None:
        value = self.raw(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.complain(name, "BadValue", f"must be a whole number from {low} to {high}")
            return None
        return value

    def boolean(self, name: str) -> bool:
        value = self.raw(name)
        if value is not None and not isinstance(value, bool):
            self.complain(name, "BadValue", "must be true or false", "write it without quotes")
        return value is True

    def choice(self, name: str, *words: str) -> str:
        """The first word is the default."""
        return self.read(name, parse.choice(*words)) or words[0]

    def seconds(self, name: str, default: int, low: int = 1, high: int = 86400) -> int:
        """From a duration such as 30m."""
        value = self.read(name, parse.duration_s)
        if value is None:
            return default
        if not low <= value <= high:
            self.complain(name, "BadValue", f"is not between {low} s and {high} s")
            return default
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, or one text with commas."""
        value = self.raw(name)
        if isinstance(value, str):
            return parse.items(value)
        if value is None:
            return ()
        if isinstance(value, list | tuple) and all(isinstance(item, str) and item.isprintable() for item in value):
            return tuple(value)
        self.complain(name, "BadValue", "must be a list of texts, or one text with commas", QUOTES)
        return ()

    def each(self, name: str, reader: Callable[[str], T | Bad]) -> tuple[T, ...]:
        found = (self.checked(name, reader(text)) for text in self.texts(name))
        return tuple(value for value in found if value is not None)

    def labels(self, name: str) -> tuple[tuple[str, str], ...]:
        value = self.raw(name)
        if value is None:
            return ()
        if not isinstance(value, Mapping) or not value or not all(isinstance(v, str) for v in value.values()):
            self.complain(name, "BadValue", "must be a mapping of labels, not empty, whose values are texts")
            return ()
        return tuple(sorted((str(k), v) for k, v in value.items()))

    def inside(self, name: str) -> "Fields":
        return Fields(self.raw(name), self.field(name), self.ref, self.findings)

    def items(self, name: str) -> Iterator["Fields"]:
        value = self.raw(name)
        if value is not None and not isinstance(value, list | tuple):
            self.complain(name, "BadValue", "must be a list")
            return
        for index, item in enumerate(value or ()):
            yield Fields(item if item is not None else {}, f"{self.field(name)}[{index}]", self.ref, self.findings)

    def finish(self) -> None:
        """A field that nobody read is a slip of the pen."""
        for name in self._value.keys() - self._seen:
            message = f"{printable(self.field(name))} is not a field of this kind; it is not used."
            near = difflib.get_close_matches(name[:100], sorted(self._seen - self._value.keys()), 1, 0.7)
            fix = f"did you mean {near[0]}?" if near else "remove it"
            self.findings.append(warning(self.ref, printable(self.field(name)), "UnknownField", message, fix))
