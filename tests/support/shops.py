"""A world of small shops, each in a namespace of its own: an app, a deny for some of its paths, a certificate."""

import base64
import functools
import json
from collections.abc import Iterable

from tests.support.certificates import certificate, key, pem

INGRESSES = 4


@functools.cache
def _pair(host: str) -> tuple[str, str]:
    made = certificate(key(), names=(host,))
    return base64.b64encode(pem(made)).decode(), base64.b64encode(pem(key())).decode()


def shop(number: int, endpoint: str = "127.0.0.1:9001", path: str = "/admin") -> Iterable[dict[str, object]]:
    """The objects of one shop; ``admin`` is younger than ``web``."""
    namespace, host = f"shop{number}", f"h{number}.example.com"
    chain, private = _pair(host)

    def meta(name: str, **more: object) -> dict[str, object]:
        return {"name": name, "namespace": namespace, "creationTimestamp": f"2026-01-01T00:00:{number % 60:02}Z", **more}

    def rule(at: str) -> dict[str, object]:
        backend = {"service": {"name": "web", "port": {"number": 80}}}
        return {"host": host, "http": {"paths": [{"path": at, "pathType": "Prefix", "backend": backend}]}}

    tls = [{"hosts": [host], "secretName": "tls"}]
    plain = {"tidegate.dev/ssl-redirect": "false"}
    yield {
        "apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"port": 80}]},
        "metadata": meta("web", annotations={"tidegate.dev/endpoints": endpoint}),
    }  # fmt: skip
    yield {"apiVersion": "v1", "kind": "Secret", "metadata": meta("tls"), "data": {"tls.crt": chain, "tls.key": private}}
    ingress = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress"}
    yield {**ingress, "metadata": meta("web", annotations=plain), "spec": {"rules": [rule("/")], "tls": tls}}
    deny = {**plain, "tidegate.dev/whitelist": "10.0.0.0/8"}
    yield {**ingress, "metadata": meta("admin", annotations=deny), "spec": {"rules": [rule(path)]}}


def shops(count: int = INGRESSES) -> str:
    """As manifests."""
    return "\n---\n".join(json.dumps(item) for number in range(count) for item in shop(number))
