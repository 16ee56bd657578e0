"""What is asked for, and what is not: namespaces and Secrets, as the API server's audit log tells."""

import asyncio
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from tests.support.cluster import manifests
from tests.support.cluster.cluster import Cluster
from tests.support.cluster.following import source_of, until
from tests.support.cluster.gateway import CLUSTER_RIGHTS, READ, RIGHTS, without


async def test_only_the_named_namespaces_are_asked_for(cluster: Cluster, namespace: str) -> None:
    with cluster.namespace("other") as other:
        await asyncio.to_thread(cluster.api.apply, *(manifests.service(where, "a") for where in (namespace, other)))
        account = await asyncio.to_thread(lambda: cluster.account(namespace, "router", RIGHTS))
        async with source_of(account, [namespace]) as source:
            await until(lambda: source.synced, said=lambda: str(source.health()))
            snapshot = source.snapshot()
            assert snapshot
            assert list(snapshot.services) == [(namespace, "a")]
        events = await asyncio.to_thread(cluster.audit, f"system:serviceaccount:{namespace}:router")
        asked: Mapping[str, set[str]] = {}
        for event in events:
            asked.setdefault(event["objectRef"].get("namespace", ""), set()).add(event["objectRef"]["resource"])  # type: ignore[attr-defined]
        assert asked.keys() == {namespace, ""}
        assert asked[""] <= {"ingressclasses", "nodes"}


async def test_of_secrets_only_those_that_somebody_names_are_read(cluster: Cluster, namespace: str) -> None:
    """The router serves the whole cluster and may list all Secrets: it selects all the same."""
    tls = {"tls.crt": "x", "tls.key": "x"}
    await asyncio.to_thread(
        cluster.api.apply,
        manifests.secret(namespace, "tls", tls, "kubernetes.io/tls"), manifests.secret(namespace, "named", tls),
        manifests.secret(namespace, "private", tls), manifests.secret(namespace, "late", tls),
    )  # fmt: skip
    account = await asyncio.to_thread(lambda: cluster.account(namespace, "router", CLUSTER_RIGHTS, everywhere=True))
    async with source_of(account, []) as source:
        await until(lambda: source.synced, said=lambda: str(source.health()))
        wanted = {(namespace, "tls"), (namespace, "named"), (namespace, "missing")}
        await until(lambda: source.want(wanted))
        snapshot = source.snapshot()
        assert snapshot
        assert {name for where, name in snapshot.secrets if where == namespace} == {"tls", "named"}
        assert not source.want({*wanted, (namespace, "late")})
        await until(lambda: source.want({*wanted, (namespace, "late")}))
        await asyncio.to_thread(cluster.api.apply, manifests.secret(namespace, "missing", tls))
        await until(lambda: (namespace, "missing") in source.snapshot().secrets)  # type: ignore[union-attr]
    asked = await secrets_asked(cluster, f"system:serviceaccount:{namespace}:router")
    assert {selector for _, selector, _ in asked} == {
        "type=kubernetes.io/tls", "metadata.name=named", "metadata.name=late", "metadata.name=missing",
    }  # fmt: skip


async def test_with_a_right_to_named_secrets_alone_each_is_read_by_its_name(cluster: Cluster, namespace: str) -> None:
    await asyncio.to_thread(cluster.api.apply, *(manifests.secret(namespace, name, {"a": "b"}) for name in ("one", "two")))
    less = without("secrets", RIGHTS)
    named = {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["one"], "verbs": READ}
    account = await asyncio.to_thread(lambda: cluster.account(namespace, "router", [*less, named]))
    async with source_of(account, [namespace]) as source:
        await until(lambda: source.synced, said=lambda: str(source.health()))
        await until(lambda: source.want({(namespace, "one"), (namespace, "two")}))
        snapshot = source.snapshot()
        assert snapshot
        assert set(snapshot.secrets) == {(namespace, "one")}
        assert any("may not be read" in check.message for check in source.health() if check.name.startswith("Secret"))
    asked = await secrets_asked(cluster, f"system:serviceaccount:{namespace}:router")
    assert {code for _, selector, code in asked if selector == "metadata.name=one"} == {200}


async def secrets_asked(cluster: Cluster, user: str) -> set[tuple[str, str, int]]:
    """(verb, fieldSelector, status) of all requests for Secrets."""
    found = set()
    for event in await asyncio.to_thread(cluster.audit, user):
        if event["objectRef"]["resource"] == "secrets":
            query = parse_qs(urlsplit(event["requestURI"]).query)
            found.add((event["verb"], query.get("fieldSelector", [""])[0], event["responseStatus"]["code"]))
    return found


async def test_many_namespaces_are_followed_at_once(cluster: Cluster, namespace: str) -> None:
    """Each has four watches of its own; the client library's pool holds a hundred connections."""
    spaces = [f"{namespace}-{number}" for number in range(30)]
    made = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in spaces]
    await asyncio.to_thread(cluster.api.apply, *made, *(manifests.service(name, "a") for name in spaces))
    account = await asyncio.to_thread(lambda: cluster.account(namespace, "router", CLUSTER_RIGHTS, everywhere=True))
    try:
        async with source_of(account, spaces) as source:
            await until(lambda: source.synced, 60, lambda: str([c for c in source.health() if not c.ok]))
            assert len(source.reflectors) > 120
            await until(lambda: all(r.counts["watches"] for r in source.reflectors), 60)
            await asyncio.to_thread(cluster.api.apply, *(manifests.service(name, "b") for name in spaces))
            await until(lambda: len(source.snapshot().services) == 60)  # type: ignore[union-attr]
    finally:
        await asyncio.to_thread(cluster.api.delete, *made)
