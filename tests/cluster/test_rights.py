"""The rights that the router needs: all of them, and no other. The API server's audit log is the witness."""

import asyncio
from typing import Any

from tests.support.cluster import manifests
from tests.support.cluster.cluster import Cluster
from tests.support.cluster.cluster import until as until_sync
from tests.support.cluster.following import source_of, until
from tests.support.cluster.gateway import CLUSTER_RIGHTS


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


def until_it_holds(cluster: Cluster, namespace: str) -> None:
    """RBAC takes a moment; a call before that would be denied. Asked for somebody else, it does not stand in the audit log."""
    spec = {"user": f"system:serviceaccount:{namespace}:router", "resourceAttributes": {"verb": "watch", "resource": "secrets"}}
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    until_sync(lambda: cluster.api.call("POST", path, review)["status"]["allowed"])
