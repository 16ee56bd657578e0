"""Reading HAProxy's configuration, by a parser that knows nothing of templates; and what no bundle of ours may say."""

import re
from collections.abc import Iterable, Iterator

from router.base.frozen import Frozen
from router.planes.haproxy.allowed import ACTIONS, ALLOWED, RULES

_SIMPLE = re.compile(r"[^\\'\"#\t]*")
"""A line without quotes, escapes and comments: words with blanks between."""
SECTIONS = frozenset(ALLOWED)


class Section(Frozen):
    """One section: its kind and name, and its lines as words."""

    kind: str
    name: str
    lines: tuple[tuple[str, ...], ...]


class NotHaproxyError(ValueError):
    """The text is not what HAProxy would read."""


def words(line: str) -> tuple[str, ...]:
    """One line as HAProxy splits it: blanks, ``#``, backslash, weak and strong quotes (configuration manual, 2.2)."""
    if _SIMPLE.fullmatch(line):
        return tuple(word for word in line.split(" ") if word)
    found: list[str] = []
    current: list[str] | None = None
    quote, at = "", 0
    while at < len(line):
        c = line[at]
        if quote == "'" and c != "'":
            current = [*(current or []), c]
        elif c == "\\" and quote != "'":
            at += 1
            if at >= len(line):
                raise NotHaproxyError("a line ends in a backslash")
            current = [*(current or []), line[at]]
        elif c in "'\"" and quote in ("", c):
            quote, current = ("" if quote else c), current or []
        elif not quote and c == "#":
            break
        elif not quote and c in " \t":
            if current is not None:
                found.append("".join(current))
            current = None
        else:
            current = [*(current or []), c]
        at += 1
    if quote:
        raise NotHaproxyError("a quote is not closed")
    return tuple(found if current is None else [*found, "".join(current)])


def parse(text: str) -> tuple[Section, ...]:
    """All sections of haproxy.cfg."""
    made: list[tuple[str, str, list[tuple[str, ...]]]] = []
    for line in text.split("\n"):
        found = words(line)
        if not found:
            continue
        if found[0] in SECTIONS:
            made.append((found[0], " ".join(found[1:]), []))
        elif not made:
            raise NotHaproxyError(f"{found[0]!r} stands in no section")
        else:
            made[-1][2].append(found)
    return tuple(Section(kind=kind, name=name, lines=tuple(lines)) for kind, name, lines in made)


def foreign(sections: Iterable[Section]) -> Iterator[str]:
    """What is none of ours, whatever was meant."""
    for section in sections:
        for line in section.lines:
            if line[0] not in ALLOWED[section.kind]:
                yield f"{line[0]} in {section.kind} {section.name} is not one of ours"
            if line[0] in RULES and line[1:2] and line[1].partition("(")[0] not in ACTIONS:
                yield f"{' '.join(line[:3])} is not one of ours"
            if "use-service" in line[:2] and line[2:3] != ("prometheus-exporter",):
                yield f"{' '.join(line[:3])} is not one of ours"
