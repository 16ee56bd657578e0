"""A bundle read back before HAProxy sees it: every word of it was meant, and nothing that was meant is missing.

The parts of which there are many (lines of maps, sections, certificates) are remembered by their text: what was read once is
compared byte by byte. What it finds is a fault of ours, so the bundle is not applied.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, pairwise, zip_longest

from router.planes.bundle import Bundle, File
from router.planes.entries import Entries
from router.planes.haproxy import expected
from router.planes.haproxy.hosts import PREFIXES, SUFFIXES
from router.planes.haproxy.read_back import NotHaproxyError, foreign, parse
from router.planes.haproxy.render import LIST, MAIN, PAGES, map_parts, section_parts
from router.planes.haproxy.sections import Section
from router.planes.haproxy.view import Fixed, View
from router.planes.held import wrong_files
from router.planes.memory import Memory
from router.planes.parts import UNKNOWN_GENERATION, Judge, around, place
from router.planes.text import Token
from router.table.types import Table

MARK = ("backend", "tidegate_parts")
_MARK = b"backend tidegate_parts\n"
"""Stands for the sections of routes in the text around them. No template and no tenant says it: where it does not stand as a
section of its own, without lines, they stood in the wrong place."""
_SOME = 10


class Reading:
    """Reads bundles of one router, and remembers what was good."""

    def __init__(self) -> None:
        self.maps, self.prefixes, self.sections = Judge(_wrong_lines), Judge(_wrong_prefixes), Judge(_wrong_sections)
        self._good: tuple[bytes, Fixed] | None = None

    def wrong(self, bundle: Bundle, made: View, table: Table, memory: Memory) -> tuple[str, ...]:
        """Sentences; none is good."""
        for judge in (self.maps, self.prefixes, self.sections):
            judge.turn()
        files = {f.path: f for f in bundle.files}
        said = tuple(wrong_files(bundle, files, _own_files(bundle, made, memory), table, memory))
        if said:
            return said
        sections = section_parts(made, memory)
        main = files[MAIN].data
        where = place(main, sections)
        said = (*self._fixed(around(main, where, _MARK), bundle, made, table), *self.sections.wrong(sections, main, *where))
        for path, parts in map_parts(made, memory).items():
            judge = self.prefixes if path == f"maps/{PREFIXES}.map" else self.maps
            said += tuple(f"{path}: {one}" for one in judge.wrong(parts, files[path].data))
        if not memory.last("longest first", _longest_first, files[f"maps/{SUFFIXES}.map"]):
            said += (f"maps/{SUFFIXES}.map does not have the longest first",)
        default = memory.kept("default certificate", table.default_certificate)
        if not memory.last("list", _lists_certificates, files[LIST], made.certificates, default):
            said += (f"{LIST} does not hold what was meant",)
        return (*said, *_lists(files, made.fixed))

    def _fixed(self, main: bytes, bundle: Bundle, made: View, table: Table) -> tuple[str, ...]:
        """What stands around the sections: the same for every generation, but for its name, which stands there twice."""
        generation = bundle.generation.encode()
        if main.count(generation) != 2:
            return (f"{MAIN} does not say twice that it is generation {bundle.generation}",)
        main = main.replace(generation, UNKNOWN_GENERATION.encode())
        if (main, made.fixed) == self._good:
            return ()
        try:
            said = tuple(_around(main.decode(), made, table))
        except (NotHaproxyError, UnicodeDecodeError) as wrong:
            return (f"the rendered text can not be read back: {wrong}",)
        self._good = None if said else (main, made.fixed)
        return said[:_SOME]


def _around(main: str, made: View, table: Table) -> Iterator[str]:
    found = parse(main)
    yield from foreign(found)
    text = {(s.kind, s.name): s.lines for s in found}
    wanted = expected.fixed_sections(table, made.fixed) | ({MARK: ()} if made.sections else {})
    for key in sorted(text.keys() | wanted.keys()):
        if text.get(key) != wanted.get(key):
            yield f"section {' '.join(key)} is not what was meant"
    if len(text) != len(found):
        yield "a section stands twice"


def _wrong_lines(text: str, lines: Entries) -> Iterable[str]:
    found = [line.split(" ", 1) for line in text.split("\n")]
    if found != [*([line.key, line.value] for line in lines), [""]]:
        yield f"does not hold what was meant: {text[:300]!a}"


def _wrong_prefixes(text: str, lines: Entries) -> Iterable[str]:
    yield from _wrong_lines(text, lines)
    if not longest_of_host_first(text):
        yield "does not have the longest of a host first"


def _wrong_sections(text: str, meant: tuple[tuple[Section, ...], Token]) -> Iterable[str]:
    sections, https_port = meant
    found = parse(text)
    yield from foreign(found)
    wanted = [("backend", str(s.name), tuple(expected.section_lines(s, https_port))) for s in sections]
    unlike = zip_longest([(s.kind, s.name, s.lines) for s in found], wanted)
    for one, other in islice(((one, other) for one, other in unlike if one != other), 1):
        yield f"not what was meant: {ascii(one)[:300]}, but {ascii(other)[:300]}"
    if not text.endswith("\n"):
        yield "the last line does not end"


def _keys(text: str) -> list[str]:
    return [line.split(" ", 1)[0] for line in text.split("\n") if line]


def _longest_first(file: File) -> bool:
    """map_end takes the first that fits."""
    return all(len(one) >= len(other) for one, other in pairwise(_keys(file.data.decode())))


def longest_of_host_first(text: str) -> bool:
    """map_beg may do so too; only keys of the same host can fit the same request. A host's lines are all in one part."""
    pairs = ((one.partition("/"), other.partition("/")) for one, other in pairwise(_keys(text)))
    return all(one[0] != other[0] or len(one[2]) >= len(other[2]) for one, other in pairs)


def _lists_certificates(file: File, certificates: tuple[tuple[str, tuple[Token, ...]], ...], default: str) -> bool:
    found = [line.split(" ") for line in file.data.decode().split("\n")]
    wanted = ([f"certs/{identity}.pem", *names] for identity, names in certificates if names or identity == default)
    return found == [*wanted, [""]]


def _lists(files: Mapping[str, File], made: Fixed) -> Iterator[str]:
    for path, networks in made.lists:
        if files[path].data.decode().split("\n") != [*networks, ""]:
            yield f"{path} does not hold what was meant"


def _own_files(bundle: Bundle, made: View, memory: Memory) -> set[str]:
    own = {MAIN, LIST, *map_parts(made, memory), *(path for path, _ in made.fixed.lists)}
    own |= {f"pages/{name}.html" for name in (*PAGES, 414, 431, "maintenance")} | {f"pages/{status}.http" for status in PAGES}
    return own
