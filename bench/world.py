"""A large world as a folder of manifests: Ingresses over Services, and certificates that cover their hosts.

Objects of each kind stand a hundred to a file, or ``per_file`` as asked. ``Changing`` holds the few objects that a benchmark
changes, each in a small file of its own.
"""

import base64
import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

TEAMS = 10
"""Namespaces. Numbers of objects are multiples of it, so that an Ingress, its Service and its Secret are in one."""

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: svc-{n}
  namespace: team-{team}
  annotations: {{tidegate.dev/endpoints: "10.0.{hi}.{lo}:8080, 10.1.{hi}.{lo}:8080"}}
spec: {{ports: [{{port: 80}}]}}
"""
INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: ing-{n}, namespace: team-{team}{more}}}
spec:
{tls}  rules:
    - host: app-{n}.example.com
      http:
        paths:
          - {{path: /, pathType: Prefix, backend: {{service: {{name: svc-{service}, port: {{number: 80}}}}}}}}
          - {{path: /api/v1, pathType: Prefix, backend: {{service: {{name: svc-{service}, port: {{number: 80}}}}}}}}
"""
TLS = "  tls: [{{hosts: [app-{n}.example.com], secretName: crt-{crt}}}]\n"
SECRET = """\
apiVersion: v1
kind: Secret
metadata: {{name: {name}, namespace: {namespace}}}
type: kubernetes.io/tls
data:
  tls.crt: {crt}
  tls.key: {key}
"""


@dataclass(frozen=True)
class Size:
    """How many of each. ``certificates`` 0: no host has TLS."""

    ingresses: int
    services: int
    certificates: int = 0
    per_file: int = 100

    @classmethod
    def of(cls, ingresses: int, *, certificates: bool = True, per_file: int = 100) -> "Size":
        """The proportions of every measurement: a Service and a certificate for ten Ingresses."""
        tenth = max(ingresses // 10 // TEAMS * TEAMS, TEAMS)
        return cls(ingresses, tenth, tenth if certificates else 0, per_file)


def write(folder: Path, size: Size) -> None:
    """The manifests of a world. Equal sizes give equal files, but for keys and certificates."""
    _files(folder, "services", size.services, size.per_file, _service)
    _files(folder, "ingresses", size.ingresses, size.per_file, lambda n: _ingress(n, size))
    _files(folder, "secrets", size.certificates, size.per_file, lambda n: _secret_of(n, size))


def _files(folder: Path, name: str, count: int, per_file: int, make: Callable[[int], str]) -> None:
    for start in range(0, count, per_file):
        text = "---\n".join(make(n) for n in range(start, min(start + per_file, count)))
        (folder / f"{name}-{start:05}.yaml").write_text(text)


def _service(n: int) -> str:
    return SERVICE.format(n=n, team=n % TEAMS, hi=n // 250, lo=n % 250)


def _ingress(n: int, size: Size) -> str:
    tls = TLS.format(n=n, crt=n % size.certificates) if size.certificates else ""
    return INGRESS.format(n=n, team=n % TEAMS, service=n % size.services, tls=tls, more="")


def _secret_of(n: int, size: Size) -> str:
    hosts = [f"app-{i}.example.com" for i in range(n, size.ingresses, size.certificates)]
    return secret(f"crt-{n}", f"team-{n % TEAMS}", hosts or ["unused.example.com"])[0]


def secret(name: str, namespace: str, hosts: list[str]) -> tuple[str, bytes]:
    """(manifest, certificate in DER) of a fresh self-signed ECDSA P-256 pair for ``hosts``."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    crt, private_text = (base64.b64encode(part).decode() for part in (made.public_bytes(Encoding.PEM), private))
    return SECRET.format(name=name, namespace=namespace, crt=crt, key=private_text), made.public_bytes(Encoding.DER)


class Changing:
    """Host ``changing.example.com`` of namespace ``live``: ``/`` goes to the app ``a``, paths that are added to ``b``.

    ``apps``: the ports of both on loopback. ``moved`` makes ``moving.example.com`` change from one to the other.
    """

    HOST, MOVING = "changing.example.com", "moving.example.com"

    def __init__(self, folder: Path, apps: tuple[int, int]) -> None:
        self._folder, self._apps = folder, apps
        self._service("a", 0)
        self._service("b", 1)
        self.moved(0)
        self.paths(())
        self.certificate = self.renewed()
        self._put("ingress-moving", self._ingress("moving", self.MOVING, [("/", "moving")]))

    def paths(self, more: tuple[str, ...]) -> None:
        self._put("ingress-changing", self._ingress("changing", self.HOST, [("/", "a"), *((path, "b") for path in more)]))

    def moved(self, app: int) -> None:
        self._service("moving", app)

    def renewed(self) -> bytes:
        """A fresh certificate of HOST; its DER form."""
        text, self.certificate = secret("changing", "live", [self.HOST])
        self._put("secret-changing", text)
        return self.certificate

    def _service(self, name: str, app: int) -> None:
        text = SERVICE.replace("svc-{n}", name).replace("team-{team}", "live")
        endpoints = f'"127.0.0.1:{self._apps[app]}"'
        self._put(f"service-{name}", text.replace('"10.0.{hi}.{lo}:8080, 10.1.{hi}.{lo}:8080"', endpoints).format())

    def _ingress(self, name: str, host: str, paths: list[tuple[str, str]]) -> str:
        lines = [
            f"          - {{path: {path}, pathType: Prefix, backend: {{service: {{name: {service}, port: {{number: 80}}}}}}}}\n"
            for path, service in paths
        ]
        tls = f"  tls: [{{hosts: [{host}], secretName: changing}}]\n" if host == self.HOST else ""
        plain = ", annotations: {tidegate.dev/ssl-redirect: 'false'}"
        head = INGRESS.format(n=name, team="", service="", tls=tls, more=plain).replace("ing-", "").replace("team-", "live")
        return head.replace(f"app-{name}.example.com", host).partition("          - ")[0] + "".join(lines)

    def _put(self, name: str, text: str) -> None:
        """Whole or not at all, as a careful operator's tools write."""
        fresh = self._folder / f".{name}.new"
        fresh.write_text(text)
        fresh.replace(self._folder / f"{name}.yaml")
