"""What one router writes to a real API server, and what it does without the right to."""

import pytest

from tests.support.cluster import manifests
from tests.support.cluster.cluster import Cluster, until
from tests.support.cluster.gateway import READ, RIGHTS
from tests.support.cluster.leading import LEADER_RIGHTS, LEASE, WRITE_RIGHTS, events, shown
from tests.support.gateway import gateway

MERGE = "application/merge-patch+json"


@pytest.mark.parametrize("plane", ["nginx", "haproxy"])
def test_the_addresses_of_a_service_are_followed_also_from_a_namespace_that_is_not_served(
    cluster: Cluster, namespace: str, plane: str
) -> None:
    with cluster.namespace("edge") as edge, gateway(plane) as router:
        may = {"apiGroups": [""], "resources": ["services"], "verbs": READ, "resourceNames": ["lb"]}
        cluster.api.apply(
            manifests.service(edge, "lb", type="LoadBalancer", selector={}),
            manifests.service(namespace, "web"), manifests.ingress(namespace, "web", "web.example.com"),
        )  # fmt: skip
        account = cluster.account(namespace, "router", [*RIGHTS, *LEADER_RIGHTS, *WRITE_RIGHTS])
        meta = {"name": "lb", "namespace": edge}
        rbac = "rbac.authorization.k8s.io"
        cluster.api.apply(
            {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": meta, "rules": [may]},
            {
                "apiVersion": f"{rbac}/v1", "kind": "RoleBinding", "metadata": meta,
                "subjects": [{"kind": "ServiceAccount", "name": "router", "namespace": namespace}],
                "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "lb"},
            },
        )  # fmt: skip
        router.source = ["--kubeconfig", str(account), "--namespace", namespace]
        router.start("--leader-lease", f"{namespace}/{LEASE}", "--publish-service", f"{edge}/lb")
        until(lambda: b"\ntidegate_leader 1.0" in router.ask_admin("/metrics"), said=router.log.read_text)
        for points in ([{"ip": "192.0.2.7"}], [{"hostname": "lb.example.com"}]):
            got = {"status": {"loadBalancer": {"ingress": points}}}
            cluster.api.call("PATCH", f"/api/v1/namespaces/{edge}/services/lb/status", got, MERGE)
            until(lambda want=points: shown(cluster, namespace, "web") == want, 30, router.log.read_text)
        none = {"status": {"loadBalancer": None}}
        cluster.api.call("PATCH", f"/api/v1/namespaces/{edge}/services/lb/status", none, MERGE)
        cluster.api.apply(manifests.ingress(namespace, "late", "late.example.com", backend="web"))
        until(lambda: ("Normal", "Programmed", "late", 1) in events(cluster, namespace), 30, router.log.read_text)
        assert shown(cluster, namespace, "web") == [{"hostname": "lb.example.com"}], "names in DNS follow it"
        assert shown(cluster, namespace, "late") == []


def test_without_the_rights_to_write_it_serves_all_the_same_and_says_so(cluster: Cluster, namespace: str) -> None:
    with gateway("haproxy") as router:
        account = cluster.account(namespace, "router", [*RIGHTS, *LEADER_RIGHTS])
        cluster.api.apply(manifests.ingress(namespace, "web", "web.example.com"))
        router.source = ["--kubeconfig", str(account), "--namespace", namespace]
        router.start("--leader-lease", f"{namespace}/{LEASE}", "--publish-address", "192.0.2.1")
        wanted = [b'tidegate_writes_total{kind="%s",result="denied"} 1.0' % kind for kind in (b"status", b"event")]
        until(lambda: all(line in router.ask_admin("/metrics") for line in wanted), 30, router.log.read_text)
        assert router.log.read_text().count("the cluster does not take what we write") == 2
        cluster.api.apply(manifests.ingress(namespace, "more", "more.example.com"))
        until(lambda: router.get("more.example.com")[0] == 503, 30, router.log.read_text)
        assert b"ready\n" in router.ask_admin("/readyz")


def test_without_a_lease_nothing_is_written(cluster: Cluster, namespace: str) -> None:
    with gateway("haproxy") as router:
        account = cluster.account(namespace, "router", [*RIGHTS, *LEADER_RIGHTS, *WRITE_RIGHTS])
        cluster.api.apply(manifests.ingress(namespace, "web", "web.example.com"))
        router.source = ["--kubeconfig", str(account), "--namespace", namespace]
        router.start("--publish-address", "192.0.2.1")
        until(lambda: router.get("web.example.com")[0] == 503, 30, router.log.read_text)
        verbs = {event["verb"] for event in cluster.audit(f"system:serviceaccount:{namespace}:router")}
        assert verbs <= {"list", "watch"}
