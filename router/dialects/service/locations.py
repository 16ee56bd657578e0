"""Locations: a Service that answers some paths of another app of its namespace (proxyDomain and proxyLocations)."""

from collections.abc import Mapping

import msgspec

from router.base.findings import Finding, error, warning
from router.base.parse import Bad
from router.dialects.service.annotations import PROXY_DOMAIN, PROXY_LOCATIONS, WHITELIST
from router.dialects.service.apps import App
from router.dialects.service.domains import parse_domain
from router.dialects.service.whitelist import both
from router.facts.annotations import annotation_field
from router.settings import Settings
from router.table.claims import RouteClaim
from router.table.hosts import HostPattern
from router.table.paths import parse_path, prefix_of
from router.table.routes import Match, PathKind, PathMatch, Policy

Owners = Mapping[tuple[str, HostPattern], App]
"""(namespace, host) -> its oldest app there"""
_PATTERN = frozenset("^$*?()[]{}|\\")


def location_claims(app: App, owners: Owners, settings: Settings) -> tuple[list[RouteClaim], list[Finding]]:
    """The paths of one Service. A proxyDomain that no app of the namespace has costs these paths and nothing else."""
    ref, values = app.service.ref, app.values
    domain, paths = values.get(PROXY_DOMAIN, ""), values.get(PROXY_LOCATIONS, ())
    if not domain and not paths:
        return [], []
    if not domain or not paths:
        here, there = (PROXY_DOMAIN, PROXY_LOCATIONS) if domain else (PROXY_LOCATIONS, PROXY_DOMAIN)
        message = f"{values.key(here)} without {there.name} mounts nothing."
        return [], [warning(ref, annotation_field(values.key(here)), "LocationIncomplete", message, f"Add {there.name}.")]
    host = parse_domain(domain, settings.platform_domain)
    field = annotation_field(values.key(PROXY_DOMAIN))
    if isinstance(host, Bad):
        return [], [error(ref, field, "InvalidDomain", f"proxyDomain: {host.why}; nothing is mounted.", "Correct it.")]
    owner = owners.get((app.service.metadata.namespace, host))
    if owner is None:
        message = f"proxyDomain: no app of namespace {app.service.metadata.namespace} has the domain {host}; nothing is mounted."
        return [], [error(ref, field, "ProxyDomainNotFound", message, "Name a domain of a routable app of this namespace.")]
    return _mounted(app, owner, host)


def _mounted(app: App, owner: App, host: HostPattern) -> tuple[list[RouteClaim], list[Finding]]:
    field = annotation_field(app.values.key(PROXY_LOCATIONS))
    policy = _policy(app, owner)
    claims: dict[str, RouteClaim] = {}
    findings = []
    for index, item in enumerate(app.values.get(PROXY_LOCATIONS, ())):
        prefix = parse_location(item)
        if isinstance(prefix, Bad):
            message = f"proxyLocations: {prefix.why}; this item is not mounted."
            findings.append(error(app.service.ref, field, "InvalidLocation", message, "Write a path prefix such as /api."))
        elif prefix not in claims:
            claims[prefix] = RouteClaim(
                origin=app.origin(f"proxyLocations[{index}]"),
                age=app.service.age_key,
                action=app.action,
                host=host,
                match=Match(path=PathMatch(kind=PathKind.PREFIX, value=prefix)),
                policy=policy,
                field=field,
            )
    return list(claims.values()), findings


def parse_location(text: str) -> str | Bad:
    """A path prefix, in wire form. Patterns, which Deis allows here, are refused rather than taken literally."""
    if _PATTERN & set(text):
        return Bad(why=f"{text!r} is a pattern")
    path = parse_path(text)
    if isinstance(path, Bad):
        return path
    prefix = prefix_of(path)
    return Bad(why="'/' is all of the app") if prefix == "/" else prefix


def _policy(app: App, owner: App) -> Policy:
    """The owner's rules for the host hold below the path too; a list or a redirect of the mounted Service adds to them."""
    host = owner.policy
    allow = both(host.allow, app.policy.allow) if app.values.get(WHITELIST, ()) else host.allow
    redirect, maintenance = host.https_redirect or app.policy.https_redirect, host.maintenance
    return msgspec.structs.replace(
        app.policy,
        allow=allow,
        https_redirect=redirect,
        hsts=host.hsts,
        maintenance=app.policy.maintenance if maintenance is None else maintenance,
    )
