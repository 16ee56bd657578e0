"""The Helm chart, installed for real: a stand-in kubelet runs the routers, and requests come through."""

import contextlib
import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.cluster import crds, helm
from tests.support.cluster.api import Object, RefusedError, path_to
from tests.support.cluster.cluster import Cluster, until
from tests.support.cluster.host import NODES
from tests.support.cluster.leading import events, shown
from tests.support.cluster.placing import Placed, diurnal, echo_daemon
from tests.support.cluster.release import Clients, ask, checked, echoed, release, shop

MERGE = "application/merge-patch+json"
PLANES = ["nginx", "haproxy"]
QUICK = {"drainDelay": 5, "drainTimeout": 6}


def scraped(pods: Cluster, namespace: str) -> list[bytes]:
    """What the Prometheus operator's ServiceMonitor comes to: each endpoint of the Services that it selects, asked at its path."""
    found = []
    for item in pods.api.items("monitoring.coreos.com/v1", "ServiceMonitor", namespace):
        wanted = ",".join(f"{key}={value}" for key, value in item["spec"]["selector"]["matchLabels"].items())
        for service in pods.api.items("v1", "Service", namespace, labelSelector=wanted):
            chosen = f"kubernetes.io/service-name={service['metadata']['name']}"
            for ends in pods.api.items("discovery.k8s.io/v1", "EndpointSlice", namespace, labelSelector=chosen):
                ports = {port["name"]: port["port"] for port in ends["ports"]}
                for one, end in itertools.product(item["spec"]["endpoints"], ends["endpoints"]):
                    found.append(ask(end["addresses"][0], ports[one["port"]], "x", one["path"])[1])
    return found


@pytest.mark.parametrize("plane", PLANES)
def test_it_installs_into_a_restricted_namespace_serves_writes_back_and_leaves_nothing(
    pods: Cluster, namespace: str, plane: str
) -> None:
    """On nginx with no values at all."""
    with release(pods) as made:
        host = shop(pods, namespace)
        made.install(None if plane == "nginx" else {"plane": plane})
        routers = made.settled()
        assert len({item["spec"]["nodeName"] for item in routers}) == 2, "spread over the nodes"
        for item in routers:
            address = item["status"]["podIP"]
            plain = until(lambda a=address: echoed(a, 8080, host), 60, made.log)
            assert plain["headers"]["x-forwarded-port"] == "8080"
            assert echoed(address, 8443, host, tls=True)["headers"]["x-forwarded-proto"] == "https"
        until(lambda: len(made.ready()) == 2, 60, made.log)
        got = {"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}}}
        pods.api.call("PATCH", f"/api/v1/namespaces/{made.namespace}/services/tidegate/status", got, MERGE)
        until(lambda: shown(pods, namespace, "web") == [{"ip": "192.0.2.7"}], 60, made.log)
        shop(pods, namespace, name="late")
        until(lambda: ("Normal", "Programmed", "late", 1) in events(pods, namespace), 60, made.log)
        until(lambda: evict(pods, routers[0]), 60)
        with pytest.raises(RefusedError, match=r"429.*disruption budget"):
            evict(pods, routers[1])
        made.uninstall()
        until(lambda: not made.left(), 60, lambda: str(made.left()))


def evict(pods: Cluster, item: Object) -> Object:
    """As ``kubectl drain`` asks."""
    meta = {key: item["metadata"][key] for key in ("name", "namespace")}
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": meta}
    return dict(pods.api.call("POST", f"{path_to(item)}/eviction", body))


@pytest.mark.parametrize("plane", PLANES)
def test_it_serves_at_low_ports_though_it_is_not_root_and_prometheus_finds_its_metrics(
    pods: Cluster, monitor: None, namespace: str, plane: str
) -> None:
    """The capability alone would not do: the sysctl of the pod's own network does."""
    with release(pods) as made:
        host = shop(pods, namespace)
        values = {"ports": {"http": 80, "https": 443, "admin": 9191}, "serviceMonitor": {"enabled": True}}
        made.install(values | {"plane": plane, "replicas": 1})
        [router] = made.settled(1)
        until(lambda: [b"\ntidegate_ready 1.0\n" in text for text in scraped(pods, made.namespace)] == [True], 60, made.log)
        until(lambda: echoed(router["status"]["podIP"], 80, host), 60, made.log)
        assert echoed(router["status"]["podIP"], 443, host, tls=True)


@pytest.mark.parametrize(("plane", "kind"), [("nginx", "Deployment"), ("haproxy", "Deployment"), ("haproxy", "DaemonSet")])
def test_an_upgrade_and_a_rollback_lose_no_request(pods: Cluster, namespace: str, plane: str, kind: str) -> None:
    with release(pods) as made:
        host = shop(pods, namespace, replicas=2)
        made.install(QUICK | {"plane": plane, "kind": kind})
        for item in made.settled(kind=kind):
            until(lambda a=item["status"]["podIP"]: echoed(a, 8080, host), 60, made.log)
        with Clients(made.ready, host) as clients:
            made.install(QUICK | {"plane": plane, "kind": kind, "settings": {"body-size": "2m"}})
            first = {item["status"]["podIP"] for item in made.settled(kind=kind)}
            made.helm("rollback", "tidegate", "1")
            second = {item["status"]["podIP"] for item in made.settled(kind=kind)}
        assert not first & second
        assert clients.by.keys() >= first
        judge(clients, plane)


@pytest.mark.parametrize("plane", PLANES)
def test_an_upgrade_and_a_rollback_at_the_nodes_lose_no_request_of_who_goes_to_another_node_meanwhile(
    pods: Cluster, namespace: str, plane: str
) -> None:
    """Two routers can not listen at one node's port, so for some seconds nobody does. Those who come through a load balancer
    that checks the nodes, and those who try the next address of a name, do not notice."""
    values = QUICK | {
        "plane": plane, "kind": "DaemonSet", "hostNetwork": True, "service": {"enabled": False},
        "ports": {"http": 80, "https": 443}, "writeBack": {"publishNodes": "internal"},
    }  # fmt: skip
    with release(pods, standard="privileged") as made, contextlib.ExitStack() as stack:
        host = shop(pods, namespace, replicas=2)
        made.install(values)
        made.settled(kind="DaemonSet")
        for node in pods.nodes:
            until(lambda a=node: echoed(a, 80, host), 60, made.log)
        balanced = stack.enter_context(Clients(checked(pods.nodes, 80), host, 2))
        named = stack.enter_context(Clients(lambda: dict.fromkeys(pods.nodes, 80), host, 2, elsewhere=True))
        made.install(values | {"settings": {"body-size": "2m"}})
        made.settled(kind="DaemonSet")
        made.helm("rollback", "tidegate", "1")
        made.settled(kind="DaemonSet")
        until(lambda: len(shown(pods, namespace, "web")) == 2, 60, made.log)
        stack.close()
        assert named.refused > 0, "a node where nobody listens for a while"
        for clients in (balanced, named):
            assert clients.by.keys() == set(pods.nodes)
            judge(clients, plane)


def judge(clients: Clients, plane: str) -> None:
    """Nothing was lost, but for what nginx can lose on kept connections: docs/explanation/changes-lose-no-request.md."""
    assert sum(clients.by.values()) > 100
    closed = [said for said in clients.lost if plane == "nginx" and "RemoteDisconnected" in said]
    assert clients.lost == closed
    assert len(closed) <= 2, "before 1.27.4 a request can meet a closing connection"


@pytest.mark.parametrize("plane", PLANES)
def test_a_router_that_is_deleted_ends_what_it_does_within_its_grace(pods: Cluster, namespace: str, plane: str) -> None:
    """Unready first, then the request in flight is answered, then it is gone, and nobody had to kill it."""
    with release(pods) as made:
        host = shop(pods, namespace)
        made.install({"plane": plane, "replicas": 1, "drainDelay": 6, "drainTimeout": 12})
        [router] = made.settled(1)
        address, name = router["status"]["podIP"], router["metadata"]["name"]
        until(lambda: echoed(address, 8080, host), 60, made.log)
        assert router["spec"]["terminationGracePeriodSeconds"] == 28
        with ThreadPoolExecutor() as pool:
            slow = pool.submit(ask, address, 8080, host, "/slow?9")
            until(lambda: ask(address, 8080, host)[0] == 200)
            pods.api.delete(router)
            until(lambda: ask(address, 9090, host, "/readyz")[0] == 503, 60, made.log)
            assert ask(address, 8080, host)[0] == 200, "unready, but it still serves"
            assert slow.result()[0] == 200
        until(lambda: name not in [item["metadata"]["name"] for item in pods.api.items("v1", "Pod", made.namespace)])
        said = pods.log(f"{made.namespace}.{name}.router")
        assert '"ended"' in said
        assert "hook failed" not in said


def test_the_api_server_gets_a_certificate_of_another_ca_and_the_routers_follow_their_bundle(
    pods: Cluster, namespace: str
) -> None:
    """As when a cluster's CA is replaced, if pods get the new one late: until then they serve what they know, and say so."""
    bundle = lambda name: f"--root-ca-file={pods.work}/pki/{name}.crt"  # noqa: E731
    with release(pods) as made, contextlib.ExitStack() as stack:
        stack.callback(restart, pods, "kube-controller-manager")
        restart(pods, "kube-controller-manager", bundle("ca-first"))
        first = (pods.work / "pki" / "ca-first.crt").read_text()
        until(lambda: pods.api.get("v1", "ConfigMap", made.namespace, "kube-root-ca.crt")["data"]["ca.crt"] == first)
        host = shop(pods, namespace)
        made.install({"replicas": 1, "drainDelay": 0, "writeBack": {"publishAddresses": ["192.0.2.9"]}})
        [router] = made.settled(1)
        address = router["status"]["podIP"]
        until(lambda: shown(pods, namespace, "web") and echoed(address, 8080, host), 60, made.log)
        stack.callback(pods.certify, "first")
        pods.certify("next")
        restart(pods, "kube-apiserver")
        problems = lambda: ask(address, 9090, host, "/readyz?verbose")[1]  # noqa: E731
        until(lambda: b"CERTIFICATE_VERIFY_FAILED" in problems(), 60, made.log)
        late = shop(pods, namespace, name="late")
        assert echoed(address, 8080, host)
        assert ask(address, 8080, late)[0] == 404
        assert ask(address, 9090, host, "/readyz")[0] == 200
        restart(pods, "kube-controller-manager", bundle("ca"))
        until(lambda: echoed(address, 8080, late), 90, made.log)
        until(lambda: shown(pods, namespace, "late") == [{"ip": "192.0.2.9"}], 60, made.log)
        assert [item["metadata"]["uid"] for item in made.routers()] == [router["metadata"]["uid"]], "the same pod"


def restart(pods: Cluster, name: str, *more: str) -> None:
    pods.stop_program(name)
    pods.start_program(name, *more)


def test_its_controllers_place_pods_with_the_rights_that_it_gives_and_leave_the_kinds_behind(
    pods: Cluster, kinds: Cluster, namespace: str
) -> None:
    """The kinds are here already, so that the chart takes them over."""
    with release(pods) as made:
        values = {"replicas": 1, "namespaces": [namespace], "controllers": {"enabled": True}}
        made.helm("upgrade", "--install", "--take-ownership", "tidegate", str(helm.CHART), values=values)
        made.settled(1)
        placed = Placed(pods, namespace)
        pods.api.apply(echo_daemon(namespace))
        until(lambda: placed.ready().keys() == set(NODES), 60, made.log)
        shop(pods, namespace, name="app")
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "app"}
        pods.api.apply(diurnal(namespace, "always", target=target, schedule=[{"replicas": 3}]))
        until(lambda: pods.api.get("apps/v1", "Deployment", namespace, "app")["spec"]["replicas"] == 3, 60, made.log)
        assert [e["requestURI"] for e in pods.audit(made.user) if e["responseStatus"]["code"] == 403] == []
        made.uninstall()
        until(lambda: not made.left(), 60, lambda: str(made.left()))
    assert len(placed.ready()) == 2
    for item in crds.definitions():
        assert pods.api.get("apiextensions.k8s.io/v1", "CustomResourceDefinition", name=item["metadata"]["name"])
