"""What is kept of kinds that come in tens of thousands, and how: they are most of a large cluster's memory.

Nothing here changes what an object means to us: what nobody reads is left out, and what thousands say alike is one object.
"""

from collections.abc import Mapping
from sys import intern

import msgspec

from router.base.lines import packed
from router.base.shared import shared
from router.facts.core import Secret, Service
from router.facts.discovery import SERVICE_NAME_LABEL, Alike, EndpointConditions, EndpointSlice, WrittenSlice
from router.facts.meta import Fact, Meta
from router.facts.networking import (
    HTTPIngressPath,
    HTTPIngressRuleValue,
    Ingress,
    IngressBackend,
    IngressRule,
    IngressServiceBackend,
)

TRIMMED: frozenset[type[Fact]] = frozenset({Service, EndpointSlice, Ingress, Secret})
READ_PREFIXES = ("tidegate.dev/", "router.deis.io/")
READ_KEYS = frozenset({"kubernetes.io/ingress.class"})
_NO_TEXTS: Mapping[str, str] = {}


def trimmed_meta(meta: Meta) -> Meta:
    """Without labels and annotations that nobody reads. Names stand in other objects as well."""
    return msgspec.structs.replace(
        meta,
        name=intern(meta.name),
        namespace=intern(meta.namespace),
        creation_timestamp=shared(meta.creation_timestamp),
        labels=_read(meta.labels),
        annotations=_read(meta.annotations),
    )


def _read(texts: Mapping[str, str]) -> Mapping[str, str]:
    return {key: text for key, text in texts.items() if key.startswith(READ_PREFIXES) or key in READ_KEYS} or _NO_TEXTS


def trimmed_slice(wire: WrittenSlice, meta: Meta) -> EndpointSlice:
    """``meta``: in its last form, but for what ``wire`` says of it here. An address without characters, or with the end of a line
    in it, is none."""
    alike: dict[EndpointConditions, list[str]] = {}
    for endpoint in wire.endpoints or ():
        good = (address for address in endpoint.addresses if address and "\n" not in address)
        alike.setdefault(endpoint.conditions, []).extend(good)
    return EndpointSlice(
        metadata=meta,
        service=intern(wire.metadata.labels.get(SERVICE_NAME_LABEL, "")),
        address_type=intern(wire.address_type),
        endpoints=tuple(Alike(addresses=packed(texts), conditions=shared(said)) for said, texts in alike.items() if texts),
        ports=shared(wire.ports or ()),
    )


def trimmed_service(service: Service, meta: Meta) -> Service:
    spec = msgspec.structs.replace(service.spec, type=intern(service.spec.type), ports=shared(service.spec.ports))
    return Service(metadata=meta, spec=spec, status=shared(service.status))


def trimmed_ingress(ingress: Ingress, meta: Meta) -> Ingress:
    rules = ingress.spec.rules and tuple(map(_rule, ingress.spec.rules))
    return Ingress(metadata=meta, spec=msgspec.structs.replace(ingress.spec, rules=rules), status=shared(ingress.status))


def _rule(rule: IngressRule) -> IngressRule:
    if rule.http is None:
        return rule
    return IngressRule(host=rule.host, http=HTTPIngressRuleValue(paths=tuple(map(_path, rule.http.paths))))


def _path(path: HTTPIngressPath) -> HTTPIngressPath:
    return HTTPIngressPath(backend=_backend(path.backend), path=shared(path.path), path_type=intern(path.path_type))


def _backend(backend: IngressBackend) -> IngressBackend:
    service = backend.service
    if service is None or backend.resource is not None:
        return backend
    return IngressBackend(service=IngressServiceBackend(name=intern(service.name), port=shared(service.port)))
