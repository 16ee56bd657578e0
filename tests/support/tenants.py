"""Objects of tenants as raw documents, with something in every field and annotation that we read; and what becomes of them."""

import base64
import copy
import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from router.base.faults import Fault
from router.base.findings import Finding
from router.base.frozen import Frozen
from router.base.parse import Bad
from router.dialects import ingress, service
from router.facts.annotations import DEIS, NATIVE, Field
from router.facts.core import Deployment
from router.facts.decode import DecodeError, decode
from router.facts.own_deployment import from_deployment
from router.facts.snapshot import KINDS, Snapshot
from router.planes.bundle import Rendered
from router.planes.haproxy.driver import HaproxyDriver
from router.planes.nginx.driver import NginxDriver
from router.planes.plane import Binary, Driver
from router.settings import OPTIONS, Settings, TcpService
from router.table.backends import SERVICE_FIELDS
from router.translate import Translation, translate
from tests.golden.cases import pair
from tests.support.manifests import NOW

Document = dict[str, Any]
Path = tuple[str | int, ...]
"""Where a text stands in a document. The last step ``KEY`` means the key itself."""
KEY = "\0key"
PLANES: Mapping[str, tuple[Driver, Binary]] = {
    "nginx 1.22": (
        NginxDriver(),
        Binary(
            plane="nginx", path="nginx", version=(1, 22, 0), features=frozenset({"stub_status", "stream_module=/usr/lib/m.so"})
        ),
    ),
    "nginx 1.31": (NginxDriver(), Binary(plane="nginx", path="nginx", version=(1, 31, 0), features=frozenset({"stream"}))),
    "haproxy 2.6": (HaproxyDriver(), Binary(plane="haproxy", path="haproxy", version=(2, 6, 0))),
    "haproxy 2.8": (
        HaproxyDriver(),
        Binary(plane="haproxy", path="haproxy", version=(2, 8, 0), features=frozenset({"prometheus"})),
    ),
}
"""All feature sets: what the oldest and the newest supported binaries get."""
SAMPLES = (
    "true", "false", "0", "1", "3", "80", "600", "4096", "12k", "10m", "30s", "http", "https", "grpc", "v1", "same-origin", "none",
    "shop.example.com", "*.example.com", "/x", "10.0.0.0/8", "192.0.2.1,10.0.0.0/8", "127.0.0.1:9001", "shop.example.com:web",
    "override", "text/plain,text/css", "auto", "4", "notice", "example.com", "shop/tls", "stdout",
)  # fmt: skip
"""Harmless values. Each declared annotation accepts one of them."""
CHOSEN: Mapping[str, str] = {
    "tidegate.dev/domains": "shop.example.com,*.wild.example.com,bare",
    "tidegate.dev/certificates": "shop.example.com:web",
    "tidegate.dev/whitelist": "10.0.0.0/8,2001:db8::/32,192.0.2.1",
    "tidegate.dev/port": "http",
    "tidegate.dev/endpoints": "10.9.0.1:9001,http=[2001:db8::1]:9002",
    "tidegate.dev/backend-protocol": "https",
    "tidegate.dev/backend-server-name": "inner.example.com",
    "tidegate.dev/proxyDomain": "shop.example.com",
    "tidegate.dev/proxyLocations": "/mounted,/mounted/deep",
    "tidegate.dev/maintenance": "false",
    "tidegate.dev/proxyBuffers.size": "12k",
    "tidegate.dev/proxyBuffers.busySize": "24k",
    "tidegate.dev/regexDomain": "^x$",
    "tidegate.dev/proxyBuffers.number": "8",
}
"""Where the first sample would leave out what is behind it. By the field's preferred name."""
ENDPOINTS = "tidegate.dev/endpoints"
SERVICE = (*service.FIELDS, *SERVICE_FIELDS)


def sample(field: Field) -> str:
    """A value that the field accepts: a new annotation is covered on the day it is declared."""
    texts = (CHOSEN[field.name],) if field.name in CHOSEN else SAMPLES
    return next(text for text in texts if not isinstance(field.parse(text), Bad))


def annotations(fields: Iterable[Field], *without: str, spelling: int = 0) -> dict[str, str]:
    """All of ``fields``, in the spelling with this number if they have so many."""
    return {f.names[min(spelling, len(f.names) - 1)]: sample(f) for f in fields if f.name not in without}


def _ingress(name: str, namespace: str, notes: dict[str, str], spec: Document) -> Document:
    metadata = {"name": name, "namespace": namespace, "annotations": notes, "labels": {"team": "x"}, "uid": f"uid-{name}"}
    metadata["creationTimestamp"] = "2026-01-01T00:00:00Z"
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec}


def _service(name: str, notes: dict[str, str], labels: dict[str, str], spec: Document | None = None) -> Document:
    ports = {"ports": [{"name": "http", "port": 80, "appProtocol": "http", "protocol": "TCP"}, {"name": "admin", "port": 81}]}
    metadata = {"name": name, "namespace": "shop", "annotations": notes, "labels": labels}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"type": "ClusterIP", **ports, **(spec or {})}}


def _to(service: str, **port: object) -> Document:
    return {"service": {"name": service, "port": port}}


def documents() -> list[Document]:
    """Everything a tenant can say, once. All of it is accepted."""
    routable = {NATIVE + "routable": "true"}
    mounts = ("tidegate.dev/proxyDomain", "tidegate.dev/proxyLocations", "tidegate.dev/regexDomain")
    chain, key = pair("shop.example.com,paths.example.com")
    data = {"tls.crt": base64.b64encode(chain).decode(), "tls.key": base64.b64encode(key).decode()}
    web = annotations(SERVICE, *mounts, "tidegate.dev/backend-proxy-protocol")
    old = annotations(service.FIELDS, *mounts, spelling=99) | {DEIS + "domains": "old.example.com", DEIS + "certificates": ""}
    rules = [
        {"host": "paths.example.com", "http": {"paths": [
            {"path": "/exact", "pathType": "Exact", "backend": _to("plain", number=80)},
            {"path": "/a/b", "pathType": "Prefix", "backend": _to("plain", name="http")},
            {"path": "/", "pathType": "ImplementationSpecific", "backend": _to("outside", number=80)},
        ]}},
        {"host": "*.paths.example.com", "http": {"paths": [{"path": "/b", "pathType": "Prefix", "backend": _to("plain", number=80)}]}},
    ]  # fmt: skip
    return [
        _service("web", web, routable),
        _service("old", old, {DEIS + "routable": "true"}),
        _service("mounted", {NATIVE + f.name.partition("/")[2]: sample(f) for f in service.FIELDS if f.name in mounts}, routable),
        _service("resting", {NATIVE + "domains": "resting.example.com", NATIVE + "maintenance": "true"}, routable),
        _service("h2c", {NATIVE + "domains": "h2c.example.com", NATIVE + "backend-protocol": "h2c", ENDPOINTS: "10.1.2.5:80"}, routable),
        _service("pp", {NATIVE + "domains": "pp.example.com", NATIVE + "backend-proxy-protocol": "v1", ENDPOINTS: "10.1.2.6:80"}, routable),
        _service("plain", {}, {"app": "plain"}),
        _service("outside", {}, {}, {"type": "ExternalName", "externalName": "outside.example.net"}),
        _slice("plain"),
        _slice("mounted"),
        _ingress("paths", "shop", annotations(ingress.FIELDS, "tidegate.dev/maintenance"), {
            "ingressClassName": "tidegate", "rules": rules,
            "tls": [{"hosts": ["paths.example.com"], "secretName": "web-cert"}, {"hosts": [], "secretName": "web-cert"}],
            "defaultBackend": _to("plain", number=80),
        }),
        _ingress("everywhere", "shop", {"kubernetes.io/ingress.class": "tidegate"}, {"defaultBackend": _to("plain", name="http")}),
        {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": {"name": "web-cert", "namespace": "shop"},
         "data": data, "stringData": {"note": "x"}},
        {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "spec": {"controller": "tidegate.dev/ingress"},
         "metadata": {"name": "tidegate", "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}}},
    ]  # fmt: skip


def _slice(name: str) -> Document:
    labels = {"kubernetes.io/service-name": name}
    return {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": f"{name}-1", "namespace": "shop", "labels": labels},
        "endpoints": [{"addresses": ["10.1.2.3", "10.1.2.4"], "conditions": {"ready": True}, "zone": "z1"}],
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP", "appProtocol": "http"}],
    }  # fmt: skip


@functools.cache
def _option_samples() -> Mapping[str, str]:
    """A value that each setting accepts, by field."""
    read = {o.field: next((t for t in SAMPLES if not isinstance(o.parse(t), Bad)), "") for o in OPTIONS}
    return read | {"referrer_policy": "same-origin", "trusted_proxies": "10.0.0.0/8", "proxy_buffers_size": "4096"}


def deployment(native: bool) -> Document:
    """The router's own Deployment with every annotation of settings, in the native spelling or in Deis'."""
    samples = _option_samples()
    kept = {
        "proxy_buffers_number": "8",
        "proxy_buffers_size": "4k",
        "proxy_buffers_busy_size": "8k",
        "workers": "1",
        "namespaces": "",
    }
    samples = {**samples, **kept}
    notes = {NATIVE + o.flag[2:]: samples[o.field] for o in OPTIONS} if native else {}
    notes |= {} if native else {DEIS + o.deis: samples[o.field] for o in OPTIONS if o.deis}
    notes |= {} if native else {DEIS + "nginx.disableServerTokens": "true", DEIS + "nginx.logFormat": "x"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "router", "namespace": "system", "annotations": notes},
    }


def places(document: Document) -> list[Path]:
    """Every text in a document, keys of labels and annotations and data too. Not what says which kind it is."""
    return [p for p in _places(document, ()) if p not in (("apiVersion",), ("kind",))]


def _places(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, str):
        yield path
    for step, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if path[-1:] in (("labels",), ("annotations",), ("data",), ("stringData",)):
            yield (*path, step, KEY)
        yield from _places(inner, (*path, step))


def text_at(document: Document, path: Path) -> str:
    if path[-1] == KEY:
        return str(path[-2])
    for step in path:
        document = document[step]  # type: ignore[index]
    assert isinstance(document, str)
    return document


def changed(document: Document, path: Path, text: str | None) -> Document:
    """A copy with another text there; None: without the field or item."""
    made = copy.deepcopy(document)
    key, inner = path[-1] == KEY, made
    *way, last = path[:-1] if key else path
    for step in way:
        inner = inner[step]  # type: ignore[index]
    old = inner.pop(last)  # type: ignore[arg-type]
    if text is not None:
        if isinstance(inner, list):
            inner.insert(last, text)
        else:
            inner[text if key else last] = old if key else text
    return made


SETTINGS = Settings(
    platform_domain="apps.example.org", tcp=(TcpService(listen=9000, namespace="shop", service="plain", port=80),)
)


def snapshot(made: Iterable[Document], shared: bool = True) -> Snapshot:
    """As a source gives it; what can not be decoded is left out."""
    kinds: dict[str, dict[Any, Any]] = {}
    for document in made:
        field, kind = KINDS[document["apiVersion"], document["kind"]]
        try:
            fact = decode(document, kind)
        except DecodeError:
            continue
        kinds.setdefault(field, {})[fact.key] = fact
    return Snapshot(**kinds, shared=shared)


def settings_of(document: Document | None, base: Settings = SETTINGS) -> tuple[Settings, list[Finding]]:
    try:
        return from_deployment(base, decode(document, Deployment)) if document else (base, [])
    except DecodeError:
        return base, []


class Made(Frozen):
    """``rendered``: by the name of the feature set."""

    translation: Translation
    rendered: Mapping[str, Rendered]

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (*self.translation.findings, *(f for r in self.rendered.values() for f in r.findings))

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Where our own code met something it could not do."""
        return (*self.translation.faults, *(f for r in self.rendered.values() for f in r.faults))


def made(objects: Iterable[Document], settings: Settings = SETTINGS, versions: Iterable[str] = PLANES) -> Made:
    """Objects to bundles, as in the spine."""
    done = translate(snapshot(objects), settings, NOW, None)
    drivers = {name: PLANES[name] for name in versions}
    return Made(translation=done, rendered={n: driver.render(done.table, binary) for n, (driver, binary) in drivers.items()})
