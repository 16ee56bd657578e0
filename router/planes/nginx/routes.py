"""Routes as nginx looks them up: exact paths, prefixes by number of elements, defaults; each leads to one value."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from router.base.faults import Fault, Step, guarded
from router.base.findings import Finding, error
from router.planes.entries import Entry
from router.planes.nginx.text import exactly, key, quoted
from router.planes.text import Token
from router.table.hosts import HostKind, HostPattern
from router.table.paths import readable
from router.table.routes import PathKind, Route
from router.table.types import VirtualHost

DEEPEST = 32
"""Elements of a prefix; each depth in use costs a look-up for every request."""


ROOTS, DEFAULTS, EXACT = "roots", "defaults", "exact"
_NAMED = {HostKind.EXACT: "hosts", HostKind.ONE_LABEL: "wildcards", HostKind.SUFFIX: "suffixes", HostKind.ANY: ""}
"""Which map names a host of this kind."""
Entries = dict[str, list[Entry]]
"""By the name of the map. Prefixes of each number of elements have a map of their own."""


def host_key(host: HostPattern) -> str:
    """How a host pattern is named in the keys of routes: unlike any other pattern."""
    return {HostKind.SUFFIX: f"**.{host.name}", HostKind.ANY: "*"}.get(host.kind, str(host))


def prefix_map(depth: int) -> str:
    return f"prefix{depth}"


def lookups(
    hosts: Iterable[VirtualHost], values: Mapping[str, str], findings: list[Finding], faults: list[Fault]
) -> tuple[Entries, frozenset[int]]:  # fmt: skip
    """(entries, numbers of elements of prefixes). ``values``: route id -> value; a route without one is left out. What nginx
    can not look up is told and left out."""
    made: Entries = defaultdict(list)
    depths: set[int] = set()
    for virtual in hosts:
        if where := _NAMED[virtual.host.kind]:
            made[where].append(_named(virtual.host))
        tables = _tables(virtual, values, findings, faults)
        depths |= {d for d in tables if isinstance(d, int) and d > 0}
        for place, table in tables.items():
            made[place if isinstance(place, str) else prefix_map(place) if place else ROOTS] += _entries(table)
    return made, frozenset(depths)


def _tables(
    virtual: VirtualHost, values: Mapping[str, str], findings: list[Finding], faults: list[Fault]
) -> dict[str | int, dict[str, Token]]:  # fmt: skip
    """Of one host: place -> key -> value."""
    tables: dict[str | int, dict[str, Token]] = defaultdict(dict)
    name = host_key(virtual.host)
    for route in virtual.routes:
        if route.id not in values:
            continue
        made = guarded(Step.RENDER, route.origin.object, "the route is left out", _line, name, route, values[route.id])
        if isinstance(made, Fault):
            faults.append(made)
        elif isinstance(made[0], int) and made[0] > DEEPEST:
            findings.append(_too_deep(route))
        else:
            where, text, token = made
            tables[where].setdefault(text, token)
    return tables


def _line(name: str, route: Route, value: str) -> tuple[str | int, str, Token]:
    """(which map, key in it, value)"""
    where, text = _place(name, route)
    key(text)  # here, where the route is known, rather than when all keys are written
    return where, text, quoted(value if where in (0, DEFAULTS) else f"{readable(route.match.path.value)} {value}")


def _named(host: HostPattern) -> Entry:
    name = f"*.{host.name}" if host.kind is HostKind.SUFFIX else host.name
    return Entry(key=key(name), value=quoted(host_key(host)))


def _place(name: str, route: Route) -> tuple[str | int, str]:
    """(which map, key in it)"""
    path = route.match.path
    if route.fallback:
        return DEFAULTS, name
    if path.kind is PathKind.EXACT:
        return EXACT, f"{name} {readable(path.value)}"
    return (0, name) if path.value == "/" else (path.value.count("/"), f"{name} {readable(path.value)}")


def _entries(table: Mapping[str, Token]) -> list[Entry]:
    """Keys that differ in case only are one and the same to a map of strings: those become regular expressions. Keys of two
    hosts differ in more than that: each begins with its host."""
    if len(table) == 1:
        return [Entry(key=key(text), value=value) for text, value in table.items()]
    count = Counter(text.lower() for text in table)
    make = {True: key, False: exactly}
    return [Entry(key=make[count[text.lower()] == 1](text), value=table[text]) for text in sorted(table)]


def _too_deep(route: Route) -> Finding:
    message = f"nginx looks at {DEEPEST} elements of a path at most; this prefix is not served."
    return error(route.origin.object, route.origin.rule, "PrefixTooDeep", message, "Use a shorter prefix, or an exact path.")
