"""``tidegate run`` on a real cluster: Ingresses are routed to real pods at their real addresses, and every change is followed."""

import json
from collections.abc import Iterator

import pytest

from tests.support.cluster import manifests, pod
from tests.support.cluster.cluster import Cluster, until
from tests.support.cluster.gateway import RIGHTS, routing
from tests.support.cluster.looking import ask, ready_addresses, ready_pods
from tests.support.gateway import Gateway

HOST = "web.example.com"


class World:
    """A Deployment, its Service and its Ingress in a namespace, and a gateway that serves it."""

    def __init__(self, cluster: Cluster, namespace: str, gateway: Gateway) -> None:
        self.cluster, self.namespace, self.gateway = cluster, namespace, gateway
        self.deployment = manifests.deployment(namespace, "web", 2)
        self.ingress = manifests.ingress(namespace, "web", HOST)

    def scale(self, replicas: int) -> None:
        self.cluster.kubectl("scale", "-n", self.namespace, "deploy/web", f"--replicas={replicas}")

    def answering(self, host: str = HOST, path: str = "/") -> set[str]:
        """The addresses that answer; status codes of those who do not."""
        answers = [self.gateway.get(host, path) for _ in range(12)]
        return {json.loads(body)["address"] if status == 200 else str(status) for status, body in answers}

    def until(self, expected: set[str], host: str = HOST) -> None:
        until(lambda: self.answering(host) == expected, said=lambda: f"{self.answering(host)} {self.gateway.log.read_text()}")

    def settled(self, count: int) -> set[str]:
        """The addresses of ``count`` ready pods, as the EndpointSlices tell them."""
        until(
            lambda: len(ready_pods(self.cluster, self.namespace)) == count == len(ready_addresses(self.cluster, self.namespace))
        )
        return ready_addresses(self.cluster, self.namespace)


@pytest.fixture(params=["nginx", "haproxy"])
def world(request: pytest.FixtureRequest, pods: Cluster, namespace: str) -> Iterator[World]:
    with routing(request.param, pods, namespace) as gateway:
        made = World(pods, namespace, gateway)
        pods.api.apply(made.deployment, manifests.service(namespace, "web"), made.ingress)
        made.until(made.settled(2))
        yield made


def test_pods_that_come_and_go_are_followed(world: World) -> None:
    world.scale(4)
    addresses = world.settled(4)
    world.until(addresses)
    world.scale(1)
    one = world.settled(1)
    assert one < addresses
    world.until(one)
    world.scale(0)
    world.until({"503"})
    world.scale(1)
    world.until(world.settled(1))


def test_a_pod_that_is_not_ready_is_asked_nothing(world: World) -> None:
    one, two = ready_pods(world.cluster, world.namespace)
    world.cluster.api.patch(one, {"metadata": {"annotations": {pod.UNREADY: "yes"}}})
    world.until({two["status"]["podIP"]})
    world.cluster.api.patch(one, {"metadata": {"annotations": {pod.UNREADY: None}}})
    world.until({one["status"]["podIP"], two["status"]["podIP"]})


def test_a_pod_that_is_killed_and_one_that_is_deleted_are_replaced(world: World) -> None:
    one, two = ready_pods(world.cluster, world.namespace)
    world.cluster.api.delete(one)
    until(lambda: one["status"]["podIP"] not in ready_addresses(world.cluster, world.namespace))
    world.until(world.settled(2))
    assert two["status"]["podIP"] in world.answering()
    world.cluster.api.patch(two, {"metadata": {"annotations": {pod.KILL: "1"}}})
    until(lambda: ask(two["status"]["podIP"])["pid"])
    world.until(world.settled(2))


def test_an_ingress_that_changes_and_one_that_goes_are_followed(world: World) -> None:
    addresses = world.settled(2)
    change = manifests.ingress(world.namespace, "web", "other.example.com", path="/shop")
    world.cluster.api.apply(change)
    world.until({"404"})
    until(lambda: world.answering("other.example.com", "/shop") == addresses)
    assert world.answering("other.example.com", "/") == {"404"}
    world.cluster.kubectl("delete", "-n", world.namespace, "ingress", "web")
    until(lambda: world.answering("other.example.com", "/shop") == {"404"})


def test_a_service_that_goes_and_comes_is_followed(world: World) -> None:
    service = manifests.service(world.namespace, "web")
    world.cluster.api.delete(service)
    world.until({"503"})
    world.cluster.api.apply(service)
    world.until(world.settled(2))


@pytest.mark.parametrize("plane", ["nginx", "haproxy"])
def test_the_router_runs_as_a_pod_with_its_service_account(plane: str, pods: Cluster, namespace: str) -> None:
    pods.account(namespace, "router", RIGHTS)
    args = ["run", "--in-cluster", "--plane", plane, "--namespace", namespace, "--http", "0.0.0.0:80", "--https", "0.0.0.0:443"]
    args += ["--admin", "0.0.0.0:9100", "--state", "/state", "--drain-delay", "0"]
    spec = manifests.pod_spec("tidegate.test/router:1", args=args)
    spec["serviceAccountName"] = "router"
    spec["containers"][0] |= {
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": 9100}, "periodSeconds": 1},
        "volumeMounts": [{"name": "state", "mountPath": "/state"}],
    }
    spec["volumes"] = [{"name": "state", "emptyDir": {}}]
    pods.api.apply(
        manifests.pod(namespace, "router", spec, labels={"app": "router"}),
        manifests.deployment(namespace, "web", 1), manifests.service(namespace, "web"), manifests.ingress(namespace, "web", HOST),
    )  # fmt: skip
    log = lambda: pods.log(f"{namespace}.router.app") + pods.log("host")  # noqa: E731
    until(lambda: len(ready_pods(pods, namespace)) == 2, 40, log)
    (router,) = [item for item in ready_pods(pods, namespace) if item["metadata"]["name"] == "router"]
    answer = until(lambda: ask(router["status"]["podIP"], port=80, host=HOST), said=log)
    assert answer["address"] in ready_addresses(pods, namespace)
    pods.api.delete(router)
    until(lambda: len(pods.api.items("v1", "Pod", namespace)) == 1)
    assert pods.log(f"{namespace}.router.app").splitlines()[-1].endswith("ended")
