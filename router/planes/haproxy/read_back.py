"""An independent reading of a bundle: tokenised anew and compared with the view, before HAProxy sees it.

It knows nothing of templates and encoders. What it finds is a fault of ours, so the bundle is not applied.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from router.base.frozen import Frozen
from router.planes.bundle import Bundle
from router.planes.haproxy.allowed import ACTIONS, ALLOWED, RULES
from router.planes.haproxy.view import View

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


def compare(bundle: Bundle, view: View) -> tuple[str, ...]:
    """Sentences of what differs between the text and the view; none is good."""
    files = {f.path: f.data.decode("utf-8") for f in bundle.files if not f.private and not f.path.startswith("pages/")}
    try:
        sections = parse(files[bundle.main])
    except (NotHaproxyError, KeyError) as wrong:
        return (f"the rendered text can not be read back: {wrong}",)
    return (*_allowed(sections), *_counts(sections, view), *_servers(sections, view), *_lines(files, view))


def _allowed(sections: Sequence[Section]) -> Iterator[str]:
    for section in sections:
        for line in section.lines:
            if line[0] not in ALLOWED[section.kind]:
                yield f"{line[0]} in {section.kind} {section.name} is not one of ours"
            if line[0] in RULES and line[1:2] and line[1].partition("(")[0] not in ACTIONS:
                yield f"{' '.join(line[:3])} is not one of ours"
            if "use-service" in line[:2] and line[2:3] != ("prometheus-exporter",):
                yield f"{' '.join(line[:3])} is not one of ours"


def _counts(sections: Sequence[Section], view: View) -> Iterator[str]:
    found = Counter(section.kind for section in sections)
    wanted = {
        "global": 1,
        "defaults": 1,
        "frontend": len(view.frontends) + 1,
        "backend": len(view.sections) + 1,
        "listen": len(view.streams),
        "resolvers": int(bool(view.resolvers) or view.resolves),
    }
    for kind, number in wanted.items():
        if found[kind] != number:
            yield f"{found[kind]} sections {kind}, not {number}"


def _servers(sections: Sequence[Section], view: View) -> Iterator[str]:
    wanted = {str(s.name): 0 if s.status or s.maintenance else len(s.servers) for s in view.sections}
    wanted |= {str(s.name): len(s.servers) for s in view.streams}
    for section in sections:
        if section.kind in ("backend", "listen") and section.name != "nobody":
            number = sum(1 for line in section.lines if line[0] == "server")
            expected = wanted.get(section.name, -1)
            if number != expected:
                yield f"{number} servers in {section.name}, not {expected}"


def _lines(files: dict[str, str], view: View) -> Iterator[str]:
    for name, lines in view.maps:
        text = files.get(f"maps/{name}.map", "")
        read = [line.split(" ", 1) for line in text.split("\n") if line]
        if [tuple(pair) for pair in read] != [(str(line.key), str(line.value)) for line in lines]:
            yield f"maps/{name}.map does not hold what was meant"
    for path, networks in view.lists:
        if files.get(path, "").split() != [str(n) for n in networks]:
            yield f"{path} does not hold what was meant"
