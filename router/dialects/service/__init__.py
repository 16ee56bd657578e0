"""The service dialect: apps in the style of Deis, Services that carry their own routing in annotations."""

from router.base.findings import Finding
from router.dialects.service.annotations import CERTIFICATES, FIELDS
from router.dialects.service.apps import App, certificate_claims, read_one, routable, route_claims
from router.dialects.service.locations import location_claims
from router.facts.annotations import annotation_field
from router.facts.snapshot import Snapshot
from router.settings import Settings
from router.table.claims import CertificateClaim, Claims, RouteClaim
from router.table.hosts import HostPattern

__all__ = ["FIELDS", "claims"]


def claims(snapshot: Snapshot, settings: Settings) -> Claims:
    """What the routable Services of the served namespaces ask for, oldest first."""
    routes: list[RouteClaim] = []
    certificates: list[CertificateClaim] = []
    apps, findings = _apps(snapshot, settings)
    owners: dict[tuple[str, HostPattern], App] = {}
    for app in apps:
        routes += route_claims(app)
        certificates += certificate_claims(app, annotation_field(app.values.key(CERTIFICATES)))
        for domain in app.domains:
            owners.setdefault((app.service.metadata.namespace, domain.host), app)
    for app in apps:
        mounted, complaints = location_claims(app, owners, settings)
        routes += mounted
        findings += complaints
    return Claims(routes=tuple(routes), certificates=tuple(certificates), findings=tuple(findings))


def _apps(snapshot: Snapshot, settings: Settings) -> tuple[list[App], list[Finding]]:
    apps: list[App] = []
    findings: list[Finding] = []
    for service in sorted(snapshot.services.values(), key=lambda s: s.age_key):
        if settings.namespaces and service.metadata.namespace not in settings.namespaces:
            continue
        wanted, complaints = routable(service)
        findings += complaints
        if wanted:
            app, complaints = read_one(service, settings)
            apps.append(app)
            findings += complaints
    return apps, findings
