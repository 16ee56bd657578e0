"""A bundle read back before nginx sees it: every word of it was meant, and nothing that was meant is missing.

The parts of which there are many (entries of maps, upstreams, profiles, certificates) are remembered by their text: what was read
once is compared byte by byte. What it finds is a fault of ours, so the bundle is not applied.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, zip_longest
from typing import Any

from router.planes.bundle import Bundle, flag_path
from router.planes.entries import Entries
from router.planes.held import wrong_files
from router.planes.memory import Memory
from router.planes.nginx import expected
from router.planes.nginx.expected import HTTP, Line
from router.planes.nginx.profiles import Profile
from router.planes.nginx.read_back import NotNginxError, foreign, parse, walk
from router.planes.nginx.render import MAIN, map_parts, profile_parts, upstream_parts
from router.planes.nginx.view import PAGES, Fixed, Upstream, View
from router.planes.parts import UNKNOWN_GENERATION, Judge, around, place
from router.planes.text import Token
from router.table.types import Table

MARK = ("tidegate_parts",)
_MARK = b"tidegate_parts;\n"
"""Stands for the parts in the text around them. No template and no tenant says it: where it does not stand as a directive of its
own, the parts stood in the wrong place."""
_SOME = 10
Key = tuple[bytes, bytes, Fixed, frozenset[str]]


class Reading:
    """Reads bundles of one router, and remembers what was good."""

    def __init__(self) -> None:
        self.maps, self.upstreams = Judge(_wrong_entries), Judge(_wrong_upstreams)
        self.profiles = Judge(_wrong_profiles)
        self._good: Key | None = None

    def wrong(self, bundle: Bundle, made: View, table: Table, memory: Memory) -> tuple[str, ...]:
        """Sentences; none is good."""
        for judge in (self.maps, self.upstreams, self.profiles):
            judge.turn()
        files = {f.path: f for f in bundle.files}
        said = tuple(wrong_files(bundle, files, _own_files(bundle, made, memory), table, memory))
        if said:
            return said
        upstreams, profiles = upstream_parts(made, memory), profile_parts(made, memory)
        main, server = files[MAIN].data, files["server.conf"].data
        ours, shared = place(main, upstreams), place(server, profiles)
        said = (
            *self._fixed(around(main, ours, _MARK), around(server, shared, _MARK), bundle, made, table),
            *self.upstreams.wrong(upstreams, main, *ours),
            *self.profiles.wrong(profiles, server, *shared),
        )
        for path, parts in map_parts(made, memory).items():
            said += tuple(f"{path}: {one}" for one in self.maps.wrong(parts, files[path].data))
        return said

    def _fixed(self, main: bytes, shared: bytes, bundle: Bundle, made: View, table: Table) -> tuple[str, ...]:
        """What stands around the parts: the same for every generation, but for its name, which stands there three times."""
        generation = bundle.generation.encode()
        if main.count(generation) != 3:
            return (f"{MAIN} does not say three times that it is generation {bundle.generation}",)
        main = main.replace(generation, UNKNOWN_GENERATION.encode())
        included = frozenset([f.path for f in bundle.files if not f.private])
        key = (main, shared, made.fixed, included)
        if key == self._good:
            return ()
        try:
            said = tuple(_around(main.decode(), shared.decode(), made, table, included))
        except (NotNginxError, UnicodeDecodeError) as wrong:
            return (f"the rendered text can not be read back: {wrong}",)
        self._good = None if said else key
        return said[:_SOME]


def _around(main: str, shared: str, made: View, table: Table, included: frozenset[str]) -> Iterator[str]:
    found, beside = parse(main), parse(shared, "server")
    yield from foreign((d for d in (*walk(found), *walk(beside)) if d.words != MARK), included)
    wanted = expected.fixed_lines(table, made.fixed) + Counter([(*HTTP, MARK)] * any(made.upstreams))
    yield from _uneven(Counter(expected.lines(found)), wanted)
    meant = expected.fixed_locations(table, made.fixed) + Counter([(MARK,)] * bool(made.profiles))
    yield from _uneven(Counter(expected.locations(beside)), meant)


def _uneven(found: Counter[Line], wanted: Counter[Line]) -> Iterator[str]:
    for line in sorted((found - wanted).keys()):
        yield f"not meant: {_text(line)}"
    for line in sorted((wanted - found).keys()):
        yield f"missing: {_text(line)}"


def _text(line: Line) -> str:
    return ascii(" ".join(" ".join(words) for words in line))[:300]


def _wrong_entries(text: str, entries: Entries) -> Iterable[str]:
    found = parse(text, "map")
    if [d.words for d in found] != expected.pairs(entries) or any(d.body is not None for d in found):
        yield f"does not hold what was meant: {ascii(text)[:300]}"


def _wrong_upstreams(text: str, upstreams: tuple[Upstream, ...]) -> Iterable[str]:
    found = parse(text, "http")
    yield from foreign(walk(found))
    wanted = [tuple(expected.upstream_lines(upstream)) for upstream in upstreams]
    yield from _first_unlike([tuple(expected.lines([d], HTTP)) for d in found], wanted)


def _wrong_profiles(text: str, meant: tuple[tuple[Profile, ...], Token]) -> Iterable[str]:
    found = parse(text, "server")
    yield from foreign(walk(found))
    profiles, https_port = meant
    yield from _first_unlike(list(expected.locations(found)), [expected.location(p, https_port) for p in profiles])


def _first_unlike(found: Sequence[Any], wanted: Sequence[Any]) -> Iterable[str]:
    """Blocks, in order."""
    unlike = ((one, other) for one, other in zip_longest(found, wanted) if one != other)
    for one, other in islice(unlike, 1):
        yield f"not what was meant: {ascii(one)[:300]}, but {ascii(other)[:300]}"


def _own_files(bundle: Bundle, made: View, memory: Memory) -> set[str]:
    own = {MAIN, "server.conf", flag_path(bundle.generation), *map_parts(made, memory)}
    own |= {f"pages/{name}.html" for name in (*PAGES, "maintenance")}
    return own
