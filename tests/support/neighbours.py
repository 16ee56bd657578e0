"""Random objects of two tenants and of the operator, on names so few that they meet."""

import base64
from typing import Any

from hypothesis import strategies as st

from router.settings import Settings
from tests.golden.cases import pair
from tests.support.tenants import Document

HOSTS = ("a.test", "b.test", "x.w.test", "*.w.test", "shared.test", "shop.apps.test")
PATHS = ("/", "/x", "/x/y", "/X", "/x/")
NAMES = ("one", "two")
TIMES = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "")
SECRETS = {"a-cert": "a.test", "w-cert": "*.w.test,x.w.test", "s-cert": "shared.test,shop.apps.test", "bad-cert": ""}
_YES_NO = st.sampled_from(["true", "false"])
_NOTES = {
    "ssl-redirect": _YES_NO, "hsts": _YES_NO, "maintenance": _YES_NO, "body-size": st.sampled_from(["1m", "2m", "x;"]),
    "whitelist": st.sampled_from(["10.0.0.0/8", "127.0.0.1", "nonsense"]), "referrer-policy": st.just("same-origin"),
    "read-timeout": st.sampled_from(["5s", "7s"]),
}  # fmt: skip
_APP_NOTES = {
    "ssl.enforce": _YES_NO, "ssl.hsts.enabled": _YES_NO, "maintenance": _YES_NO, "bodySize": st.sampled_from(["1m", "3m", "x;"]),
    "whitelist": st.sampled_from(["10.0.0.0/8", "127.0.0.1", "nonsense"]), "proxyDomain": st.sampled_from(HOSTS),
    "proxyLocations": st.sampled_from(["/x", "/api,/X"]), "backend-protocol": st.sampled_from(["http", "https", "h2c"]),
    "certificates": st.sampled_from([f"{host}:{name[0]}" for host in HOSTS for name in SECRETS]),
}  # fmt: skip


def _secret(namespace: str, name: str, names: str) -> Document:
    chain, key = pair(names) if names else (b"no certificate", b"no key")
    data = {"tls.crt": base64.b64encode(chain).decode(), "tls.key": base64.b64encode(key).decode()}
    return {
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": {"name": name, "namespace": namespace}, "data": data
    }  # fmt: skip


def operator() -> list[Document]:
    """What is there whoever else is."""
    return [_secret("system", "platform", "*.apps.test")]


@st.composite
def tenant(draw: st.DrawFn, namespace: str) -> list[Document]:
    """Services, apps, slices, Ingresses and Secrets of one namespace."""
    services = [draw(_service(namespace, name)) for name in NAMES if draw(st.booleans())]
    slices = [_slice(namespace, name) for name in NAMES if draw(st.booleans())]
    ingresses = [draw(_ingress(namespace, name)) for name in NAMES if draw(st.booleans())]
    secrets = [_secret(namespace, name, names) for name, names in SECRETS.items() if draw(st.booleans())]
    return [*services, *slices, *ingresses, *secrets]


@st.composite
def _service(draw: st.DrawFn, namespace: str, name: str) -> Document:
    notes: dict[str, Any] = {}
    if routable := draw(st.booleans()):
        notes = draw(st.fixed_dictionaries({}, optional=_APP_NOTES))
        notes["domains"] = ",".join(draw(st.lists(st.sampled_from([*HOSTS, "shop", "q}evil"]), max_size=3)))
    if draw(st.booleans()):
        notes["endpoints"] = draw(st.sampled_from(["10.0.0.1:80", "10.0.0.2:80", "127.0.0.1:9090", "x"]))
    metadata = {"name": name, "namespace": namespace, "creationTimestamp": draw(st.sampled_from(TIMES))}
    metadata |= {"labels": {"tidegate.dev/routable": "true"}} if routable else {}
    metadata |= {"annotations": {f"tidegate.dev/{key}": value for key, value in notes.items()}}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{"name": "http", "port": 80}]}}


def _slice(namespace: str, name: str) -> Document:
    labels = {"kubernetes.io/service-name": name}
    return {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": f"{name}-1", "namespace": namespace, "labels": labels},
        "endpoints": [{"addresses": [f"10.1.{len(name)}.{ord(namespace[0])}"]}], "ports": [{"name": "http", "port": 8080}],
    }  # fmt: skip


def _backend() -> st.SearchStrategy[Document]:
    port = st.sampled_from([{"number": 80}, {"name": "http"}, {"number": 81}])
    return st.builds(lambda name, port: {"service": {"name": name, "port": port}}, st.sampled_from([*NAMES, "gone"]), port)


@st.composite
def _ingress(draw: st.DrawFn, namespace: str, name: str) -> Document:
    path = st.fixed_dictionaries(
        {"path": st.sampled_from(PATHS), "pathType": st.sampled_from(["Exact", "Prefix"]), "backend": _backend()}
    )
    http = st.fixed_dictionaries({"paths": st.lists(path, max_size=3)})
    rule = st.fixed_dictionaries({}, optional={"host": st.sampled_from([*HOSTS, "q}evil"]), "http": http})
    tls = st.fixed_dictionaries(
        {"secretName": st.sampled_from(list(SECRETS))}, optional={"hosts": st.lists(st.sampled_from(HOSTS), max_size=2)}
    )
    more = {"defaultBackend": _backend(), "tls": st.lists(tls, max_size=2)}
    spec = draw(st.fixed_dictionaries({"rules": st.lists(rule, max_size=2)}, optional=more))
    notes = {f"tidegate.dev/{key}": value for key, value in draw(st.fixed_dictionaries({}, optional=_NOTES)).items()}
    metadata = {"name": name, "namespace": namespace, "creationTimestamp": draw(st.sampled_from(TIMES)), "annotations": notes}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec}


@st.composite
def settings(draw: st.DrawFn, ownership: str) -> Settings:
    """Those that have to do with who owns what."""
    platform = draw(st.booleans())
    return Settings(
        host_ownership=ownership,
        platform_domain="apps.test" if platform else "",
        platform_certificate="system/platform" if platform and draw(st.booleans()) else "",
        ssl_enforce=draw(st.booleans()),
        enforce_whitelists=draw(st.booleans()),
    )
