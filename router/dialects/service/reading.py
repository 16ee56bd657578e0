"""From Services to claims: each app by itself, then the paths that some mount below the domains of others."""

from collections.abc import Iterable, Mapping, Sequence

from router.base import faults
from router.base.faults import Fault, Step, guarded
from router.base.findings import Finding
from router.base.frozen import Frozen
from router.base.parse import Bad
from router.base.rows import Each, Grouped, Joined
from router.dialects.service.annotations import CERTIFICATES, PROXY_DOMAIN
from router.dialects.service.apps import App, certificate_claims, read_one, routable, route_claims
from router.dialects.service.domains import parse_domain
from router.dialects.service.locations import location_claims
from router.dialects.service.shut import shut
from router.facts.annotations import annotation_field
from router.facts.core import Service
from router.facts.meta import Key
from router.facts.snapshot import Snapshot
from router.settings import Settings
from router.table.claims import Claims, joined
from router.table.hosts import HostPattern

Place = tuple[str, HostPattern]
"""(namespace, host)"""
Sharers = tuple[tuple[int, Key, App], ...]
"""The apps of a place, as ``Grouped`` gives them."""


class Read(Frozen):
    """One Service: the app if it is one, what it claims for its own domains, and the place below which it mounts paths."""

    app: App | None
    claims: Claims
    below: Place | None = None


def claims(snapshot: Snapshot, settings: Settings) -> Claims:
    """What all routable Services ask for, at once, the oldest first."""
    found = Reading().of(snapshot, settings)
    return joined([found[s.key] for s in sorted(snapshot.services.values(), key=lambda s: s.age_key) if s.key in found])


class Reading:
    """Service by Service: what each app of the served namespaces asks for. What did not change is not read again."""

    def __init__(self) -> None:
        self._read = Each[Key, Service, Read](_guarded)
        self._places = Grouped[Key, Read, Place, App](_places)
        self._claims = Joined[Key, Read, Place, Sharers, Claims](_below, _whole)

    def of(self, snapshot: Snapshot, settings: Settings) -> Mapping[Key, Claims]:
        read = self._read.of(snapshot.services, settings)
        return self._claims.of(read, self._places.of(read), settings)


def _guarded(service: Service, settings: Settings) -> Read | None:
    read = guarded(Step.SERVICE, service.ref, faults.SHUT, _one, service, settings)
    if isinstance(read, Fault):
        return Read(app=None, claims=Claims(routes=shut(service, settings), faults=(read,)))
    return read


def _one(service: Service, settings: Settings) -> Read | None:
    """None if there is nothing to say about it."""
    if settings.namespaces and service.metadata.namespace not in settings.namespaces:
        return None
    wanted, findings = routable(service)
    if not wanted:
        return Read(app=None, claims=Claims(findings=tuple(findings))) if findings else None
    app, complaints = read_one(service, settings)
    certificates = certificate_claims(app, annotation_field(app.values.key(CERTIFICATES)))
    said: tuple[Finding, ...] = (*findings, *complaints)
    made = Claims(routes=tuple(route_claims(app)), certificates=tuple(certificates), findings=said)
    domain = parse_domain(app.values.get(PROXY_DOMAIN, ""), settings.platform_domain)
    return Read(app=app, claims=made, below=None if isinstance(domain, Bad) else (service.metadata.namespace, domain))


def _places(read: Read) -> Mapping[Place, App]:
    return {(read.app.service.metadata.namespace, d.host): read.app for d in read.app.domains} if read.app else {}


def _below(read: Read) -> Iterable[Place]:
    return (read.below,) if read.below else ()


def _whole(read: Read, sharers: Sequence[Sharers | None], settings: Settings) -> Claims:
    """With its paths below the domain of the oldest app there."""
    if read.app is None:
        return read.claims
    owners = {}
    for found in sharers:
        if read.below and found:
            owners[read.below] = min((app for _, _, app in found), key=lambda app: app.service.age_key)
    made = guarded(Step.SERVICE, read.app.service.ref, faults.SHUT, location_claims, read.app, owners, settings)
    if isinstance(made, Fault):
        return joined([read.claims, Claims(routes=shut(read.app.service, settings, domains=False), faults=(made,))])
    routes, findings = made
    return joined([read.claims, Claims(routes=tuple(routes), findings=tuple(findings))]) if routes or findings else read.claims
