"""The rights that the router needs: all of them, and no other. The API server's audit log is the witness."""

import asyncio
from typing import Any

from tests.support.cluster import manifests
from tests.support.cluster.cluster import Cluster
from tests.support.cluster.cluster import until as until_sync
from tests.support.cluster.controllers import ALL, LEASE, Program, controllers
from tests.support.cluster.following import source_of, until
from tests.support.cluster.gateway import CLUSTER_RIGHTS
from tests.support.cluster.looking import ready_pods
from tests.support.cluster.placing import BIG, Placed, diurnal, echo_daemon, events, hog


def granted(rules: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(resource, verb) for rule in rules for resource in rule["resources"] for verb in rule["verbs"]}


async def test_no_call_is_denied_and_no_right_is_unused(cluster: Cluster, namespace: str) -> None:
    """Once with streaming lists, and once with a server that has none: that is what the right to list is for."""
    account = await asyncio.to_thread(lambda: cluster.account(namespace, "router", CLUSTER_RIGHTS, everywhere=True))
    await asyncio.to_thread(until_it_holds, cluster, namespace)
    await asyncio.to_thread(cluster.api.apply, manifests.secret(namespace, "named", {"a": "b"}))
    try:
        for more in ((), ("--feature-gates=WatchList=false",)):
            await asyncio.to_thread(cluster.stop_program, "kube-apiserver")
            await asyncio.to_thread(cluster.start_program, "kube-apiserver", *more)
            async with source_of(account, []) as source:
                await until(lambda: source.synced and source.want({(namespace, "named")}), 60)
                await until(lambda: all(r.counts["watches"] for r in source.reflectors))
    finally:
        await asyncio.to_thread(cluster.stop_program, "kube-apiserver")
        await asyncio.to_thread(cluster.start_program, "kube-apiserver")
    events = await asyncio.to_thread(cluster.audit, f"system:serviceaccount:{namespace}:router")
    denied = {event["requestURI"] for event in events if event["responseStatus"]["code"] == 403}
    used = {(event["objectRef"]["resource"], event["verb"]) for event in events}
    assert denied == set()
    assert used == granted(CLUSTER_RIGHTS)


def test_controllers_are_denied_nothing_and_use_every_right(pods: Cluster, kinds: Cluster, namespace: str) -> None:
    """Also with a server that has no streaming lists. One right is never seen: the next test is its witness."""
    try:
        pods.stop_program("kube-apiserver")
        pods.start_program("kube-apiserver", "--feature-gates=WatchList=false")
        with controllers(pods, namespace, "--leader-lease", f"{namespace}/{LEASE}") as program:
            until_sync(lambda: program.leads)
            use_all_of_them(pods, namespace)
            until_sync(lambda: used_by(pods, program.user) >= granted(ALL) - {UNSEEN}, 60, lambda: missing(pods, program))
        denied = {e["requestURI"] for e in pods.audit(program.user) if e["responseStatus"]["code"] == 403}
    finally:
        pods.stop_program("kube-apiserver")
        pods.start_program("kube-apiserver")
    assert denied == set()
    assert used_by(pods, program.user) | {UNSEEN} == granted(ALL)


def test_an_api_server_that_guards_owner_references_needs_the_right_that_no_call_shows(
    pods: Cluster, kinds: Cluster, namespace: str
) -> None:
    """Its plug-in asks for ``update`` of the owner's ``finalizers`` before it takes ``blockOwnerDeletion``, which our pods have so that
    ``kubectl delete --cascade=foreground`` waits for them. It asks itself, so nothing of that stands in the audit log."""
    (resource,) = UNSEEN[:1]
    without = [rule for rule in ALL if resource not in rule["resources"]]
    placed = Placed(pods, namespace)
    try:
        pods.stop_program("kube-apiserver")
        pods.start_program("kube-apiserver", "--enable-admission-plugins=OwnerReferencesPermissionEnforcement")
        with controllers(pods, namespace, "--controllers", "daemon", rules=without) as program:
            pods.api.apply(echo_daemon(namespace))
            until_sync(lambda: "blockOwnerDeletion" in str(events(pods, namespace, "web").get("FailedCreate")), 60, program.said)
            assert placed.pods() == []
        with controllers(pods, namespace, "--controllers", "daemon", name="allowed"):
            placed.until(lambda: len(placed.pods()) == 2, 60)
    finally:
        pods.stop_program("kube-apiserver")
        pods.start_program("kube-apiserver")


UNSEEN = ("daemoncontrollers/finalizers", "update")
"""Asked by a plug-in of the API server, not by a call."""


def missing(cluster: Cluster, program: Program) -> str:
    return str(granted(ALL) - used_by(cluster, program.user)) + program.said()


def used_by(cluster: Cluster, user: str) -> set[tuple[str, str]]:
    refs = [(event["objectRef"], event["verb"]) for event in cluster.audit(user)]
    return {(f"{r['resource']}/{r['subresource']}" if "subresource" in r else r["resource"], verb) for r, verb in refs}


def use_all_of_them(cluster: Cluster, namespace: str) -> None:
    """A daemon with an orphan and two templates, room made for another, and everything that a schedule can vary."""
    placed = Placed(cluster, namespace)
    here = {"nodeSelector": {"kubernetes.io/hostname": "node-1"}, "terminationGracePeriodSeconds": 1}
    classes = [f"{namespace}-low", f"{namespace}-high"]
    for name, value in zip(classes, (1, 10), strict=True):
        body = {"metadata": {"name": name}, "value": value, "preemptionPolicy": "Never"}
        cluster.api.call("POST", "/apis/scheduling.k8s.io/v1/priorityclasses", body)
    spec = manifests.pod_spec() | {"nodeName": "node-1"}
    cluster.api.apply(manifests.pod(namespace, "orphan", spec, labels={"app": "web"}))
    hog(cluster, namespace, classes[0])
    until_sync(lambda: len(ready_pods(cluster, namespace)) == 2)
    room = {"enabled": True, "afterSeconds": 1}
    pod = here | {"priorityClassName": classes[1]}
    cluster.api.apply(echo_daemon(namespace, container=BIG, pod=pod, makeRoom=room, revisionHistoryLimit=1))
    placed.until_updated()
    for text in ("b", "c", "b", "d"):  # a rollback, and more templates than are kept
        placed.change({"template": {"metadata": {"annotations": {"a": text}}}})
        placed.until_updated()
    labels, template = {"app": "v"}, {"metadata": {"labels": {"app": "v"}}, "spec": manifests.pod_spec()}
    for version, kind, chosen in (
        ("v1", "ReplicationController", labels), ("apps/v1", "ReplicaSet", {"matchLabels": labels}),
        ("apps/v1", "StatefulSet", {"matchLabels": labels}), ("apps/v1", "Deployment", {"matchLabels": labels}),
    ):  # fmt: skip
        item = {"replicas": 0, "selector": chosen, "template": template}
        cluster.api.apply({"apiVersion": version, "kind": kind, "metadata": {"name": "v", "namespace": namespace}, "spec": item})
        cluster.api.apply(diurnal(namespace, kind.lower(), target={"kind": kind, "name": "v"}, base={"replicas": 1}))
    aim = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "hog"}
    scaler = {"minReplicas": 1, "maxReplicas": 3, "scaleTargetRef": aim}
    meta = {"name": "hog", "namespace": namespace}
    cluster.api.apply({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": meta, "spec": scaler})
    calendars = [{"name": "de", "configMap": {"name": "absent"}}]
    cluster.api.apply(
        diurnal(namespace, "floor", target={"kind": "ReplicaSet", "name": "hog"}, mode="floor", base={"min": 2}),
        diurnal(namespace, "nodes", target={"kind": "DaemonController", "name": "web"}, base={"percent": 50}),
        diurnal(namespace, "holidays", target={"kind": "Deployment", "name": "v"}, base={"replicas": 1}, calendars=calendars),
    )
    deployment = manifests.deployment(namespace, "v")
    for _ in range(2):  # the same Event twice
        until_sync(lambda: cluster.api.get("apps/v1", "Deployment", namespace, "v")["spec"]["replicas"] == 1)
        cluster.api.patch(deployment, {"spec": {"replicas": 0}})
    for name in classes:
        cluster.api.call("DELETE", f"/apis/scheduling.k8s.io/v1/priorityclasses/{name}")


def until_it_holds(cluster: Cluster, namespace: str) -> None:
    """RBAC takes a moment; a call before that would be denied. Asked for somebody else, it does not stand in the audit log."""
    spec = {"user": f"system:serviceaccount:{namespace}:router", "resourceAttributes": {"verb": "watch", "resource": "secrets"}}
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    until_sync(lambda: cluster.api.call("POST", path, review)["status"]["allowed"])
