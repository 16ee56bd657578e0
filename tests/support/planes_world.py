"""The backends, the certificates and the manifests that all planes of a run share."""

import contextlib
import json
import socket
import ssl
from collections.abc import Iterator

import trustme

from tests.support import backends
from tests.support.backends import Backend, backend, closing, line_echo, proxied
from tests.support.backends_http import http1, http2
from tests.support.gateway import free_ports

HTTP = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: paths, namespace: t}
spec:
  rules:
    - host: paths.test
      http:
        paths:
          - {path: /exact, pathType: Exact, backend: {service: {name: wild, port: {number: 80}}}}
          - {path: /exact, pathType: Prefix, backend: {service: {name: plain, port: {number: 80}}}}
          - {path: /Case, pathType: Prefix, backend: {service: {name: wild, port: {number: 80}}}}
          - {path: /case, pathType: Prefix, backend: {service: {name: plain, port: {number: 80}}}}
          - {path: /a%2Fb, pathType: Prefix, backend: {service: {name: wild, port: {number: 80}}}}
          - {path: /d//e, pathType: Prefix, backend: {service: {name: wild, port: {number: 80}}}}
          - {path: /slash/, pathType: Exact, backend: {service: {name: wild, port: {number: 80}}}}
    - http:
        paths:
          - {path: /anyhost, pathType: Prefix, backend: {service: {name: plain, port: {number: 80}}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: fallback, namespace: t}
spec:
  defaultBackend: {service: {name: wild, port: {number: 80}}}
  rules:
    - host: fallback.test
      http: {paths: [{path: /a, pathType: Prefix, backend: {service: {name: plain, port: {number: 80}}}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: tls, namespace: t}
spec:
  tls: [{hosts: [ingress.test], secretName: secure-cert}]
  rules:
    - host: ingress.test
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: plain, port: {number: 80}}}}]}
---
apiVersion: v1
kind: Service
metadata: {name: elsewhere, namespace: t, labels: {tidegate.dev/routable: 'true'}, annotations: {tidegate.dev/domains: elsewhere.test}}
spec: {type: ExternalName, externalName: nowhere.invalid, ports: [{port: 80}]}
"""
GLOBAL_DEFAULT = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: everything, namespace: t}
spec: {defaultBackend: {service: {name: wild, port: {number: 80}}}}
"""


@contextlib.contextmanager
def deaf() -> Iterator[int]:
    """A port where connections are neither taken nor refused: its queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


class World:
    """``ports``: of the backends, by name. ``dead``: a port where nobody listens."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.ca = trustme.CA()
        enter = stack.enter_context
        self.backends: dict[str, Backend] = {
            "a": enter(backend(http1, "a")),
            "b": enter(backend(http1, "b")),
            "slow": enter(backend(http1, "slow", delay=2)),
            "h2c": enter(backend(http2, "h2c")),
            "tls": enter(backend(http1, "tls", tls=self._server_tls())),
            "grpcs": enter(backend(http2, "grpcs", tls=self._server_tls("h2"))),
            "pp": enter(backend(proxied(http1), "pp")),
            "closing": enter(backend(closing, "closing")),
            "closing-too": enter(backend(closing, "closing-too")),
            "tcp": enter(backend(line_echo, "tcp")),
            "tcp-pp": enter(backend(proxied(line_echo), "tcp-pp")),
        }
        with contextlib.suppress(OSError):
            self.backends["six"] = enter(backends.backend(http1, "six", host="::1"))
        self.ports = {name: made.port for name, made in self.backends.items()}
        self.deaf = enter(deaf())
        (self.dead,) = free_ports(1)

    def _server_tls(self, *alpn: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert("backend.example.com").configure_cert(context)
        if alpn:
            context.set_alpn_protocols(list(alpn))
        return context

    def secret(self, name: str, *hosts: str) -> str:
        leaf = self.ca.issue_cert(*hosts)
        said = {
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
            "metadata": {"name": f"{name}-cert", "namespace": "t"},
            "stringData": {
                "tls.crt": b"".join(blob.bytes() for blob in leaf.cert_chain_pems).decode(),
                "tls.key": leaf.private_key_pem.bytes().decode(),
            },
        }  # fmt: skip
        return json.dumps(said) + "\n"

    def manifests(self) -> str:
        p = {name: f"127.0.0.1:{port}" for name, port in self.ports.items()}
        dead, deaf = f"127.0.0.1:{self.dead}", f"127.0.0.1:{self.deaf}"
        secure = {"ssl.enforce": "true", "ssl.hsts.enabled": "true"}
        return "---\n".join([
            HTTP,
            app("plain", p["a"]),
            app("special", p["b"], domains="default.,include.,*.volatile"),
            app("wild", p["b"], domains="*.wild.test", certificates="*.wild.test:wild"),
            app("mounted", p["b"], domains="", proxyDomain="plain.test", proxyLocations="/api,/api/v2/deep"),
            app("closed", p["a"], whitelist="192.0.2.0/24,2001:db8::/32"),
            app("open", p["a"], whitelist="127.0.0.0/8,::1"),
            app("closedall", p["a"], whitelist="192.0.2.0/24", maintenance="true", **secure),
            app("secure", p["a"], certificates="secure.test:secure", **secure),
            app("resting", p["a"], maintenance="true"),
            app("resting-secure", p["a"], maintenance="true", **secure),
            app("strict", dead, bodySize="10", connectTimeout="500ms", **secure, **{"ssl.hsts.maxAge": "600",
                "ssl.hsts.includeSubDomains": "true", "ssl.hsts.preload": "true"}),
            app("small", p["a"], bodySize="10"),
            app("boundless", p["a"], bodySize="0"),
            app("polite", p["a"], referrerPolicy="same-origin"),
            app("slow", p["slow"], tcpTimeout="300ms"),
            app("dead", dead, connectTimeout="500ms"),
            app("half", f"{dead},{p['a']}"),
            app("deaf", deaf, connectTimeout="300ms"),
            app("half-deaf", f"{deaf},{p['a']}", connectTimeout="300ms"),
            app("closing", f"{p['closing']},{p['closing-too']}"),
            app("nobody", "other=127.0.0.1:1"),
            app("six", f"[::1]:{self.ports.get('six', self.dead)}"),
            app("h2c", p["h2c"], backend_protocol="h2c"),
            app("grpc", p["h2c"], backend_protocol="grpc"),
            app("grpcs", p["grpcs"], backend_protocol="grpcs", backend_server_name="backend.example.com"),
            app("tls", p["tls"], backend_protocol="https", backend_server_name="backend.example.com"),
            app("tls-nameless", p["tls"], backend_protocol="https"),
            app("pp", p["pp"], backend_proxy_protocol="v2"),
            app("pp1", p["pp"], backend_proxy_protocol="v1"),
            service("tcp", {"endpoints": p["tcp"]}),
            service("tcp-pp", {"endpoints": p["tcp-pp"], "backend-proxy-protocol": "v1"}),
            service("tcp-dead", {"endpoints": dead}),
            self.secret("wild", "*.wild.test"),
            self.secret("secure", "secure.test", "ingress.test"),
        ])  # fmt: skip


def app(name: str, endpoints: str, **annotations: str) -> str:
    """A Service that is routed as an app; ``_`` in the name of an annotation is ``-``."""
    said = {"domains": f"{name}.test", "endpoints": endpoints}
    said |= {key.replace("_", "-"): value for key, value in annotations.items()}
    return service(name, said, **{"tidegate.dev/routable": "true"})


def service(name: str, annotations: dict[str, str], **labels: str) -> str:
    notes = {f"tidegate.dev/{key}": value for key, value in annotations.items()}
    metadata = {"name": name, "namespace": "t", "labels": labels, "annotations": notes}
    return json.dumps({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{"port": 80}]}}) + "\n"
