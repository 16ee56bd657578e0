"""From merged claims to virtual hosts, each by itself."""

from collections.abc import Mapping, Sequence

from router.base import faults
from router.base.digest import digest
from router.base.faults import Fault, Step, guarded
from router.base.findings import Finding
from router.base.frozen import Frozen
from router.base.shared import shared
from router.table import from_settings
from router.table.claims import BackendRef, ForwardTo, RouteClaim
from router.table.hosts import HostPattern
from router.table.merge import Merged
from router.table.resolving import Target
from router.table.routes import Action, Forward, Policy, Respond, Route, WeightedBackend
from router.table.types import VirtualHost

EVERYWHERE = (from_settings.HTTP, from_settings.HTTPS)


class HostClaims(Frozen):
    """The claims of one host in match order, the default backend among them. ``refs``: the backends that they name."""

    host: HostPattern
    owner: str
    claims: tuple[RouteClaim, ...]
    refs: tuple[BackendRef, ...]


class Made(Frozen):
    """A host of the table, and what is to be said about its claims."""

    virtual: VirtualHost
    findings: tuple[Finding, ...] = ()
    faults: tuple[Fault, ...] = ()


def with_default(merged: Merged, defaults: Mapping[str, RouteClaim]) -> HostClaims:
    """A host without a default backend of its own gets that of its namespace: on no host of another one does it answer, because
    what is sent there is its owner's. ``defaults``: of ``Merged``."""
    claims, default = merged.claims, defaults.get(merged.owner)
    if default and not any(c.fallback for c in claims):
        claims = (*claims, default)
    refs = (ref for claim in claims if isinstance(claim.action, ForwardTo) for ref, _ in claim.action.backends)
    return HostClaims(host=merged.host, owner=merged.owner, claims=claims, refs=tuple(dict.fromkeys(refs)))


def refs_of(found: HostClaims) -> tuple[BackendRef, ...]:
    return found.refs


def make(found: HostClaims, targets: Sequence[Target | None]) -> Made:
    """``targets``: of its ``refs``, in their order."""
    known = {ref: target for ref, target in zip(found.refs, targets, strict=True) if target}
    said: dict[Finding, None] = {}
    met: list[Fault] = []
    routes = tuple(_guarded(found.host, claim, known, said, met) for claim in found.claims)
    virtual = VirtualHost(host=found.host, listeners=EVERYWHERE, routes=routes, owner=found.owner)
    return Made(virtual=virtual, findings=tuple(said), faults=tuple(met))


def _guarded(
    host: HostPattern, claim: RouteClaim, targets: Mapping[BackendRef, Target], said: dict[Finding, None], met: list[Fault]
) -> Route:
    """The route; after a fault of ours, the same match without anything else, which answers 503."""
    made = guarded(Step.ROUTE, claim.origin.object, faults.SHUT, _action, claim, targets, said)
    if isinstance(made, Fault):
        met.append(made)
        return _route(host, claim, Respond(status=503), Policy())
    return _route(host, claim, made, claim.policy)


def _route(host: HostPattern, claim: RouteClaim, action: Action, policy: Policy) -> Route:
    match = claim.match
    identity = (str(host), match.path.kind, match.path.value, match.method, repr(match.headers), repr(match.query))
    return Route(
        id=digest("route", *identity, str(claim.fallback), claim.origin.dialect, str(claim.origin)),
        origin=claim.origin,
        match=match,
        action=action,
        policy=policy,
        fallback=claim.fallback,
    )


def _action(claim: RouteClaim, targets: Mapping[BackendRef, Target], said: dict[Finding, None]) -> Action:
    if not isinstance(claim.action, ForwardTo):
        return claim.action or Forward()
    weighted = []
    for ref, weight in claim.action.backends:
        if complaint := targets[ref].complaint(claim.origin.object, claim.action.field or claim.field):
            said.setdefault(complaint)
        weighted.append(WeightedBackend(backend=targets[ref].id, weight=weight))
    return shared(Forward(backends=tuple(weighted), rewrite=claim.action.rewrite))
