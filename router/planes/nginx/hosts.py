"""What a run of hosts says to nginx: entries of maps, and what their routes lead to. A pure function of hosts and backends."""

from collections.abc import Iterator, Mapping

from router.base.faults import SHUT, Fault, Step, guarded
from router.base.findings import Finding
from router.base.frozen import Frozen
from router.planes.entries import Entries, packed
from router.planes.nginx.features import Features
from router.planes.nginx.profiles import Profile, Profiles, allow_name
from router.planes.nginx.routes import lookups
from router.table.hosts import HostKind
from router.table.routes import Forward, Network, Route
from router.table.types import Backend, VirtualHost


class HostRun(Frozen):
    """``maps``: entries by the name of their map. ``depths``: elements of its prefixes. ``used``: ids of backends.

    ``allow``: lists of clients by name. ``sizes``: limits of bodies. ``keys`` and ``longest``: how many keys, how long at most.
    """

    maps: Mapping[str, Entries]
    depths: frozenset[int]
    any_host: bool
    profiles: Mapping[str, Profile]
    used: frozenset[str]
    allow: Mapping[str, tuple[Network, ...]]
    sizes: frozenset[int]
    keys: int
    longest: int
    findings: tuple[Finding, ...]
    faults: tuple[Fault, ...]


def backends_of(hosts: tuple[VirtualHost, ...]) -> tuple[str, ...]:
    """The ids of all backends that their routes name."""
    actions = {id(r.action): r.action for v in hosts for r in v.routes}.values()
    return tuple(sorted({w.backend for a in actions if isinstance(a, Forward) for w in a.backends}))


def host_run(hosts: tuple[VirtualHost, ...], features: Features, *outlines: Backend | None) -> HostRun:
    """``outlines``: the backends that the hosts name (profiles.outline); None is one that the table does not have."""
    profiles, faults = Profiles((b for b in outlines if b), features), list[Fault]()
    values = dict(_values(hosts, profiles, faults))
    findings = list(profiles.findings)
    entries, depths = lookups(hosts, values, findings, faults)
    policies = {id(r.policy): r.policy for v in hosts for r in v.routes}.values()
    keys = [len(e.key) for found in entries.values() for e in found]
    return HostRun(
        maps={name: packed(found) for name, found in entries.items()},
        depths=depths,
        any_host=any(v.host.kind is HostKind.ANY for v in hosts),
        profiles=profiles.by_name,
        used=frozenset(profiles.used),
        allow={allow_name(p): p.allow for p in policies if p.allow is not None},
        sizes=frozenset(p.body_size for p in policies if p.body_size),
        keys=len(keys),
        longest=max(keys, default=0),
        findings=tuple(findings),
        faults=tuple(faults),
    )


def _values(hosts: tuple[VirtualHost, ...], profiles: Profiles, faults: list[Fault]) -> Iterator[tuple[str, str]]:
    """(route id, where it leads). After a fault of ours the route is shut, or left out if that fails as well."""
    for virtual in hosts:
        for route in virtual.routes:
            made = guarded(Step.RENDER, route.origin.object, SHUT, _value, profiles, route)
            if isinstance(made, Fault):
                faults.append(made)
                made = guarded(Step.RENDER, route.origin.object, SHUT, _value, profiles, route.shut)
            if not isinstance(made, Fault):
                yield route.id, made


def _value(profiles: Profiles, route: Route) -> str:
    """Profile and upstream of a route, and who made it, for the log."""
    name, upstream = profiles.of(route)
    origin, ref = route.origin, route.origin.object
    rule = origin.rule.replace(" ", "_") or "-"
    return f"{name} {upstream} {origin.dialect} {ref.kind} {ref.namespace or '-'} {ref.name} {rule}"
