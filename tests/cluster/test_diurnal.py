"""The diurnal controller in a real cluster: everything that has a number follows the clock."""

import datetime
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.cluster import manifests
from tests.support.cluster.api import Object
from tests.support.cluster.cluster import Cluster, until
from tests.support.cluster.controllers import DIURNAL_NAMESPACED, Program, controllers
from tests.support.cluster.placing import API, Placed, diurnal, echo_daemon, events

THINGS = {"apiGroups": ["things.test"], "resources": ["things/scale"], "verbs": ["get", "patch"]}
LISTED = {"apiGroups": ["things.test"], "resources": ["things"], "verbs": ["list"]}


class Varied:
    """Objects of a namespace, and the program that varies them."""

    def __init__(self, cluster: Cluster, namespace: str, program: Program) -> None:
        self.cluster, self.namespace, self.program = cluster, namespace, program

    def make(
        self, kind: str, name: str = "web", version: str = "apps/v1", replicas: int = 0, labels: Object | None = None
    ) -> None:
        chosen: Object = {"app": name}
        spec = {
            "replicas": replicas, "selector": chosen if version == "v1" else {"matchLabels": chosen},
            "template": {"metadata": {"labels": chosen}, "spec": manifests.pod_spec()},
        }  # fmt: skip
        meta = {"name": name, "namespace": self.namespace, "labels": labels or {}}
        self.cluster.api.apply({"apiVersion": version, "kind": kind, "metadata": meta, "spec": spec})

    def say(self, name: str = "day", **spec: Any) -> None:
        self.cluster.api.apply(diurnal(self.namespace, name, **spec))

    def get(self, kind: str, name: str = "web", version: str = "apps/v1") -> Object:
        return dict(self.cluster.api.get(version, kind, self.namespace, name))

    def number(self, kind: str, name: str = "web", version: str = "apps/v1") -> int:
        return int(self.get(kind, name, version)["spec"].get("replicas", 0))

    def status(self, name: str = "day") -> Object:
        return dict(self.get("DiurnalController", name, API).get("status", {}))

    def condition(self, kind: str, name: str = "day") -> str:
        return next((str(c["status"]) for c in self.status(name).get("conditions", ()) if c["type"] == kind), "")

    def until(self, test: Any, limit: float = 60) -> None:
        until(test, limit, lambda: f"{self.status()} {self.program.said()}")


@pytest.fixture
def varied(kinds: Cluster, namespace: str) -> Iterator[Varied]:
    rules = [*DIURNAL_NAMESPACED, THINGS, LISTED]
    with controllers(kinds, namespace, "--controllers", "diurnal", rules=rules) as program:
        yield Varied(kinds, namespace, program)


def in_seconds(count: float) -> str:
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=count)).strftime("%H:%M:%SZ")


def test_the_usage_of_2015_varies_every_replication_controller_of_a_label_at_its_time(varied: Varied) -> None:
    for name in ("one", "two"):
        varied.make("ReplicationController", name, "v1", labels={"name": "redis-slave"})
    varied.make("ReplicationController", "other", "v1")
    varied.say(selector={"name": "redis-slave"}, times=f"{in_seconds(-60)},{in_seconds(6)}", counts="3,1")
    numbers = lambda: [varied.number("ReplicationController", n, "v1") for n in ("one", "two", "other")]  # noqa: E731
    varied.until(lambda: numbers() == [3, 3, 0])
    head, row = varied.cluster.kubectl("get", "diurnal", "day", "-n", varied.namespace).splitlines()
    assert head.split() == ["NAME", "NOW", "ENTRY", "NEXT", "TO", "READY", "AGE"]
    assert row.split()[:3] == ["day", "3", "times[0]"]
    varied.until(lambda: numbers() == [1, 1, 0])
    until(lambda: "Scaled" in events(varied.cluster, varied.namespace, "day"))


@pytest.mark.parametrize("kind", ["ReplicaSet", "Deployment", "StatefulSet"])
def test_a_workload_is_varied_and_put_right_when_somebody_changes_it(varied: Varied, kind: str) -> None:
    varied.make(kind)
    varied.say(target={"kind": kind, "name": "web"}, base={"replicas": 2})
    varied.until(lambda: varied.number(kind) == 2)
    item = varied.get(kind)
    varied.cluster.api.patch(item, {"spec": {"replicas": 5}})
    varied.until(lambda: varied.number(kind) == 2)
    varied.cluster.api.patch(diurnal(varied.namespace, "day"), {"spec": {"suspend": True}})
    varied.until(lambda: varied.condition("Suspended") == "True" or "Suspended" in str(varied.status()))
    varied.cluster.api.patch(item, {"spec": {"replicas": 5}})
    time.sleep(2)
    assert varied.number(kind) == 5


def test_an_autoscaler_gets_a_floor_and_its_own_bounds_back(varied: Varied) -> None:
    varied.make("Deployment", replicas=4)
    aim = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    meta = {"name": "web", "namespace": varied.namespace}
    spec = {"minReplicas": 1, "maxReplicas": 9, "scaleTargetRef": aim}
    varied.cluster.api.apply({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": meta, "spec": spec})
    varied.say(target={"kind": "Deployment", "name": "web"}, mode="floor", base={"min": 3})
    scaler = lambda: varied.get("HorizontalPodAutoscaler", version="autoscaling/v2")["spec"]  # noqa: E731
    varied.until(lambda: scaler()["minReplicas"] == 3)
    assert varied.number("Deployment") == 4
    varied.cluster.kubectl("delete", "diurnal", "day", "-n", varied.namespace, "--timeout=60s")
    assert (scaler()["minReplicas"], scaler()["maxReplicas"]) == (1, 9)


def test_any_kind_with_a_scale_is_varied(varied: Varied) -> None:
    scale = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {
        "spec": {"type": "object", "properties": {"replicas": {"type": "integer"}}}, "status": {"type": "object"}}}  # fmt: skip
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"scale": scale},
    }
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "things.things.test"},
        "spec": {"group": "things.test", "scope": "Namespaced", "versions": [version],
                 "names": {"kind": "Thing", "listKind": "ThingList", "plural": "things", "singular": "thing"}},
    }  # fmt: skip
    varied.cluster.api.apply(crd)
    try:
        meta = {"name": "web", "namespace": varied.namespace, "labels": {"a": "b"}}
        thing = {"apiVersion": "things.test/v1", "kind": "Thing", "metadata": meta, "spec": {"replicas": 1}}
        until(lambda: varied.cluster.api.apply(thing) or True)
        varied.say(target={"apiVersion": "things.test/v1", "kind": "Thing", "matchLabels": {"a": "b"}}, base={"replicas": 6})
        varied.until(lambda: varied.number("Thing", version="things.test/v1") == 6)
    finally:
        varied.cluster.api.delete(crd)


def test_the_api_server_is_away_at_the_moment_and_it_is_made_good(varied: Varied) -> None:
    varied.make("Deployment")
    schedule = [{"at": in_seconds(-60), "replicas": 1}, {"at": in_seconds(5), "replicas": 2}]
    varied.say(target={"kind": "Deployment", "name": "web"}, schedule=schedule)
    varied.until(lambda: varied.number("Deployment") == 1)
    varied.cluster.stop_program("kube-apiserver")
    time.sleep(5)
    varied.cluster.start_program("kube-apiserver")
    varied.until(lambda: varied.number("Deployment") == 2, 90)


def test_a_zone_that_there_is_not_changes_nothing_and_is_told(varied: Varied) -> None:
    varied.make("Deployment", replicas=1)
    varied.say(target={"kind": "Deployment", "name": "web"}, base={"replicas": 2}, timeZone="Europe/Atlantis")
    varied.until(lambda: varied.condition("Ready") == "False")
    assert varied.number("Deployment") == 1
    assert "Atlantis" in varied.cluster.kubectl("describe", "diurnal", "day", "-n", varied.namespace)


def test_the_fraction_of_nodes_of_a_daemon_follows_the_clock(pods: Cluster, kinds: Cluster, namespace: str) -> None:
    with controllers(pods, namespace):
        pods.api.apply(echo_daemon(namespace))
        placed = Placed(pods, namespace)
        placed.until_on("node-1", "node-2")
        schedule = [{"at": in_seconds(-60), "percent": 50}, {"at": in_seconds(8), "percent": 100}]
        pods.api.apply(diurnal(namespace, "day", target={"kind": "DaemonController", "name": "web"}, schedule=schedule))
        placed.until(lambda: len(placed.pods()) == 1 and placed.item["spec"]["nodes"] == "50%")
        placed.until_on("node-1", "node-2")
        assert placed.item["spec"]["nodes"] == "100%"
