"""Service ports and their endpoints."""

import msgspec
import pytest

from router.base.findings import ObjectRef
from router.facts.snapshot import Snapshot
from router.table.claims import BackendRef
from router.table.notation import endpoint_text
from router.table.resolving import Resolving, Target
from router.table.types import Backend, BackendProtocol
from tests.support.manifests import snapshot

SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, annotations: {%s}}
spec: {ports: [%s]}
"""
SLICE = """
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: %s, namespace: %s, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080}, {name: other, port: 9090}, {name: udp, port: 53, protocol: UDP}]
endpoints: [%s]
"""
HTTP = "{name: http, port: 80}"


class Resolved:
    """What references to ports of Service shop/web lead to."""

    def __init__(self, found: Snapshot, *ports: str | int) -> None:
        refs = [BackendRef(namespace="shop", service="web", port=port) for port in ports]
        targets, services = Resolving().of({ref: ((0, "", ref),) for ref in refs}, found, ())
        self.targets: list[Target] = [targets[ref] for ref in refs]
        self.backends: dict[str, Backend] = {b.id: b for made in services.values() for b in made.backends}
        self.backends |= {target.id: target.missing for target in self.targets if target.missing}
        self.findings = [f for made in services.values() for f in made.findings]

    @property
    def backend(self) -> Backend:
        (made,) = self.backends.values()
        return made


def resolve(text: str, port: str | int = 80) -> Backend:
    return Resolved(snapshot(text), port).backend


def ends(backend: Backend) -> list[str]:
    return [endpoint_text(e) for e in backend.endpoints]


def annotated(text: str, ports: str = HTTP) -> str:
    return SERVICE % (text, ports)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:9001, [::1]:9002", ["127.0.0.1:9001", "[::1]:9002"]), ("http=10.0.0.1:1,admin=10.0.0.2:2", ["10.0.0.1:1"]),
        ("api.example.net:443", ["api.example.net:443"]), ("localhost:80", ["127.0.0.1:80"]), ("10.0.0.1", []), ("::1:80", []),
        ("10.0.0.1:80;evil", []), ("*.x:80", []),
    ],
)  # fmt: skip
def test_endpoints_of_the_annotation(text: str, expected: list[str]) -> None:
    assert ends(resolve(annotated(f'tidegate.dev/endpoints: "{text}"'))) == expected


def test_slices_are_matched_by_port_name_and_stay_in_their_namespace() -> None:
    text = SERVICE % ("", HTTP) + SLICE % ("a", "shop", "{addresses: [10.0.0.2]}, {addresses: [10.0.0.1]}")
    text += SLICE % ("b", "shop", "{addresses: [10.0.0.1]}") + SLICE % ("c", "other", "{addresses: [10.6.6.6]}")
    assert ends(resolve(text)) == ["10.0.0.1:8080", "10.0.0.2:8080"]


@pytest.mark.parametrize(
    ("conditions", "counts"),
    [
        ("{}", True),
        ("{ready: true}", True),
        ("{ready: false}", False),
        ("{ready: false, serving: true, terminating: true}", True),
    ],
)
def test_readiness_decides(conditions: str, counts: bool) -> None:
    text = SERVICE % ("", HTTP) + SLICE % ("a", "shop", f"{{addresses: [10.0.0.1], conditions: {conditions}}}")
    assert bool(resolve(text).endpoints) is counts


def test_terminating_endpoints_do_not_serve_beside_ready_ones() -> None:
    both = "{addresses: [10.0.0.1], conditions: {ready: false, serving: true, terminating: true}}, {addresses: [10.0.0.2]}"
    assert ends(resolve(SERVICE % ("", HTTP) + SLICE % ("a", "shop", both))) == ["10.0.0.2:8080"]


@pytest.mark.parametrize(
    ("text", "port", "reason"),
    [
        (SERVICE % ("", HTTP), 81, "PortNotFound"),
        (SERVICE % ("", HTTP), "nope", "PortNotFound"),
        ("", 80, "ServiceNotFound"),
        (SERVICE % ("", HTTP), 80, None),
    ],
)
def test_what_is_missing_is_the_owners_error(text: str, port: str | int, reason: str | None) -> None:
    owner = ObjectRef(kind="Ingress", namespace="shop", name="web")
    said = Resolved(snapshot(text), port).targets[0].complaint(owner, "spec")
    assert (said.reason if said else None) == reason
    assert said is None or said.object == owner


def test_a_service_without_endpoints_is_told_once_for_each_port() -> None:
    made = Resolved(snapshot(SERVICE % ("", HTTP)), 80, "http", 0)
    assert {target.id for target in made.targets} == {made.backend.id}
    assert [(f.object and f.object.kind, f.reason) for f in made.findings] == [("Service", "NoEndpoints")]


@pytest.mark.parametrize(("labels", "reasons"), [("", ["UnknownAnnotation"]), ("tidegate.dev/routable: 'true'", [])])
def test_an_unknown_annotation_is_named_where_no_dialect_reads_it(labels: str, reasons: list[str]) -> None:
    text = (SERVICE % ("tidegate.dev/endpoint: 127.0.0.1:1, tidegate.dev/endpoints: 127.0.0.1:1", HTTP)).replace(
        "namespace: shop", f"namespace: shop, labels: {{{labels}}}"
    )
    findings = Resolved(snapshot(text), 80).findings
    assert [f.reason for f in findings] == reasons
    assert all("tidegate.dev/endpoints" in f.fix for f in findings)


@pytest.mark.parametrize(
    ("ports", "found"),
    [(HTTP + ", {name: b, port: 81}", True), ("{name: a, port: 5000}", True), ("{name: a, port: 1}, {name: b, port: 2}", False)],
)
def test_any_port_means_80_or_the_only_one(ports: str, found: bool) -> None:
    assert ("has no port" not in resolve(annotated("", ports), 0).problem) is found


@pytest.mark.parametrize(
    ("annotation", "port", "protocol"),
    [
        ("tidegate.dev/backend-protocol: grpc", HTTP, BackendProtocol.GRPC),
        ("", "{name: http, port: 80, appProtocol: kubernetes.io/h2c}", BackendProtocol.H2C),
        ("", "{name: http, port: 80, appProtocol: example.com/own}", BackendProtocol.HTTP),
        ("tidegate.dev/backend-protocol: http", "{name: http, port: 80, appProtocol: https}", BackendProtocol.HTTP),
        ("tidegate.dev/backend-protocol: gopher", HTTP, BackendProtocol.HTTP),
    ],
)
def test_the_protocol_comes_from_the_annotation_or_the_port(annotation: str, port: str, protocol: BackendProtocol) -> None:
    backend = resolve(annotated(annotation, port))
    assert backend.protocol is protocol
    assert (backend.tls is not None) is (protocol is BackendProtocol.HTTPS)


def test_an_external_name_needs_no_ports() -> None:
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {type: ExternalName, externalName: a.example.net}\n"
    assert ends(resolve(text, 8443)) == ["a.example.net:8443"]
    assert ends(resolve(text, 0)) == ["a.example.net:80"]


@pytest.mark.parametrize(("text", "name"), [("a.example.net", "a.example.net"), ("*.example.net", "")])
def test_the_server_name_is_a_name(text: str, name: str) -> None:
    given = f"tidegate.dev/backend-protocol: https, tidegate.dev/backend-server-name: '{text}'"
    tls = resolve(annotated(given)).tls
    assert tls and tls.server_name == name


@pytest.mark.parametrize("address", ["127.0.0.1", "[::1]", "169.254.169.254", "0.0.0.0", "localhost", "a.localhost"])
def test_in_a_cluster_no_tenant_reaches_the_routers_own_machine(address: str) -> None:
    made = snapshot(annotated(f'tidegate.dev/endpoints: "{address}:9090, 10.0.0.1:80"'))
    resolved = Resolved(msgspec.structs.replace(made, shared=True), 80)
    assert ends(resolved.backend) == ["10.0.0.1:80"]
    assert [f.reason for f in resolved.findings] == ["LocalEndpoint"]
