"""What an app claims when reading it met a fault of ours: its domains and locations, shut, so that they fall to nobody else."""

from collections.abc import Iterator

from router.base import faults
from router.base.faults import Step, guarded
from router.dialects.service.annotations import DOMAINS, PROXY_DOMAIN, PROXY_LOCATIONS
from router.dialects.service.apps import routable
from router.dialects.service.domains import parse_domain
from router.dialects.service.locations import parse_location
from router.facts.annotations import Field
from router.facts.core import Service
from router.settings import Settings
from router.table.claims import SHUT, RouteClaim
from router.table.hosts import HostPattern
from router.table.routes import Match, Origin, PathKind, PathMatch


def shut(service: Service, settings: Settings, *, domains: bool = True) -> tuple[RouteClaim, ...]:
    """Looks at names and paths only, each by itself: one that can not be read costs itself. ``domains``: its own too."""
    if guarded(Step.SERVICE, service.ref, faults.SHUT, _is_served, service, settings) is not True:
        return ()
    found = list(_domains(service, settings)) if domains else []
    return (*found, *_locations(service, settings))


def _is_served(service: Service, settings: Settings) -> bool:
    return routable(service)[0] and (not settings.namespaces or service.metadata.namespace in settings.namespaces)


def _domains(service: Service, settings: Settings) -> Iterator[RouteClaim]:
    for index, text in enumerate(_items(service, DOMAINS)):
        host = guarded(Step.SERVICE, service.ref, faults.SHUT, parse_domain, text, settings.platform_domain)
        if isinstance(host, HostPattern):
            yield _claim(service, f"domains[{index}]", host, Match())


def _locations(service: Service, settings: Settings) -> Iterator[RouteClaim]:
    domain = "".join(_items(service, PROXY_DOMAIN)[:1])
    host = guarded(Step.SERVICE, service.ref, faults.SHUT, parse_domain, domain, settings.platform_domain)
    for index, text in enumerate(_items(service, PROXY_LOCATIONS) if isinstance(host, HostPattern) else ()):
        prefix = guarded(Step.SERVICE, service.ref, faults.SHUT, parse_location, text)
        if isinstance(prefix, str) and isinstance(host, HostPattern):
            match = Match(path=PathMatch(kind=PathKind.PREFIX, value=prefix))
            yield _claim(service, f"proxyLocations[{index}]", host, match)


def _items(service: Service, field: Field) -> tuple[str, ...]:
    """The comma list of an annotation, in its first spelling that is there."""
    text = next((service.metadata.annotations[n] for n in field.names if n in service.metadata.annotations), "")
    return tuple(item for part in text.split(",") if (item := part.strip(" \t\r\n")))


def _claim(service: Service, rule: str, host: HostPattern, match: Match) -> RouteClaim:
    origin = Origin(dialect="service", object=service.ref, rule=rule)
    return RouteClaim(origin=origin, age=service.age_key, action=SHUT, host=host, match=match)
