"""What a run of hosts says to HAProxy: lines of maps, and sections. A pure function of hosts and backends."""

from collections import defaultdict
from collections.abc import Mapping

from router.base.faults import SHUT, Fault, Step, guarded
from router.base.findings import Finding
from router.base.frozen import Frozen
from router.planes.entries import Entries, Entry, packed
from router.planes.haproxy.sections import Section, Sections, allow_path
from router.planes.haproxy.text import escaped_path, key, value, word
from router.planes.text import Token
from router.table.hosts import HostKind, HostPattern
from router.table.routes import Forward, PathKind, Route
from router.table.types import Backend, VirtualHost

SUFFIXES, PREFIXES = "suffixes", "prefixes"
MAPS = ("hosts", "wildcards", SUFFIXES, "exact", PREFIXES, "defaults")
_NAMED = {HostKind.EXACT: "hosts", HostKind.ONE_LABEL: "wildcards", HostKind.SUFFIX: SUFFIXES}
"""Which map names a host of this kind."""


class HostRun(Frozen):
    """``maps``: lines by the name of their map. ``lists``: networks of clients by path."""

    maps: Mapping[str, Entries]
    any_host: bool
    sections: Mapping[str, Section]
    lists: Mapping[str, tuple[Token, ...]]
    findings: tuple[Finding, ...]
    faults: tuple[Fault, ...]


def backends_of(hosts: tuple[VirtualHost, ...]) -> tuple[str, ...]:
    """The ids of all backends that their routes name."""
    actions = {id(r.action): r.action for v in hosts for r in v.routes}.values()
    return tuple(sorted({w.backend for a in actions if isinstance(a, Forward) for w in a.backends}))


def host_run(hosts: tuple[VirtualHost, ...], *outlines: Backend | None) -> HostRun:
    """``outlines``: the backends that the hosts name (sections.outline); None is one that the table does not have."""
    sections, faults = Sections(b for b in outlines if b), list[Fault]()
    maps: dict[str, list[Entry]] = defaultdict(list)
    for virtual in hosts:
        for name, lines in _of_host(virtual, sections, faults).items():
            maps[name] += lines
    policies = {id(r.policy): r.policy for v in hosts for r in v.routes}.values()
    return HostRun(
        maps={name: packed(lines) for name, lines in maps.items()},
        any_host=any(v.host.kind is HostKind.ANY for v in hosts),
        sections=sections.by_name,
        lists={allow_path(p): tuple(word(str(n)) for n in p.allow) for p in policies if p.allow is not None},
        findings=tuple(sections.findings),
        faults=tuple(faults),
    )


def _of_host(virtual: VirtualHost, sections: Sections, faults: list[Fault]) -> dict[str, list[Entry]]:
    """Lines by map, the longest key first: map_beg and map_end may take the first that fits. Keys of two hosts never both fit a
    request in map_beg, because they begin with the host; hosts stand in the table with the longest wildcard first."""
    found: dict[str, dict[str, Token]] = defaultdict(dict)
    name = host_key(virtual.host)
    if where := _NAMED.get(virtual.host.kind):
        found[where]["." * (where == SUFFIXES) + virtual.host.name] = key(name)
    for route in virtual.routes:
        made = guarded(Step.RENDER, route.origin.object, SHUT, _line, sections, name, route)
        if isinstance(made, Fault):
            faults.append(made)
            made = guarded(Step.RENDER, route.origin.object, SHUT, _line, sections, name, route.shut)
        if not isinstance(made, Fault):
            found[made[0]].setdefault(made[1], made[2])
    return {
        name: [Entry(key=key(k), value=v) for k, v in sorted(lines.items(), key=lambda line: (-len(line[0]), line[0]))]
        for name, lines in found.items()
    }


def _line(sections: Sections, name: str, route: Route) -> tuple[str, str, Token]:
    """(which map, key in it, value) of a route."""
    kind, text = _place(name, route)
    key(text)  # here, where the route is known, rather than when all keys are written
    return kind, text, _value(sections.of(route), route)


def host_key(host: HostPattern) -> str:
    """How a host pattern is named in the keys of routes: unlike any other pattern."""
    return {HostKind.SUFFIX: f"**.{host.name}", HostKind.ANY: "*"}.get(host.kind, str(host))


def _place(name: str, route: Route) -> tuple[str, str]:
    """(which map, key in it). A path begins with ``/``, so host and path need no sign between them."""
    path = route.match.path
    if route.fallback:
        return "defaults", name
    if path.kind is PathKind.EXACT:
        return "exact", name + escaped_path(path.value)
    return "prefixes", name + escaped_path(path.value).removesuffix("/") + "/"


def _value(section: str, route: Route) -> Token:
    origin, ref = route.origin, route.origin.object
    return value(section, origin.dialect, ref.kind, ref.namespace or "-", ref.name, origin.rule.replace(" ", "_") or "-")
