"""The daemon controller in a real cluster: the demo of 2015, and what a cluster does to whoever places pods."""

import json
import time
from collections.abc import Iterator

import pytest

from tests.support.cluster import manifests
from tests.support.cluster.api import Object
from tests.support.cluster.cluster import Cluster, until
from tests.support.cluster.controllers import DAEMON_EVERYWHERE, DAEMON_NAMESPACED, LEASE, Program, account, controllers
from tests.support.cluster.gateway import RIGHTS
from tests.support.cluster.leading import LEADER_RIGHTS, WRITE_RIGHTS
from tests.support.cluster.leading import LEASE as ROUTERS
from tests.support.cluster.looking import ask, is_ready, ready_pods
from tests.support.cluster.manifests import ECHO_PORT
from tests.support.cluster.placing import BIG, STEADY, Placed, Watching, echo_daemon, ending_pods, events, hog, labelled, node
from tests.support.gateway import gateway

DEMO = """\
apiVersion: tidegate.dev/v1alpha1
kind: DaemonController
metadata:
  name: web
  labels: {name: web}
spec:
  selector: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - {name: app, image: "tidegate.test/echo:1"}
      terminationGracePeriodSeconds: 1
"""


@pytest.fixture
def placed(pods: Cluster, kinds: Cluster, namespace: str) -> Iterator[Placed]:
    with controllers(pods, namespace, "--controllers", "daemon") as program:
        yield Placed(pods, namespace, said=program.said)


def test_the_demo_of_2015(placed: Placed) -> None:
    """create without a node selector: all nodes. describe. Then with one: only nodes that are labelled, when they are."""
    kubectl, namespace = placed.cluster.kubectl, placed.namespace
    kubectl("create", "-n", namespace, "-f", "-", stdin=DEMO)
    placed.until_on("node-1", "node-2")
    kubectl("wait", "-n", namespace, "dc/web", "--for=condition=Available", "--timeout=60s")
    said = kubectl("describe", "dc", "web", "-n", namespace)
    assert "Desired Number Scheduled:" in said
    assert "SuccessfulCreate" in said
    placed.change({"template": {"spec": {"nodeSelector": {"color": "red"}}}})
    placed.until_on()
    try:
        kubectl("label", "node", "node-1", "color=red")
        placed.until_on("node-1")
        kubectl("label", "node", "node-2", "color=red")
        placed.until_on("node-1", "node-2")
        kubectl("label", "node", "node-1", "color=grey", "--overwrite")
        placed.until_on("node-2")
    finally:
        kubectl("label", "node", "node-1", "node-2", "color-")
    kubectl("delete", "dc", "web", "-n", namespace)
    until(lambda: not placed.cluster.api.items("v1", "Pod", namespace))


def test_a_replication_controller_of_the_same_selector_does_not_fight_and_both_are_told(placed: Placed) -> None:
    cluster, namespace = placed.cluster, placed.namespace
    cluster.api.apply(echo_daemon(namespace))
    placed.until_on("node-1", "node-2")
    labels = {"app": "web"}
    spec = {"replicas": 3, "selector": labels, "template": {"metadata": {"labels": labels}, "spec": manifests.pod_spec()}}
    cluster.api.apply(
        {"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "rc", "namespace": namespace}, "spec": spec}
    )
    until(lambda: sum(map(is_ready, cluster.api.items("v1", "Pod", namespace))) == 5)
    before = {p["metadata"]["uid"] for p in cluster.api.items("v1", "Pod", namespace)}
    placed.until(lambda: placed.condition("Conflict").get("status") == "True")
    until(
        lambda: "SelectorsOverlap" in events(cluster, namespace, "web") and "SelectorsOverlap" in events(cluster, namespace, "rc")
    )
    assert "ReplicationController" in placed.condition("Conflict")["message"]
    time.sleep(3)
    assert {p["metadata"]["uid"] for p in cluster.api.items("v1", "Pod", namespace)} == before
    assert "SelectorsOverlap" in cluster.kubectl("describe", "rc", "rc", "-n", namespace)


def test_a_full_node_leaves_a_pod_that_waits_and_says_so(placed: Placed) -> None:
    full = {"resources": {"requests": {"cpu": "40"}}}
    hog = manifests.pod(
        "default", f"hog-{placed.namespace}", manifests.pod_spec(resources={"requests": {"cpu": "40"}}) | {"nodeName": "node-1"}
    )
    placed.cluster.api.apply(hog)
    try:
        placed.cluster.api.apply(echo_daemon(placed.namespace, container=full))
        placed.until(lambda: list(placed.ready()) == ["node-2"] and len(placed.pods()) == 2)
        placed.until(
            lambda: [n["names"] for n in placed.status["nodes"] if n["reason"] in ("NodeFull", "Unscheduled")] == [["node-1"]]
        )
        assert placed.status["desiredNumberScheduled"] == 2
        [waiting] = [p for p in placed.pods() if not is_ready(p)]
        assert "Insufficient cpu" in json.dumps(waiting["status"])
        placed.until(lambda: placed.condition("Degraded")["status"] == "True")
    finally:
        placed.cluster.api.delete(hog, grace=0)
    placed.until_on("node-1", "node-2")


def test_failed_pods_duplicates_and_strays_are_put_right(placed: Placed) -> None:
    cluster, namespace = placed.cluster, placed.namespace
    cluster.api.apply(echo_daemon(namespace, pod={"nodeSelector": {"kubernetes.io/hostname": "node-1"}}))
    first = placed.until_on("node-1")
    [pod] = placed.pods()
    cluster.api.call(
        "PATCH",
        f"/api/v1/namespaces/{namespace}/pods/{pod['metadata']['name']}/status",
        {"status": {"phase": "Failed"}},
        "application/merge-patch+json",
    )
    placed.until(lambda: placed.ready() and placed.ready() != first)
    placed.until(lambda: "FailedDaemonPod" in events(cluster, namespace, "web"))
    second = placed.until_on("node-1")
    owner = pod["metadata"]["ownerReferences"]
    time.sleep(1.1)  # the age of pods is told in seconds
    for name, where in (("double", "node-1"), ("stray", "node-2")):
        spec = manifests.pod_spec() | {"nodeName": where, "terminationGracePeriodSeconds": 1}
        cluster.api.apply(manifests.pod(namespace, name, spec, labels={"app": "web"}, ownerReferences=owner))
    placed.until(lambda: len(placed.pods()) == 1)
    assert placed.until_on("node-1") == second, "the oldest stays"


def test_what_was_left_behind_is_taken_over_with_its_history(placed: Placed) -> None:
    """--cascade=orphan: the garbage collector of Kubernetes patches our revisions."""
    cluster, namespace = placed.cluster, placed.namespace
    cluster.api.apply(echo_daemon(namespace))
    first = placed.until_on("node-1", "node-2")
    cluster.kubectl("delete", "dc", "web", "-n", namespace, "--cascade=orphan", "--timeout=60s")
    assert all("ownerReferences" not in p["metadata"] for p in cluster.api.items("v1", "Pod", namespace))
    cluster.api.apply(echo_daemon(namespace))
    assert placed.until_updated() == first
    [revision] = cluster.api.items("apps/v1", "ControllerRevision", namespace)
    assert revision["metadata"]["ownerReferences"][0]["uid"] == placed.item["metadata"]["uid"]


def test_orphans_are_adopted_and_what_stops_matching_is_let_go(placed: Placed) -> None:
    cluster, namespace = placed.cluster, placed.namespace
    spec = manifests.pod_spec() | {"nodeName": "node-1"}
    cluster.api.apply(manifests.pod(namespace, "orphan", spec, labels={"app": "web"}))
    cluster.api.apply(echo_daemon(namespace, updateStrategy={"type": "OnDelete"}))
    placed.until_on("node-1", "node-2")
    assert "orphan" in {p["metadata"]["name"] for p in placed.pods()}
    orphan = manifests.pod(namespace, "orphan")
    cluster.api.patch(orphan, {"metadata": {"labels": {"app": "free"}}})
    until(lambda: "ownerReferences" not in cluster.api.get("v1", "Pod", namespace, "orphan")["metadata"])
    placed.until_on("node-1", "node-2")


def test_a_rolling_update_and_a_rollback_that_restarts_nothing_that_needs_it_not(placed: Placed) -> None:
    cluster, namespace = placed.cluster, placed.namespace
    cluster.api.apply(echo_daemon(namespace, container=STEADY))
    first = placed.until_on("node-1", "node-2")
    with Watching(placed) as watching:
        placed.image("tidegate.test/echo:2")
        second = placed.until_updated()
        assert not set(first.values()) & set(second.values())
        placed.image("tidegate.test/absent:1")
        placed.until(lambda: any("absent" in json.dumps(p["spec"]) for p in placed.pods()))
        time.sleep(1)
        assert len(placed.ready()) == 1, "maxUnavailable is 1"
        placed.image("tidegate.test/echo:2")
        third = placed.until_updated()
    assert len(set(second.values()) & set(third.values())) == 1, "the pod that was not replaced is not restarted"
    assert watching.least == 1
    assert not watching.doubled
    revisions = cluster.api.items("apps/v1", "ControllerRevision", namespace)
    assert sorted(r["revision"] for r in revisions) == [1, 3, 4]


def test_a_surge_replaces_every_pod_without_a_node_that_has_none(placed: Placed) -> None:
    placed.cluster.api.apply(echo_daemon(placed.namespace, container=STEADY, updateStrategy={"rollingUpdate": {"maxSurge": 1}}))
    placed.until_on("node-1", "node-2")
    with Watching(placed) as watching:
        placed.image("tidegate.test/echo:2")
        placed.until_updated()
    assert watching.least == 2


def test_a_surge_with_a_host_port_deletes_first_says_so_and_ends(placed: Placed) -> None:
    """Two pods with one host port have no room on a node, as the scheduler sees it: with a DaemonSet the new one waits for ever."""
    ports = {"ports": [{"name": "http", "containerPort": ECHO_PORT, "hostPort": 18080}]}
    surge = {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    placed.cluster.api.apply(echo_daemon(placed.namespace, container=ports | STEADY, updateStrategy=surge))
    first = placed.until_on("node-1", "node-2")
    assert (placed.condition("Surging")["status"], placed.condition("Surging")["reason"]) == ("False", "PortClash")
    with Watching(placed) as watching:
        placed.image("tidegate.test/echo:2")
        second = placed.until_updated()
    assert not set(first.values()) & set(second.values())
    assert not watching.doubled
    assert watching.least >= 1, "one node at a time, as maxSurge says"


def test_a_quota_is_told_costs_few_calls_and_is_made_good(placed: Placed, pods: Cluster) -> None:
    namespace = placed.namespace
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "few", "namespace": namespace},
        "spec": {"hard": {"pods": "1"}},
    }
    pods.api.apply(quota)
    until(lambda: pods.api.get("v1", "ResourceQuota", namespace, "few")["status"]["hard"])
    pods.api.apply(echo_daemon(namespace))
    placed.until(lambda: len(placed.ready()) == 1)
    until(lambda: "exceeded quota" in str(events(pods, namespace, "web").get("FailedCreate")))
    time.sleep(4)
    asked = [e for e in pods.audit(f"system:serviceaccount:{namespace}:controllers") if e["verb"] == "create"]
    assert sum(e["objectRef"]["resource"] == "pods" for e in asked) <= 12
    pods.api.delete(quota)
    placed.until(lambda: len(placed.ready()) == 2, 60)


def test_a_node_that_is_tainted_loses_its_pod_or_keeps_it_as_the_taint_says(placed: Placed) -> None:
    cluster = placed.cluster
    cluster.api.apply(echo_daemon(placed.namespace))
    first = placed.until_on("node-1", "node-2")
    taint = {"key": "tidegate.test/closed", "value": "yes"}
    try:
        cluster.api.patch(node("node-1"), {"spec": {"taints": [taint | {"effect": "NoSchedule"}]}})
        placed.until(lambda: placed.status["desiredNumberScheduled"] == 1)
        assert placed.ready() == first
        cluster.api.patch(node("node-1"), {"spec": {"taints": [taint | {"effect": "NoExecute"}]}})
        placed.until_on("node-2")
        cluster.api.patch(node("node-1"), {"spec": {"taints": [], "unschedulable": True}})
        placed.until_on("node-1", "node-2")
    finally:
        cluster.api.patch(node("node-1"), {"spec": {"taints": [], "unschedulable": None}})


def test_a_drained_pod_is_deleted_when_it_says_so_and_not_before(placed: Placed) -> None:
    cluster, namespace = placed.cluster, placed.namespace
    hook = {"http": {"port": manifests.ECHO_PORT, "path": "/healthz"}, "timeoutSeconds": 300}
    item = echo_daemon(namespace, preDelete=hook)
    del item["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]
    cluster.api.apply(item)
    placed.until_on("node-1", "node-2")
    [pod] = [p for p in placed.pods() if p["spec"]["nodeName"] == "node-1"]
    address = pod["status"]["podIP"]
    until(lambda: ask(address, "/unready", "POST"))
    with labelled(cluster, node_2={"role": "edge"}):
        placed.change({"template": {"spec": {"nodeSelector": {"role": "edge"}}}})
        until(
            lambda: (
                "tidegate.dev/drain-since"
                in cluster.api.get("v1", "Pod", namespace, pod["metadata"]["name"])["metadata"].get("annotations", {})
            )
        )
        time.sleep(3)
        assert ask(address)["name"] == pod["metadata"]["name"], "it is asked, and says no"
        ask(address, "/ready", "POST")
        placed.until(lambda: "node-1" not in placed.ready())


def test_a_pod_of_lower_priority_makes_room_but_for_its_budget(placed: Placed) -> None:
    cluster, namespace = placed.cluster, placed.namespace
    classes: list[Object] = [
        {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": f"{namespace}-{word}"},
            "value": value,
            "preemptionPolicy": "Never",
        }
        for word, value in (("low", 1), ("high", 10))
    ]
    for item in classes:
        cluster.api.call("POST", "/apis/scheduling.k8s.io/v1/priorityclasses", item)
    victim = hog(cluster, namespace, f"{namespace}-low")
    budget = {
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "hog", "namespace": namespace},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "hog"}}},
    }  # fmt: skip
    cluster.api.call("POST", f"/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets", budget)
    room = {"enabled": True, "afterSeconds": 1}
    pod = {"priorityClassName": f"{namespace}-high"}
    cluster.api.apply(echo_daemon(namespace, container=BIG, pod=pod, makeRoom=room))
    try:
        placed.until(lambda: list(placed.ready()) == ["node-2"])
        time.sleep(4)
        assert victim["metadata"]["uid"] in {p["metadata"]["uid"] for p in ready_pods(cluster, namespace)}, (
            "its budget forbids it"
        )
        cluster.api.call("DELETE", f"/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets/hog")
        placed.until_on("node-1", "node-2")
        placed.until(lambda: "MakingRoom" in events(cluster, namespace, "web"))
    finally:
        for item in classes:
            cluster.api.call("DELETE", f"/apis/scheduling.k8s.io/v1/priorityclasses/{item['metadata']['name']}")


def test_the_room_that_was_made_is_kept_from_the_successor_of_the_victim(placed: Placed) -> None:
    """At the same priority, which the scheduler does not preempt. Pods that end elsewhere make it try ours often and so, soon,
    seldom: the successor, which is for the same node, would be quicker."""
    cluster, namespace = placed.cluster, placed.namespace

    def hogs() -> list[Object]:
        return cluster.api.items("v1", "Pod", namespace, labelSelector="app=hog")

    victim = hog(cluster, namespace, heir="node-1")
    cluster.api.apply(echo_daemon(namespace, container=BIG))
    placed.until(lambda: list(placed.ready()) == ["node-2"] and len(placed.pods()) == 2)
    with ending_pods(cluster, namespace) as ended:
        until(lambda: len(ended) > 20)
        placed.change({"makeRoom": {"enabled": True, "afterSeconds": 1}})
        heir = placed.until(lambda: [p for p in hogs() if p["metadata"]["uid"] != victim["metadata"]["uid"]], 60)[0]
        placed.until(lambda: sorted(placed.ready()) == ["node-1", "node-2"], 60)
    [waits] = placed.until(hogs)
    assert waits["metadata"]["uid"] == heir["metadata"]["uid"], "nobody else was evicted"
    assert "nodeName" not in waits["spec"], "it waits, as the pod did"


def test_the_api_server_goes_and_comes_in_the_middle_of_an_update(placed: Placed) -> None:
    cluster = placed.cluster
    cluster.api.apply(echo_daemon(placed.namespace, container=STEADY))
    placed.until_on("node-1", "node-2")
    with Watching(placed) as watching:
        placed.image("tidegate.test/echo:2")
        cluster.stop_program("kube-apiserver")
        time.sleep(1)
        cluster.start_program("kube-apiserver")
        placed.until_updated()
        cluster.compact()
        placed.image("tidegate.test/echo:3")
        placed.until_updated()
    assert not watching.doubled
    assert watching.least >= 1


DURATION = 4


def test_two_replicas_and_the_leader_killed_never_double_a_pod_and_never_leave_a_node_alone_for_long(
    pods: Cluster, kinds: Cluster, namespace: str
) -> None:
    placed = Placed(pods, namespace)
    flags = ("--controllers", "daemon", "--leader-lease", f"{namespace}/{LEASE}", "--lease-duration", str(DURATION))
    with controllers(pods, namespace, *flags, name="a") as a, controllers(pods, namespace, *flags, name="b") as b:
        pods.api.apply(echo_daemon(namespace, container=STEADY))
        placed.until_on("node-1", "node-2")
        with Watching(placed) as watching:
            for image in ("tidegate.test/echo:2", "tidegate.test/echo:3"):
                leader = until(lambda: _leader(a, b))
                placed.image(image)
                placed.until(lambda image=image: any(image in json.dumps(p["spec"]) for p in placed.pods()))
                leader.kill()
                victim = placed.pods()[0]
                pods.api.delete(victim, grace=0)
                placed.until_updated()
                leader.start(*flags)
        assert not watching.doubled
        assert watching.gap < DURATION + 30
        assert _leader(a, b)


def test_a_router_that_leads_runs_the_controllers_too(pods: Cluster, kinds: Cluster, namespace: str) -> None:
    with gateway("haproxy") as made:
        rules = [*RIGHTS, *LEADER_RIGHTS, *WRITE_RIGHTS, *DAEMON_NAMESPACED, *DAEMON_EVERYWHERE]
        made.source = ["--kubeconfig", str(account(pods, namespace, "router", rules)), "--namespace", namespace]
        made.start("--leader-lease", f"{namespace}/{ROUTERS}", "--controllers", "daemon")
        pods.api.apply(echo_daemon(namespace))
        Placed(pods, namespace, said=made.log.read_text).until_on("node-1", "node-2")
        assert b'tidegate_controller_calls_total{method="POST",result="done"}' in made.ask_admin("/metrics")


def _leader(*programs: Program) -> Program | None:
    found = [program for program in programs if program.leads]
    return found[0] if len(found) == 1 else None
