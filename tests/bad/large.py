"""Kinds that are too large for a file: their size is what is wrong with them."""

import base64
import json
from collections.abc import Callable, Mapping

BACKEND = {"service": {"name": "canary", "port": {"number": 80}}}


def _ingress(name: str, paths: list[dict[str, object]], **annotations: str) -> bytes:
    rules = [{"host": f"{name}.example.com", "http": {"paths": paths}}]
    metadata = {"name": name, "namespace": "bad", "annotations": annotations}
    item = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": {"rules": rules}}
    return json.dumps(item).encode()


def _path(path: str, **backend: object) -> dict[str, object]:
    return {"path": path, "pathType": "Prefix", "backend": backend or BACKEND}


def a_thousand_paths() -> bytes:
    return _ingress("thousand", [*(_path(f"/p/{n}") for n in range(1000)), _path("no-slash")])


def an_annotation_of_a_megabyte() -> bytes:
    return _ingress("megabyte", [_path("/")], **{"tidegate.dev/whitelist": ",".join(f"10.0.0.{n % 300}" for n in range(100_000))})


def a_list_of_fifteen_thousand_networks_and_a_word() -> bytes:
    networks = [f"10.{n // 256 % 256}.{n % 256}.0/24" for n in range(15_000)]
    return _ingress("networks", [_path("/")], **{"tidegate.dev/whitelist": ",".join([*networks, "everybody"])})


def a_megabyte_of_paths_that_lead_nowhere() -> bytes:
    nowhere = {"service": {"name": "nowhere", "port": {"number": 80}}}
    return _ingress("paths", [_path("/" + f"{n}-".ljust(400, "x"), **nowhere) for n in range(2000)])


def a_value_nested_ten_thousand_deep() -> bytes:
    return b"apiVersion: v1\nkind: Service\nmetadata: " + b"{a: " * 10_000 + b"}" * 10_000 + b"\n"


def a_certificate_of_300_kilobytes() -> bytes:
    large = base64.b64encode(b"-----BEGIN CERTIFICATE-----\n" + b"A" * 300_000).decode()
    metadata = {"name": "large", "namespace": "bad"}
    data = {"tls.crt": large, "tls.key": base64.b64encode(b"x").decode()}
    secret = json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data})
    item = json.loads(_ingress("large", [_path("/")]))
    item["spec"]["tls"] = [{"hosts": ["large.example.com"], "secretName": "large"}]
    return f"{secret}\n---\n{json.dumps(item)}\n".encode()


def a_file_larger_than_any_may_be() -> bytes:
    return b"# " + b"x" * (32 * 1024**2)


LARGE: Mapping[str, Callable[[], bytes]] = {
    make.__name__.replace("_", "-"): make
    for make in (
        a_thousand_paths, an_annotation_of_a_megabyte, a_list_of_fifteen_thousand_networks_and_a_word,
        a_megabyte_of_paths_that_lead_nowhere, a_value_nested_ten_thousand_deep, a_certificate_of_300_kilobytes,
        a_file_larger_than_any_may_be,
    )
}  # fmt: skip
