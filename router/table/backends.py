"""A Service and its EndpointSlices: what its ports are as backends."""

import ipaddress
from collections.abc import Collection, Mapping, Sequence

from router.base import parse
from router.base.faults import Fault, Step, guarded
from router.base.findings import Finding, error, warning
from router.base.frozen import Frozen
from router.base.parse import Bad
from router.facts import annotations
from router.facts.annotations import Field, Values
from router.facts.core import Service, ServicePort
from router.facts.discovery import Alike, EndpointSlice
from router.table.hosts import HostKind
from router.table.names import parse_host
from router.table.types import Backend, BackendProtocol, Endpoint, UpstreamTls

_WORDS = parse.choice(*(p.value for p in BackendProtocol))


def _protocol(text: str) -> BackendProtocol | Bad:
    word = _WORDS(text.strip(" ").lower())
    return word if isinstance(word, Bad) else BackendProtocol(word)


def _proxy_version(text: str) -> int | Bad:
    word = parse.choice("v1", "v2")(text)
    return word if isinstance(word, Bad) else int(word[1])


def _server_name(text: str) -> str | Bad:
    host = parse_host(text)
    if isinstance(host, Bad):
        return host
    return host.name if host.kind is HostKind.EXACT else Bad(why=f"{text!r} is a wildcard, not a name")


def _endpoint(text: str) -> tuple[str, Endpoint] | Bad:
    """``[name=]host:port`` -> (port name, endpoint)"""
    name, equals, rest = text.partition("=")
    address, colon, number = (rest if equals else text).rpartition(":")
    port = parse.port(number)
    bare = address[1:-1] if address.startswith("[") and address.endswith("]") else address
    ip = _address(bare)
    if not colon or isinstance(port, Bad) or isinstance(ip, Bad) or (":" in bare and bare == address):
        return Bad(why=f"{text!r} is not HOST:PORT or PORTNAME=HOST:PORT")
    return (name if equals else "", Endpoint(address=ip, port=port))


def _endpoints(text: str) -> tuple[tuple[str, Endpoint], ...] | Bad:
    return parse.each(_endpoint, text)


def _address(text: str) -> str | Bad:
    """An IP address, or the name of an endpoint that the plane resolves."""
    ip = parse.ip_address(text)
    host = parse_host(text)
    if isinstance(ip, Bad) and not isinstance(host, Bad) and host.kind is HostKind.EXACT:
        return _well_known(host.name)
    return ip


def _well_known(name: str) -> str:
    """``localhost`` needs no DNS (RFC 6761 6.3), and the planes' resolvers do not read /etc/hosts."""
    return "127.0.0.1" if name == "localhost" else name


ENDPOINTS = Field(
    names=("tidegate.dev/endpoints",),
    parse=_endpoints,
    help="Endpoints without a cluster: HOST:PORT,... for all ports, or PORTNAME=HOST:PORT,... for named ones.",
)
PROTOCOL = Field(
    names=("tidegate.dev/backend-protocol",),
    parse=_protocol,
    help="What the app speaks: http, https, h2c, grpc or grpcs. Without it the port's appProtocol counts.",
    default="http",
)
PROXY_PROTOCOL = Field(
    names=("tidegate.dev/backend-proxy-protocol",),
    parse=_proxy_version,
    help="Send a PROXY protocol header to the app: v1 or v2.",
)
SERVER_NAME = Field(
    names=("tidegate.dev/backend-server-name",),
    parse=_server_name,
    help="The TLS server name that is sent to an https or grpcs app.",
)
SERVICE_FIELDS = (ENDPOINTS, PROTOCOL, PROXY_PROTOCOL, SERVER_NAME)
"""Annotations of any Service that a route leads to, whichever dialect names it."""

APP_LABELS = frozenset({f"{annotations.NATIVE}routable", f"{annotations.DEIS}routable"})
"""What makes a Service an app, which has more annotations."""
COST = "its routes answer 503"
_NO_ENDPOINTS_FIX = "Wait for its pods to be ready, or look at its selector and its pods' readiness."

APP_PROTOCOLS: Mapping[str, BackendProtocol] = {
    "http": BackendProtocol.HTTP,
    "https": BackendProtocol.HTTPS,
    "grpc": BackendProtocol.GRPC,
    "grpcs": BackendProtocol.GRPCS,
    "kubernetes.io/h2c": BackendProtocol.H2C,
    "kubernetes.io/ws": BackendProtocol.HTTP,
    "kubernetes.io/wss": BackendProtocol.HTTPS,
}
"""appProtocol of a Service port (KEP-3726) -> protocol; others count as http."""


Sockets = Collection[tuple[str, int]]
"""(address, port) of the router's listeners; an empty address is all of them"""


class ServiceBackends(Frozen):
    """The backends of one Service, for the ports that somebody asks for."""

    backends: tuple[Backend, ...]
    findings: tuple[Finding, ...] = ()
    faults: tuple[Fault, ...] = ()


def read_backends(
    service: Service, slices: Sequence[EndpointSlice], ports: Mapping[str, ServicePort], *, shared: bool, sockets: Sockets = ()
) -> ServiceBackends:
    """``slices``: in the order of their names. ``ports``: by the backend's id. ``shared``: as in Snapshot. ``sockets``: where the
    router listens itself. A fault of ours leaves the backends without endpoints."""
    made = guarded(Step.BACKEND, service.ref, COST, _Reader(service, slices, sockets, shared=shared).read, ports)
    if not isinstance(made, Fault):
        return made
    problem = f"{service.ref} met a fault of Tidegate's own"
    dead = (Backend(id=id, label=_label(service, port), service=service.ref, problem=problem) for id, port in ports.items())
    return ServiceBackends(backends=tuple(dead), faults=(made,))


def _label(service: Service, port: ServicePort) -> str:
    return f"{service.metadata.namespace}/{service.metadata.name}:{port.name or port.port}"


class _Reader:
    """Reads one Service with its slices."""

    def __init__(self, service: Service, slices: Sequence[EndpointSlice], sockets: Sockets, *, shared: bool) -> None:
        self.service, self._slices, self._sockets, self._shared = service, slices, sockets, shared
        self._findings: list[Finding] = []

    def read(self, ports: Mapping[str, ServicePort]) -> ServiceBackends:
        """``ports``: by the backend's id. The annotations are read once for all of them. On an app the service dialect says what
        is unknown: it knows more names."""
        values, said = annotations.read(self.service.metadata.annotations, SERVICE_FIELDS, self.service.ref)
        is_app = not APP_LABELS.isdisjoint(self.service.metadata.labels)
        self._findings += [f for f in said if not (is_app and f.reason == "UnknownAnnotation")]
        made = tuple(self._backend(id, port, values) for id, port in ports.items())
        return ServiceBackends(backends=made, findings=tuple(dict.fromkeys(self._findings)))

    def _backend(self, id: str, port: ServicePort, values: Values) -> Backend:
        service = self.service
        endpoints = self._endpoints(port, values)
        protocol = values.get(PROTOCOL, APP_PROTOCOLS.get(port.app_protocol or "", BackendProtocol.HTTP))
        where = f"{service.metadata.namespace}/{service.metadata.name}"
        problem = "" if endpoints else f"Service {where} has no endpoints for port {port.name or port.port}"
        if problem:
            fix = f"{ENDPOINTS.name} names none for it." if values.get(ENDPOINTS, ()) else _NO_ENDPOINTS_FIX
            said = warning(service.ref, "spec.ports", "NoEndpoints", f"{problem}; its routes answer 503.", fix)
            self._findings.append(said)
        return Backend(
            id=id,
            label=_label(service, port),
            service=service.ref,
            protocol=protocol,
            endpoints=endpoints,
            tls=_tls(service, protocol, values),
            proxy_protocol=values.get(PROXY_PROTOCOL, 0),
            problem=problem,
        )

    def _endpoints(self, port: ServicePort, values: Values) -> tuple[Endpoint, ...]:
        service = self.service
        named: Sequence[tuple[str, Endpoint]] = values.get(ENDPOINTS, ())
        if named:
            return self._not_ours({endpoint for name, endpoint in named if name in ("", port.name)})
        if service.spec.type == "ExternalName":
            return self._external(port)
        return _ready(self._slices, port)

    def _external(self, port: ServicePort) -> tuple[Endpoint, ...]:
        address = _address(self.service.spec.external_name)
        if isinstance(address, Bad):
            return ()
        itself = f"{self.service.metadata.name}.{self.service.metadata.namespace}"
        if address in (itself, f"{itself}.svc") or address.startswith(f"{itself}.svc."):
            message = f"{address} is this Service itself; there is nothing behind it."
            said = error(self.service.ref, "spec.externalName", "ExternalNameLoop", message, "Name another host.")
            self._findings.append(said)
            return ()
        return self._not_ours({Endpoint(address=address, port=port.port)})

    def _not_ours(self, endpoints: set[Endpoint]) -> tuple[Endpoint, ...]:
        """Never the router's own listeners: one request would go round until no connection is left, for anybody. In a cluster, a
        tenant must not reach what listens on this machine only: the admin address, the plane's status."""
        loops = {e for e in endpoints if _listens(e, self._sockets)}
        if loops:
            named = ", ".join(f"{e.address}:{e.port}" for e in sorted(loops))
            message = f"{named} is the router itself; requests would go round for ever. It is left out."
            self._findings.append(error(self.service.ref, "", "EndpointIsRouter", message, "Name the address of the app."))
            endpoints = endpoints - loops
        refused = {e for e in endpoints if self._shared and _is_local(e.address)}
        if refused:
            named = ", ".join(sorted(e.address for e in refused))
            message = f"{named}: in a cluster, endpoints are not on the router's own machine; they are left out."
            self._findings.append(error(self.service.ref, "", "LocalEndpoint", message, "Use a Service with a selector."))
        return tuple(sorted(endpoints - refused))


def _listens(endpoint: Endpoint, sockets: Sockets) -> bool:
    """Whether it is an address of the router: the socket's own, or this machine's if the socket has it too."""
    local = _is_loopback(endpoint.address)
    everywhere = ("", "::", "0.0.0.0")  # noqa: S104 -- compared, not opened
    return any(
        port == endpoint.port and (address == endpoint.address or (local and (address in everywhere or _is_loopback(address))))
        for address, port in sockets
    )


def _is_loopback(address: str) -> bool:
    ip = parse.ip_address(address)
    if isinstance(ip, Bad):
        return address == "localhost" or address.endswith(".localhost")
    known = ipaddress.ip_address(ip)
    return known.is_loopback or known.is_unspecified


def _is_local(address: str) -> bool:
    """Loopback, link-local (cloud metadata is there) or unspecified. EndpointSlices can not hold these (API validation)."""
    ip = parse.ip_address(address)
    if isinstance(ip, Bad):
        return address.endswith(".localhost")
    known = ipaddress.ip_address(ip)
    return known.is_loopback or known.is_link_local or known.is_unspecified


def _tls(service: Service, protocol: BackendProtocol, values: Values) -> UpstreamTls | None:
    if protocol not in (BackendProtocol.HTTPS, BackendProtocol.GRPCS):
        return None
    external = service.spec.external_name.lower().removesuffix(".") if service.spec.type == "ExternalName" else ""
    return UpstreamTls(server_name=values.get(SERVER_NAME, "" if isinstance(parse_host(external), Bad) else external))


def _ready(slices: Sequence[EndpointSlice], port: ServicePort) -> tuple[Endpoint, ...]:
    """Ready endpoints of all slices; if there are none, those that still serve while they terminate (KEP-1669)."""
    ready: set[Endpoint] = set()
    serving: set[Endpoint] = set()
    for item in slices:
        if item.address_type not in ("IPv4", "IPv6"):
            continue
        numbers = [p.port for p in item.ports if (p.name or "") == port.name and p.port and p.protocol in (None, "TCP")]
        for alike in item.endpoints:
            into = _where(alike, ready, serving)
            if into is not None:
                addresses = (parse.ip_address(address) for address in alike.addresses)
                into.update(Endpoint(address=a, port=n) for a in addresses if not isinstance(a, Bad) for n in numbers)
    return tuple(sorted(ready or serving))


def _where(alike: Alike, ready: set[Endpoint], serving: set[Endpoint]) -> set[Endpoint] | None:
    said = alike.conditions
    if said.ready is not False:
        return ready
    return serving if said.serving and said.terminating else None
