"""One YAML document as nodes with positions, and nodes as plain values.

Composed by libyaml (10 times faster than PyYAML's own scanner), bounded in depth and number before memory or the C stack
give out. Scalars mean what they mean to kubectl: ``on`` and ``yes`` are booleans, a bare date is text.
"""

import re
import sys
from collections.abc import Iterator, Sequence

import yaml
from yaml._yaml import CParser
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

MAX_DEPTH = 100
MAX_VALUES = 1_000_000
"""Nodes in a document, counting what aliases repeat: a few lines of aliases to aliases can mean billions."""

Position = tuple[int, int]
"""(line, column), both from 0"""

_PREFIX = "tag:yaml.org,2002:"
_PLAIN, _QUOTED = "plain", "quoted"
_MAP, _SEQ = f"{_PREFIX}map", f"{_PREFIX}seq"
_MERGE = "<<"
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})
_FALSE = frozenset({"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9_]{0,40})", re.ASCII)
_BASED = re.compile(r"([-+]?)0(?:x([0-9a-fA-F_]{1,40})|b([01_]{1,80})|o?([0-7_]{1,40}))", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", re.ASCII)
_NUMERIC = frozenset("0123456789+-.")


class DocumentError(Exception):
    """Why a text is no YAML document we take, and where; ``position`` None if the parser could not say."""

    def __init__(self, message: str, position: Position | None = None) -> None:
        super().__init__(message)
        self.message, self.position = message, position


class _Composer(CParser):
    """libyaml's composer with two uses of its hooks: it counts, and it leaves the meaning of scalars to ``Values``."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = self._nodes = 0

    def descend_resolver(self, parent: Node | None, index: object) -> None:
        self._depth += 1
        self._nodes += 1
        if self._depth > MAX_DEPTH or self._nodes > MAX_VALUES:
            position = (parent.start_mark.line, parent.start_mark.column) if parent else None
            raise DocumentError("is nested too deep" if self._depth > MAX_DEPTH else "has too many values", position)

    def ascend_resolver(self) -> None:
        self._depth -= 1

    def resolve(self, kind: type[Node], value: str | None, implicit: Sequence[bool] | bool) -> str:
        if kind is ScalarNode:
            return _PLAIN if isinstance(implicit, tuple) and implicit[0] else _QUOTED
        return _MAP if kind is MappingNode else _SEQ


def compose(text: str) -> Node | None:
    """The root node of the one document in ``text``; None if there is none. Raises DocumentError."""
    try:
        composer = _Composer(text)
        try:
            return composer.get_single_node()
        finally:
            composer.dispose()
    except yaml.MarkedYAMLError as wrong:
        unclosed = "end of stream" in (wrong.problem or "")
        mark = (unclosed and wrong.context_mark) or wrong.problem_mark or wrong.context_mark
        said = "is not YAML: " + ", ".join(part for part in (wrong.context, wrong.problem) if part)
        if "maximum nesting depth" in said:  # libyaml 0.2.6 has a limit of its own, above ours
            said = "is nested too deep"
        raise DocumentError(said, (mark.line, mark.column) if mark else None) from None
    except (yaml.YAMLError, UnicodeError, RecursionError) as wrong:
        reason = getattr(wrong, "reason", None)
        raise DocumentError(f"is not YAML: {reason}" if isinstance(reason, str) else "is not YAML") from None


class Values:
    """Plain values of a document's nodes. ``duplicates``: (key, position) of keys that a mapping has twice; the last counts."""

    def __init__(self) -> None:
        self.duplicates: list[tuple[str, Position]] = []
        self._left = MAX_VALUES

    def of(self, node: Node, depth: int = 0) -> object:
        self._left -= 1
        if depth > MAX_DEPTH or self._left < 0:
            why = "is nested too deep" if depth > MAX_DEPTH else "has aliases that repeat too much"
            raise DocumentError(why, position(node))
        if isinstance(node, ScalarNode):
            return _scalar(node)
        if isinstance(node, SequenceNode):
            _expect(node, "seq")
            return [self.of(item, depth + 1) for item in node.value]
        _expect(node, "map")
        return self._mapping(node, depth)

    def _mapping(self, node: Node, depth: int) -> dict[str, object]:
        own: dict[str, object] = {}
        merged: dict[str, object] = {}
        for key_node, value_node in node.value:
            if _is_merge(key_node):
                merged = self._merged(value_node, depth) | merged
                continue
            key = _key(key_node)
            if key in own:
                self.duplicates.append((key, position(key_node)))
            if type(value_node) is ScalarNode and self._left > 0:  # most values: not worth a call of their own
                self._left -= 1
                own[key] = _scalar(value_node)
            else:
                own[key] = self.of(value_node, depth + 1)
        return merged | own if merged else own

    def _merged(self, node: Node, depth: int) -> dict[str, object]:
        """``<<: *base`` or ``<<: [*a, *b]``: earlier ones win (yaml.org/type/merge.html)."""
        found: dict[str, object] = {}
        for base in node.value if isinstance(node, SequenceNode) else [node]:
            if not isinstance(base, MappingNode):
                raise DocumentError("merges something that is not a mapping", position(base))
            found = self._mapping_of(base, depth) | found
        return found

    def _mapping_of(self, node: Node, depth: int) -> dict[str, object]:
        value = self.of(node, depth + 1)
        assert isinstance(value, dict)
        return value


def position(node: Node) -> Position:
    return (node.start_mark.line, node.start_mark.column)


def find(node: Node, steps: Sequence[str | int]) -> Node:
    """The node at a path, or the nearest one above it that exists."""
    for step in steps:
        child = _child(node, step)
        if child is None:
            return node
        node = child
    return node


def _child(node: Node, step: str | int) -> Node | None:
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        found: Node = node.value[step]
        return found
    if isinstance(node, MappingNode):
        return next((value for key, value in reversed(list(_pairs(node))) if key == step), None)
    return None


def _pairs(node: Node, depth: int = 0) -> Iterator[tuple[str, Node]]:
    """(key, value node) of a mapping, those it merges first."""
    for key, value in node.value:
        if _is_merge(key) and depth < MAX_DEPTH:
            for base in reversed(value.value) if isinstance(value, SequenceNode) else [value]:
                yield from _pairs(base, depth + 1)
    yield from ((key.value, value) for key, value in node.value if isinstance(key, ScalarNode) and not _is_merge(key))


def _is_merge(node: Node) -> bool:
    return bool(node.value == _MERGE and node.tag == _PLAIN)


def _key(node: Node) -> str:
    """The text of a key as it is written: ``80: x`` has the key "80", as it has in JSON."""
    if not isinstance(node, ScalarNode):
        raise DocumentError("has a key that is not text", position(node))
    text: str = node.value
    return text


def _expect(node: Node, kind: str) -> None:
    if node.tag != _PREFIX + kind:
        raise DocumentError("has a tag that manifests do not use", position(node))


def _scalar(node: ScalarNode) -> object:
    text: str = node.value
    if node.tag in _TEXT:
        return _known(text)
    if node.tag == _PLAIN or node.tag in _TYPED:
        return _plain(text)
    raise DocumentError("has a tag that manifests do not use", position(node))


_TEXT = frozenset({_QUOTED, f"{_PREFIX}str"})
_TYPED = frozenset(_PREFIX + name for name in ("null", "bool", "int", "float"))


def _plain(text: str) -> object:
    """What a scalar without quotes means."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    return _number(text) if text[0] in _NUMERIC else _known(text)


def _known(text: str) -> str:
    """Names are said again and again: one text for all of them. What is long is said once."""
    return sys.intern(text) if len(text) < 64 else text


def _number(text: str) -> object:
    bare = text.replace("_", "")
    if _INTEGER.fullmatch(text):
        return int(bare)
    if found := _BASED.fullmatch(text):
        for digits, base in zip(found.groups()[1:], (16, 2, 8), strict=True):
            if digits and digits.strip("_"):
                return int(found[1] + digits.replace("_", ""), base)
    if _FLOAT.fullmatch(text):
        return float(bare.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text
