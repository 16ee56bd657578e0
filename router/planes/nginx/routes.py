"""Routes as nginx looks them up: exact paths, prefixes by number of elements, defaults; each leads to one value."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from router.base.faults import Fault, Step, guarded
from router.base.findings import Finding, error
from router.base.frozen import Frozen
from router.planes.nginx.text import exactly, key, quoted
from router.planes.text import Token
from router.table.hosts import HostKind, HostPattern
from router.table.paths import readable
from router.table.routes import PathKind, Route
from router.table.types import VirtualHost

DEEPEST = 32
"""Elements of a prefix; each depth in use costs a look-up for every request."""


class Entry(Frozen):
    """One line of a map."""

    key: Token
    value: Token


class Lookups(Frozen):
    """All maps that lead from host and path to a route."""

    hosts: tuple[Entry, ...]
    wildcards: tuple[Entry, ...]
    suffixes: tuple[Entry, ...]
    any_host: bool
    exact: tuple[Entry, ...]
    prefixes: tuple[tuple[int, tuple[Entry, ...]], ...]
    """(number of elements, entries), deepest first"""
    roots: tuple[Entry, ...]
    fallbacks: tuple[Entry, ...]


def host_key(host: HostPattern) -> str:
    """How a host pattern is named in the keys of routes: unlike any other pattern."""
    return {HostKind.SUFFIX: f"**.{host.name}", HostKind.ANY: "*"}.get(host.kind, str(host))


def lookups(
    hosts: tuple[VirtualHost, ...], values: dict[str, str], findings: list[Finding], faults: list[Fault]
) -> Lookups:  # fmt: skip
    """``values``: route id -> value; a route without one is left out. What nginx can not look up is told and left out."""
    tables: dict[object, dict[str, Token]] = defaultdict(dict)
    for virtual in hosts:
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
    depths = sorted((d for d in tables if isinstance(d, int) and d > 0), reverse=True)
    by_kind = {kind: tuple(_named(hosts, kind)) for kind in HostKind}
    return Lookups(
        hosts=by_kind[HostKind.EXACT],
        wildcards=by_kind[HostKind.ONE_LABEL],
        suffixes=by_kind[HostKind.SUFFIX],
        any_host=bool(by_kind[HostKind.ANY]),
        exact=_entries(tables["exact"]),
        prefixes=tuple((depth, _entries(tables[depth])) for depth in depths),
        roots=_entries(tables[0]),
        fallbacks=_entries(tables["fallback"]),
    )


def _line(name: str, route: Route, value: str) -> tuple[object, str, Token]:
    """(which map, key in it, value)"""
    where, text = _place(name, route)
    key(text)  # here, where the route is known, rather than when all keys are written
    return where, text, quoted(value if where in (0, "fallback") else f"{readable(route.match.path.value)} {value}")


def _named(hosts: tuple[VirtualHost, ...], kind: HostKind) -> Iterator[Entry]:
    for virtual in hosts:
        if virtual.host.kind is kind:
            name = f"*.{virtual.host.name}" if kind is HostKind.SUFFIX else virtual.host.name or "*"
            yield Entry(key=key(name), value=quoted(host_key(virtual.host)))


def _place(name: str, route: Route) -> tuple[object, str]:
    """(which map, key in it)"""
    path = route.match.path
    if route.fallback:
        return "fallback", name
    if path.kind is PathKind.EXACT:
        return "exact", f"{name} {readable(path.value)}"
    return (0, name) if path.value == "/" else (path.value.count("/"), f"{name} {readable(path.value)}")


def _entries(table: dict[str, Token]) -> tuple[Entry, ...]:
    """Keys that differ in case only are one and the same to a map of strings: those become regular expressions."""
    count = Counter(text.lower() for text in table)
    make = {True: key, False: exactly}
    return tuple(Entry(key=make[count[text.lower()] == 1](text), value=table[text]) for text in sorted(table))


def _too_deep(route: Route) -> Finding:
    message = f"nginx looks at {DEEPEST} elements of a path at most; this prefix is not served."
    return error(route.origin.object, route.origin.rule, "PrefixTooDeep", message, "Use a shorter prefix, or an exact path.")
