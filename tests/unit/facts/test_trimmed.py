"""What is kept of kinds of which there are tens of thousands."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from router.dialects.ingress.annotations import FIELDS as INGRESS
from router.dialects.ingress.classes import LEGACY
from router.dialects.service.annotations import FIELDS as SERVICE
from router.facts.core import Node, Service
from router.facts.decode import decode
from router.facts.discovery import SERVICE_NAME_LABEL, EndpointSlice
from router.facts.networking import Ingress
from router.facts.trimmed import READ_KEYS, READ_PREFIXES, TRIMMED
from router.table.backends import APP_LABELS


def test_of_thousands_of_objects_only_the_labels_and_annotations_are_kept_that_somebody_reads() -> None:
    kept = {"tidegate.dev/domains": "a", "router.deis.io/domains": "b", "kubernetes.io/ingress.class": "c"}
    other = {"kubectl.kubernetes.io/last-applied-configuration": "x" * 9000, "app": "shop", "tidegate.development/x": "y"}
    document = {"metadata": {"name": "a", "annotations": kept | other, "labels": other}}
    for kind in TRIMMED:
        made = decode(document, kind)
        assert (made.metadata.annotations, made.metadata.labels) == (kept, {})
    assert decode(document, Node).metadata.labels == other, "where a pod may run depends on any label"


def test_every_key_that_is_read_is_kept() -> None:
    keys = {LEGACY, *APP_LABELS}
    declared = {name for field in (*SERVICE, *INGRESS) for name in field.names}
    assert all(key.startswith(READ_PREFIXES) or key in READ_KEYS for key in keys | declared)


CONDITIONS = st.fixed_dictionaries({}, optional={"ready": st.booleans(), "serving": st.booleans()})
ENDPOINTS = st.lists(
    st.fixed_dictionaries({"addresses": st.lists(st.sampled_from(["10.0.0.1", "::1", "a\nb", ""])), "conditions": CONDITIONS})
)


@given(ENDPOINTS)
def test_endpoints_in_the_same_condition_are_kept_together_and_none_is_lost(written: list[dict[str, Any]]) -> None:
    made = decode({"metadata": {"name": "a"}, "endpoints": written}, EndpointSlice)

    def said(conditions: Any) -> tuple[Any, Any]:
        return (conditions.get("ready"), conditions.get("serving"))

    kept = [((a.conditions.ready, a.conditions.serving), address) for a in made.endpoints for address in a.addresses]
    wanted = [(said(e["conditions"]), a) for e in written for a in e["addresses"] if a and "\n" not in a]
    assert sorted(kept, key=repr) == sorted(wanted, key=repr)
    assert len({a.conditions for a in made.endpoints}) == len(made.endpoints)


def test_a_slice_knows_its_service() -> None:
    labels = {SERVICE_NAME_LABEL: "web", "app": "shop"}
    made = decode({"metadata": {"name": "web-1", "labels": labels}}, EndpointSlice)
    assert (made.service, made.metadata.labels) == ("web", {})
    assert decode({"metadata": {"name": "web-1"}}, EndpointSlice).service == ""


def _world(number: int) -> tuple[Service, EndpointSlice, Ingress]:
    meta = {"name": f"app-{number}", "namespace": "shop", "creationTimestamp": "2026-01-01T00:00:00Z"}
    port = {"name": "http", "port": 8080}
    to = {"service": {"name": f"app-{number}", "port": {"name": "http"}}}
    path = {"path": "/of-all", "pathType": "Prefix", "backend": to}
    rules = [{"host": f"{number}.example.com", "http": {"paths": [path]}}, {"host": "no-paths.example.com"}]
    ends = [{"addresses": [f"10.0.0.{number}"], "conditions": {"ready": True}}]
    return (
        decode({"metadata": meta, "spec": {"type": "ClusterIP", "ports": [port]}, "status": {"loadBalancer": {}}}, Service),
        decode({"metadata": meta, "endpoints": ends, "ports": [port]}, EndpointSlice),
        decode(
            {"metadata": meta, "spec": {"rules": rules}, "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}}, Ingress
        ),
    )


def test_what_thousands_say_alike_is_one_object() -> None:
    def alike(number: int) -> list[object]:
        service, slice_, ingress = _world(number)
        (rule, _), meta = ingress.spec.rules or (), ingress.metadata
        (path,) = rule.http.paths if rule.http else ()
        assert path.backend.service
        port = path.backend.service.port
        said = [service.spec.ports, service.spec.type, service.status, slice_.ports, slice_.endpoints[0].conditions]
        return [
            *said,
            slice_.address_type,
            ingress.status,
            path.path,
            path.path_type,
            port,
            meta.namespace,
            meta.creation_timestamp,
        ]

    assert all(one is other for one, other in zip(alike(1), alike(2), strict=True))


def test_an_ingress_names_its_service_with_the_services_own_text() -> None:
    service, _, ingress = _world(3)
    backends = [path.backend for rule in ingress.spec.rules or () for path in (rule.http.paths if rule.http else ())]
    assert [b.service.name is service.metadata.name for b in backends if b.service] == [True]
