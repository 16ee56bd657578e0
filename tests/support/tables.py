"""Routers made up by hypothesis: manifests of three namespaces, and settings."""

import json
from ipaddress import ip_network
from typing import Any

from hypothesis import strategies as st

from router.base.frozen import Frozen

HOSTS = ["a.test", "b.a.test", "x-1.test", "a_b.test", "xn--bcher-kva.test", "default", "hostnames", "1.test", "deep.er.a.test"]
PATTERNS = [*HOSTS, "*.a.test", "*.b.a.test", "*.test", "A.Test", "bücher.test", "a.test."]
ELEMENTS = ["admin", "admin", "api", "a", "b", "Admin", "API", "A", "é", "x y", "a+b", "a;b", "$", "~", "(x)", "[x]", "a|b", "...", ".a", "a%2Fb", "%61", "a%3Bb", "\"q\"", "%C3%A9", "%25"]  # fmt: skip
SERVICES = ["s0", "s1", "s2", "empty", "missing"]
LISTS = [
    "127.0.0.0/8, 198.51.100.0/24, 192.0.2.0/24",
    "127.0.0.0/16, 2001:db8::/32, 198.51.100.7",
    "192.0.2.0/24",
    "192.0.2.0/24",
    "10.0.0.0/8, 2001:db8::/32, 127.9.0.0/16",
    "nonsense",
    "0.0.0.0/0,::/0",
]
NEAR = (ip_network("127.0.0.0/16"), ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/48"))


class Made(Frozen):
    """``objects``: of Kubernetes, without Services' endpoints. ``settings``: of the router."""

    objects: tuple[dict[str, Any], ...]
    settings: dict[str, Any]

    def manifests(self, first: int, second: int) -> str:
        """With the Services of all namespaces, on two backends in turn."""
        ports = (first, second)
        services = [
            _service(namespace, name, ports[(row + column) % 2])
            for row, namespace in enumerate(("n1", "n2", "n3"))
            for column, name in enumerate(SERVICES[:3])
        ]
        services += [_service(namespace, "empty", 0) for namespace in ("n1", "n2", "n3")]
        return "---\n".join(json.dumps(one) + "\n" for one in (*services, *(_with_port(o, ports) for o in self.objects)))


def _service(namespace: str, name: str, port: int) -> dict[str, Any]:
    """``port`` 0: nobody serves it."""
    notes = {"tidegate.dev/endpoints": f"127.0.0.1:{port}"} if port else {}
    metadata = {"name": name, "namespace": namespace, "annotations": notes}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{"port": 80}]}}


def _with_port(made: dict[str, Any], ports: tuple[int, int]) -> dict[str, Any]:
    """Apps have endpoints of their own."""
    if made["kind"] != "Service":
        return made
    metadata = made["metadata"]
    notes = metadata["annotations"] | {"tidegate.dev/endpoints": f"127.0.0.1:{ports[int(metadata['name'][-1]) % 2]}"}
    return made | {"metadata": metadata | {"annotations": notes}}


def paths() -> st.SearchStrategy[str]:
    """Short, so that they nest in each other."""
    parts = st.lists(st.sampled_from(ELEMENTS), max_size=3)
    return st.builds(
        lambda words, double, end: "/" + ("//" if double else "/").join(words) + "/" * end, parts, _rarely(), _rarely()
    )


def _rarely() -> st.SearchStrategy[bool]:
    return st.sampled_from([False, False, False, True])


def _backend() -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from([*SERVICES[:3], *SERVICES]).map(lambda name: {"service": {"name": name, "port": {"number": 80}}})


def _rule() -> st.SearchStrategy[dict[str, Any]]:
    kinds = st.sampled_from(["Exact", "Prefix", "Prefix", "ImplementationSpecific"])
    one = st.fixed_dictionaries({"path": paths(), "pathType": kinds, "backend": _backend()})
    http = st.lists(one, min_size=1, max_size=4).map(lambda found: {"paths": found})
    return st.fixed_dictionaries({"http": http}, optional={"host": st.sampled_from(PATTERNS)})


def _policy(prefix: dict[str, str]) -> st.SearchStrategy[dict[str, str]]:
    """``prefix``: names of the annotations for whitelist, redirect, hsts, maintenance, referrer."""
    yes = st.sampled_from(["true", "true", "false"])
    values = {
        "whitelist": st.sampled_from(LISTS), "redirect": yes, "hsts": yes, "maintenance": yes, "referrer": st.sampled_from(["origin", "none"]),
    }  # fmt: skip
    some = st.lists(st.sampled_from(["whitelist", "whitelist", *values]), min_size=1, max_size=2, unique=True)
    names = st.one_of(some, st.just([]), st.just([]))
    chosen = names.flatmap(lambda some: st.fixed_dictionaries({f"tidegate.dev/{prefix[name]}": values[name] for name in some}))
    return chosen


INGRESS = {
    "whitelist": "whitelist",
    "redirect": "ssl-redirect",
    "hsts": "hsts",
    "maintenance": "maintenance",
    "referrer": "referrer-policy",
}
APP = {
    "whitelist": "whitelist",
    "redirect": "ssl.enforce",
    "hsts": "ssl.hsts.enabled",
    "maintenance": "maintenance",
    "referrer": "referrerPolicy",
}


def _metadata(kind: str, number: int, annotations: dict[str, str], namespace: str, day: int) -> dict[str, Any]:
    labels = {"tidegate.dev/routable": "true"} if kind == "app" else {}
    return {
        "name": f"{kind}-{number}", "namespace": namespace, "annotations": annotations, "labels": labels,
        "creationTimestamp": f"2026-01-{day:02}T00:00:00Z",
    }  # fmt: skip


def _ingress(number: int) -> st.SearchStrategy[dict[str, Any]]:
    ruled = st.fixed_dictionaries({"rules": st.lists(_rule(), min_size=1, max_size=3)}, optional={"defaultBackend": _backend()})
    spec = st.one_of(ruled, ruled, ruled, st.fixed_dictionaries({"defaultBackend": _backend()}))
    metadata = st.builds(_metadata, st.just("ingress"), st.just(number), _policy(INGRESS), _namespaces(), st.integers(1, 9))
    return st.fixed_dictionaries(
        {"apiVersion": st.just("networking.k8s.io/v1"), "kind": st.just("Ingress"), "metadata": metadata, "spec": spec}
    )


def _namespaces() -> st.SearchStrategy[str]:
    return st.sampled_from(["n1", "n1", "n2", "n3"])


def _app(number: int) -> st.SearchStrategy[dict[str, Any]]:
    domains = st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=2, unique=True).map(",".join)
    mounted = st.fixed_dictionaries(
        {
            "tidegate.dev/domains": st.just(""),
            "tidegate.dev/proxyDomain": st.sampled_from(HOSTS[:3]),
            "tidegate.dev/proxyLocations": paths().filter(lambda p: "," not in p),
        }
    )
    where = st.one_of(domains.map(lambda text: {"tidegate.dev/domains": text}), mounted)
    notes = st.builds(lambda place, policy: place | policy, where, _policy(APP))
    metadata = st.builds(_metadata, st.just("app"), st.just(number), notes, _namespaces(), st.integers(1, 9))
    ports = {"ports": [{"port": 80}]}
    return st.fixed_dictionaries(
        {"apiVersion": st.just("v1"), "kind": st.just("Service"), "metadata": metadata, "spec": st.just(ports)}
    )


def routers() -> st.SearchStrategy[Made]:
    """Where PROXY headers come first, nobody is trusted: docs/planes.md tells the difference."""
    objects = st.integers(4, 8).flatmap(
        lambda count: st.tuples(*(_ingress(n) for n in range(count)), *(_app(n) for n in range(3)))
    )
    settings = st.builds(
        lambda more, strict, peers: more | strict | peers,
        st.fixed_dictionaries(
            {"request_start": st.booleans(), "host_ownership": st.sampled_from(["namespace", "path", "path"])},
        ),
        st.sampled_from([*[{}] * 6, {"ssl_enforce": True}, {"enforce_whitelists": True}]),
        st.sampled_from([{}, {"trusted_proxies": NEAR}, {"trusted_proxies": NEAR}, {"proxy_protocol": True}]),
    )
    return st.builds(Made, objects=objects, settings=settings)
