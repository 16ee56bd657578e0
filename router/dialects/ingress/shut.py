"""What an Ingress claims when reading it met a fault of ours: its hosts and paths, shut, so that they fall to nobody else."""

from collections.abc import Iterator, Mapping

from router.base import faults
from router.base.faults import Fault, Step, guarded
from router.base.parse import Bad
from router.dialects.ingress.classes import is_served
from router.dialects.ingress.matches import Wrong, match_of
from router.facts.meta import Key
from router.facts.networking import HTTPIngressPath, Ingress, IngressClass, IngressRule
from router.settings import Settings
from router.table.claims import SHUT, RouteClaim
from router.table.hosts import ANY_HOST, HostPattern
from router.table.names import parse_host
from router.table.routes import Match, Origin


def shut(ingress: Ingress, classes: Mapping[Key, IngressClass], settings: Settings) -> tuple[RouteClaim, ...]:
    """Looks at hosts and paths only, each by itself: one that can not be read costs itself."""
    if guarded(Step.INGRESS, ingress.ref, faults.SHUT, is_served, ingress, classes, settings) is not True:
        return ()
    found: list[RouteClaim] = []
    for index, rule in enumerate(ingress.spec.rules or ()):
        host = guarded(Step.INGRESS, ingress.ref, faults.SHUT, _host, rule)
        if isinstance(host, HostPattern):
            found += _of_host(ingress, rule, f"rules[{index}]", host)
    if ingress.spec.default_backend and not ingress.spec.rules:
        found.append(_claim(ingress, "defaultBackend", ANY_HOST, fallback=True))
    return tuple(found)


def _host(rule: IngressRule) -> HostPattern | Bad:
    return parse_host(rule.host) if rule.host else ANY_HOST


def _of_host(ingress: Ingress, rule: IngressRule, where: str, host: HostPattern) -> Iterator[RouteClaim]:
    """Every path, and what the paths leave over if that is the Ingress' as well."""
    paths: tuple[HTTPIngressPath, ...] = rule.http.paths if rule.http else ()
    for number, path in enumerate(paths):
        match = guarded(Step.INGRESS, ingress.ref, faults.SHUT, match_of, path)
        if not isinstance(match, Wrong | Fault):
            yield _claim(ingress, f"{where}.paths[{number}]", host, match)
    if not paths or ingress.spec.default_backend:
        yield _claim(ingress, where, host, fallback=True)


def _claim(ingress: Ingress, rule: str, host: HostPattern, match: Match | None = None, *, fallback: bool = False) -> RouteClaim:
    return RouteClaim(
        origin=Origin(dialect="ingress", object=ingress.ref, rule=rule),
        age=ingress.age_key,
        action=SHUT,
        host=host,
        match=match or Match(),
        fallback=fallback,
        everywhere=fallback and host == ANY_HOST and not ingress.spec.rules,
        field=f"spec.{rule}",
    )
