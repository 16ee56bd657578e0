"""The service dialect: apps in the style of Deis, Services that carry their own routing in annotations."""

from collections.abc import Mapping

from router.base import faults
from router.base.faults import Fault, Step, guarded
from router.base.findings import Finding
from router.dialects.service.annotations import CERTIFICATES, FIELDS
from router.dialects.service.apps import App, certificate_claims, read_one, routable, route_claims
from router.dialects.service.locations import location_claims
from router.dialects.service.shut import shut
from router.facts.annotations import annotation_field
from router.facts.core import Service
from router.facts.snapshot import Snapshot
from router.settings import Settings
from router.table.claims import Claims, joined
from router.table.hosts import HostPattern

__all__ = ["FIELDS", "claims"]

Owners = Mapping[tuple[str, HostPattern], App]


def claims(snapshot: Snapshot, settings: Settings) -> Claims:
    """What the routable Services of the served namespaces ask for, oldest first."""
    made: list[Claims] = []
    apps: list[App] = []
    owners: dict[tuple[str, HostPattern], App] = {}
    for service in sorted(snapshot.services.values(), key=lambda s: s.age_key):
        read = guarded(Step.SERVICE, service.ref, faults.SHUT, _read, service, settings)
        if isinstance(read, Fault):
            made.append(Claims(routes=shut(service, settings), faults=(read,)))
            continue
        app, said = read
        made.append(said)
        if app:
            apps.append(app)
            for domain in app.domains:
                owners.setdefault((app.service.metadata.namespace, domain.host), app)
    made += [_mounted(app, owners, settings) for app in apps]
    return joined(made)


def _read(service: Service, settings: Settings) -> tuple[App | None, Claims]:
    """One Service: the app if it is one, and what it claims for its own domains."""
    if settings.namespaces and service.metadata.namespace not in settings.namespaces:
        return None, Claims()
    wanted, findings = routable(service)
    if not wanted:
        return None, Claims(findings=tuple(findings))
    app, complaints = read_one(service, settings)
    certificates = certificate_claims(app, annotation_field(app.values.key(CERTIFICATES)))
    said: tuple[Finding, ...] = (*findings, *complaints)
    return app, Claims(routes=tuple(route_claims(app)), certificates=tuple(certificates), findings=said)


def _mounted(app: App, owners: Owners, settings: Settings) -> Claims:
    """Its paths below another app's domain."""
    made = guarded(Step.SERVICE, app.service.ref, faults.SHUT, location_claims, app, owners, settings)
    if isinstance(made, Fault):
        return Claims(routes=shut(app.service, settings, domains=False), faults=(made,))
    routes, findings = made
    return Claims(routes=tuple(routes), findings=tuple(findings))
