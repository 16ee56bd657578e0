"""The watcher against a real API server, one rule a test. What a real one does not do when asked is in tests/unit/sources.

Each rule and what holds it (unit: tests/unit/sources/kubernetes, on a fake that breaks the rules; here if nothing is said):

list as a stream, ended by its bookmark         test_the_list_is_a_stream_that_its_bookmark_ends
fall back to pages                              test_a_server_without_streaming_lists_is_asked_for_pages; unit: ..._without_its_bookmark_...
the version comes from list, bookmark, event    test_a_bookmark_moves_the_version_...; unit: test_the_version_to_resume_from_is_the_lists_...
relist after 410, the vanished are gone         test_after_410_...; unit: test_a_server_that_says_410_to_every_version_...
an unchanged object stays the same              test_after_410_...; unit: test_an_unchanged_object_stays_the_same_through_a_new_list
half-open guard                                 test_a_half_open_connection_is_given_up; test_faults.py
a watch goes on where it broke                  test_a_broken_connection_is_taken_up_where_it_was
Retry-After                                     test_a_server_that_says_when_to_ask_again_..., test_a_server_that_has_no_turn_for_us_...
errors that are no JSON                         test_bursts_of_errors_are_outlived; unit: test_an_error_is_a_pause_and_a_problem_not_an_end
back-off, its jitter, its end                   tests/unit/base/test_tasks.py; unit: test_the_pauses_begin_anew_..., ..._hangs_up_is_not_asked_...
a kind that is installed later, and goes        test_a_kind_that_is_not_installed_...
tokens and CAs that are replaced                test_a_token_..., test_a_ca_..., test_the_api_servers_own_certificate_...; test_deploy.py
bounded lists                                   test_not_more_than_a_few_lists_are_asked_for_at_once
nothing before all kinds were read              test_there_is_no_snapshot_before_all_kinds_were_read
one bad object keeps its last good version      test_one_object_that_does_not_decode_keeps_its_last_good_version
others on the loop go on                        unit: test_others_go_on_while_a_large_list_is_decoded; tests/unit/base/test_tasks.py
lines of any length                             unit: test_an_event_of_many_megabytes_is_read, test_wire.py
what nobody reads is no change, if not wanted   unit: test_known.py; test_nodes.py
Secrets by reference                            test_scope.py; unit: test_secrets.py
"""

import asyncio
import contextlib
import datetime
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from router.base.clock import SystemClock
from router.base.frozen import Frozen
from router.base.tasks import Backoff
from router.facts.core import Service
from router.facts.meta import Fact
from router.sources.kubernetes import reflector as rules
from router.sources.kubernetes.client import ClientTransport
from router.sources.kubernetes.reflector import Reflector, Target
from router.sources.kubernetes.source import LISTS_AT_ONCE
from tests.support.cluster import manifests
from tests.support.cluster.api import Object
from tests.support.cluster.cable import cable, through
from tests.support.cluster.cluster import Cluster
from tests.support.cluster.cluster import until as until_sync
from tests.support.cluster.following import SERVICES, following, source_of, until
from tests.support.cluster.gateway import CLUSTER_RIGHTS, READ, RIGHTS, without
from tests.support.cluster.proxy import Proxy
from tests.support.cluster.seats import no_seat


async def test_the_list_is_a_stream_that_its_bookmark_ends(cluster: Cluster, namespace: str) -> None:
    await asyncio.to_thread(cluster.api.apply, *(manifests.service(namespace, name) for name in "abc"))
    async with following(cluster, namespace) as followed:
        assert (followed.names, followed.pokes) == (["a", "b", "c"], 1)
        await followed.say(manifests.service(namespace, "d"))
        await followed.unsay(manifests.service(namespace, "a"))
        await until(lambda: followed.names == ["b", "c", "d"])
        asked = await followed.asked()
        assert any("sendInitialEvents=true" in uri for uri in asked)
        assert not any("limit=" in uri for uri in asked)


async def test_a_server_without_streaming_lists_is_asked_for_pages(
    cluster: Cluster, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "PAGE", "2")
    await asyncio.to_thread(cluster.api.apply, *(manifests.service(namespace, name) for name in "abcde"))
    await asyncio.to_thread(cluster.stop_program, "kube-apiserver")
    await asyncio.to_thread(cluster.start_program, "kube-apiserver", "--feature-gates=WatchList=false")
    try:
        async with following(cluster, namespace) as followed:
            assert followed.names == list("abcde")
            asked = await followed.asked()
            assert len([uri for uri in asked if "limit=2" in uri]) == 3
            await followed.say(manifests.service(namespace, "f"))
            await until(lambda: "f" in followed.names)
    finally:
        await asyncio.to_thread(cluster.stop_program, "kube-apiserver")
        await asyncio.to_thread(cluster.start_program, "kube-apiserver")


async def test_a_bookmark_moves_the_version_though_nothing_changed(
    cluster: Cluster, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server sends one before the end of a watch, besides each minute."""
    monkeypatch.setattr(rules, "WATCH_SECONDS", (5, 5))
    async with following(cluster, namespace) as followed:
        before, events = followed.reflector._version, followed.reflector.counts["events"]
        await followed.say(manifests.config_map(namespace, "other", {"a": "b"}))
        await until(lambda: followed.reflector._version != before)
        assert followed.reflector.counts["events"] > events
        assert followed.pokes == 1, "the first list, and nothing after it"
        assert followed.reflector.counts["lists"] == 1


async def test_a_broken_connection_is_taken_up_where_it_was(cluster: Cluster, namespace: str) -> None:
    async with following(cluster, namespace) as followed:
        followed.cable.cut()
        await until(lambda: followed.reflector.problem)
        await followed.say(manifests.service(namespace, "a"))
        assert not followed.names
        followed.cable.mend()
        await until(lambda: followed.names == ["a"])
        await followed.follows()
        assert followed.reflector.counts["lists"] == 1


async def test_after_410_what_vanished_meanwhile_is_gone_and_what_stayed_is_the_same(cluster: Cluster, namespace: str) -> None:
    """The network is away while etcd is compacted and the API server starts anew with nothing in its cache of changes."""
    await asyncio.to_thread(cluster.api.apply, *(manifests.service(namespace, name) for name in "abc"))
    async with following(cluster, namespace) as followed:
        kept = followed.reflector.state[0][(namespace, "b")]
        followed.cable.cut()
        await followed.unsay(manifests.service(namespace, "a"))
        await followed.say(manifests.service(namespace, "d"))
        await asyncio.to_thread(cluster.compact)
        await asyncio.to_thread(cluster.stop_program, "kube-apiserver")
        await asyncio.to_thread(cluster.start_program, "kube-apiserver")
        followed.cable.mend()
        await until(lambda: followed.names == ["b", "c", "d"])
        assert followed.reflector.counts["relists"] >= 1
        assert followed.reflector.state[0][(namespace, "b")] is kept


async def test_a_half_open_connection_is_given_up(cluster: Cluster, namespace: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "SILENCE", 1.5)
    async with following(cluster, namespace) as followed:
        followed.cable.freeze()
        await followed.say(manifests.service(namespace, "a"))
        await until(lambda: followed.reflector.problem)
        assert not followed.reflector.check.ok
        followed.cable.mend()
        await until(lambda: followed.names == ["a"])


async def test_the_api_server_may_start_anew(cluster: Cluster, namespace: str) -> None:
    async with following(cluster, namespace) as followed:
        await followed.say(manifests.service(namespace, "a"))
        await until(lambda: followed.names == ["a"])
        await asyncio.to_thread(cluster.stop_program, "kube-apiserver")
        await until(lambda: followed.reflector.problem)
        assert followed.names == ["a"]
        await asyncio.to_thread(cluster.start_program, "kube-apiserver")
        await followed.follows()
        await followed.unsay(manifests.service(namespace, "a"))
        await until(lambda: not followed.names)


class WidgetSpec(Frozen):
    size: int = 0


class Widget(Fact):
    """A kind that the cluster does not know yet, and whose server does not check types."""

    spec: WidgetSpec = WidgetSpec()


def _crd(group: str) -> Object:
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"widgets.{group}"},
        "spec": {
            "group": group, "scope": "Namespaced", "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }  # fmt: skip


def _widget(group: str, namespace: str, name: str, size: Any) -> Object:
    return {
        "apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": name, "namespace": namespace}, "spec": {"size": size},
    }  # fmt: skip


async def test_a_kind_that_is_not_installed_is_empty_until_it_is_and_again_when_it_is_gone(
    cluster: Cluster, namespace: str
) -> None:
    group = f"{namespace}.tidegate.test"
    target = Target(path=f"/apis/{group}/v1/widgets", kind=Widget, optional=True)
    rules_ = [{"apiGroups": [group], "resources": ["widgets"], "verbs": READ}]
    account = await asyncio.to_thread(lambda: cluster.account(namespace, "widgets", rules_, everywhere=True))
    transport = ClientTransport(account, "")
    made = Reflector(target, transport, SystemClock(), asyncio.Semaphore(3))
    async with asyncio.TaskGroup() as group_:
        task = group_.create_task(made.run(lambda: None))
        await until(lambda: made.synced and "not installed" in made.check.message)
        assert made.check.ok
        await asyncio.to_thread(cluster.api.apply, _crd(group))
        await asyncio.to_thread(until_sync, lambda: cluster.api.items(f"{group}/v1", "Widget", namespace) == [])
        await asyncio.to_thread(cluster.api.apply, _widget(group, namespace, "a", 1))
        await until(lambda: (namespace, "a") in made.state[0], 60)
        assert made.check.message == "up to date"
        await asyncio.to_thread(cluster.api.delete, _crd(group))
        await until(lambda: not made.state[0], 60)
        task.cancel()
    await transport.close()


async def test_one_object_that_does_not_decode_keeps_its_last_good_version(cluster: Cluster, namespace: str) -> None:
    group = f"{namespace}.tidegate.test"
    await asyncio.to_thread(cluster.api.apply, _crd(group))
    await asyncio.to_thread(until_sync, lambda: cluster.api.items(f"{group}/v1", "Widget", namespace) == [])
    await asyncio.to_thread(cluster.api.apply, *(_widget(group, namespace, name, 1) for name in "ab"))
    rules_ = [{"apiGroups": [group], "resources": ["widgets"], "verbs": READ}]
    target = Target(path=f"/apis/{group}/v1/widgets", kind=Widget)
    async with following(cluster, namespace, target, rules_, everywhere=True) as followed:
        await until(lambda: followed.names == ["a", "b"])
        before = followed.reflector.state[0][(namespace, "a")]
        await followed.say(_widget(group, namespace, "a", "big"), _widget(group, namespace, "b", 2))
        await until(lambda: followed.reflector.state[1])
        assert followed.reflector.state[0][(namespace, "a")] is before
        (finding,) = followed.reflector.state[1].values()
        assert "last good version" in finding.message  # type: ignore[union-attr]
        await until(lambda: followed.reflector.state[0][(namespace, "b")].spec.size == 2)  # type: ignore[attr-defined]
        await followed.say(_widget(group, namespace, "a", 3))
        await until(lambda: not followed.reflector.state[1])
    await asyncio.to_thread(cluster.api.delete, _crd(group))


@contextlib.asynccontextmanager
async def behind_a_proxy(cluster: Cluster, namespace: str, folder: Path) -> AsyncIterator[tuple[Proxy, Reflector]]:
    """A reflector for Services that is up to date."""
    account = await asyncio.to_thread(lambda: cluster.account(namespace, "router", SERVICES))
    async with (
        Proxy(cluster).serving() as proxy,
        reflecting(ClientTransport(proxy.kubeconfig(account, folder), ""), namespace) as made,
    ):
        yield proxy, made


@contextlib.asynccontextmanager
async def reflecting(transport: ClientTransport, namespace: str) -> AsyncIterator[Reflector]:
    """A reflector for Services that is up to date."""
    target = Target(path=f"/api/v1/namespaces/{namespace}/services", kind=Service)
    made = Reflector(target, transport, SystemClock(), asyncio.Semaphore(3))
    made._backoff = Backoff(first=0.2, limit=1.0)  # what is tested is not how long it is
    async with asyncio.TaskGroup() as group:
        task = group.create_task(made.run(lambda: None))
        try:
            await until(lambda: made.synced and made.counts["watches"] and not made.problem, said=lambda: made.problem)
            yield made
        finally:
            task.cancel()
    await transport.close()


@pytest.mark.parametrize("status", [429, 503])
async def test_a_server_that_says_when_to_ask_again_is_not_asked_before(
    cluster: Cluster, namespace: str, tmp_path: Path, status: int
) -> None:
    async with behind_a_proxy(cluster, namespace, tmp_path) as (proxy, made):
        proxy.refuse(status, headers={"Retry-After": "3"})
        await asyncio.to_thread(cluster.api.apply, manifests.service(namespace, "a"))
        before = len(proxy.asked)
        await until(lambda: len(proxy.asked) >= before + 2, said=lambda: made.problem)
        assert not made.check.ok
        proxy.mend()
        await until(lambda: (namespace, "a") in made.state[0])
        assert made.check.ok
        times = [moment for moment, _ in proxy.asked[before:]]
        assert all(later - sooner >= 2.9 for sooner, later in itertools.pairwise(times))


async def test_a_server_that_has_no_turn_for_us_is_asked_as_seldom_as_it_says(cluster: Cluster, namespace: str) -> None:
    """Its own priority and fairness, with nobody in between; its audit log is the witness."""
    async with following(cluster, namespace) as followed:
        followed.reflector._backoff = Backoff(first=0.05, limit=0.05)
        async with contextlib.AsyncExitStack() as stack:
            seat = no_seat(cluster, namespace, "watcher")
            await asyncio.to_thread(seat.__enter__)
            stack.push_async_callback(asyncio.to_thread, seat.__exit__, None, None, None)
            followed.cable.drop()
            await until(lambda: len(refused(cluster, followed.user)) >= 4, said=lambda: followed.reflector.problem)
            assert "the API server answers 429" in followed.reflector.problem
            await followed.say(manifests.service(namespace, "a"))
            assert not followed.names
        await until(lambda: followed.names == ["a"], said=lambda: followed.reflector.problem)
        assert followed.reflector.check.ok
        assert followed.reflector.counts["lists"] == 1, "the watch goes on where it was"
        times = refused(cluster, followed.user)
        assert min(later - sooner for sooner, later in itertools.pairwise(times)) >= datetime.timedelta(seconds=0.95)


def refused(cluster: Cluster, user: str) -> list[datetime.datetime]:
    """When a watch was answered 429. The log has a line for the begin of an answer and one for its end."""
    events = [e for e in cluster.audit(user) if e["responseStatus"]["code"] == 429 and "watch=" in e["requestURI"]]
    return sorted({datetime.datetime.fromisoformat(event["requestReceivedTimestamp"]) for event in events})


async def test_bursts_of_errors_are_outlived(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    async with behind_a_proxy(cluster, namespace, tmp_path) as (proxy, made):
        for number, (status, text) in enumerate([(500, ""), (503, "<html>bad gateway</html>"), (502, "{"), (500, "null")]):
            proxy.refuse(status, text)
            await until(lambda status=status: str(status) in made.problem, said=lambda: made.problem)
            await asyncio.to_thread(cluster.api.apply, manifests.service(namespace, f"s{number}"))
            proxy.mend()
            await until(lambda number=number: (namespace, f"s{number}") in made.state[0])
        assert made.counts["lists"] == 1, "a watch goes on where it was"


async def test_a_ca_that_was_replaced_is_read_anew(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    async with behind_a_proxy(cluster, namespace, tmp_path) as (proxy, made):
        proxy.certify(trustme.CA())

        def refused() -> bool:
            proxy.drop()  # again, since a watch may just have been on its way with the old certificate
            return "CERTIFICATE_VERIFY_FAILED" in made.problem

        await until(refused, said=lambda: made.problem)
        await asyncio.to_thread(cluster.api.apply, manifests.service(namespace, "a"))
        (tmp_path / "ca.pem").write_bytes(proxy.ca.cert_pem.bytes())
        await until(lambda: (namespace, "a") in made.state[0], said=lambda: made.problem)


async def test_the_api_servers_own_certificate_of_another_ca_is_trusted_as_soon_as_that_is_in_the_file(
    cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    """The server itself notices its new certificate. Connections that stand go on until they end."""
    account = await asyncio.to_thread(lambda: cluster.account(namespace, "router", SERVICES))
    pki, bundle, file = cluster.work / "pki", tmp_path / "ca.pem", tmp_path / "kubeconfig"
    bundle.write_bytes((pki / "ca-first.crt").read_bytes())
    config = json.loads(account.read_text())
    async with cable(cluster.server) as link:
        config["clusters"][0]["cluster"] = {
            "server": f"https://127.0.0.1:{link.port}",
            "certificate-authority": str(bundle),
        }
        file.write_text(json.dumps(config))
        async with reflecting(ClientTransport(file, ""), namespace) as made:
            try:
                await asyncio.to_thread(cluster.certify, "next")
                await asyncio.to_thread(cluster.api.apply, manifests.service(namespace, "a"))
                await until(lambda: (namespace, "a") in made.state[0], said=lambda: made.problem)
                link.drop()
                await until(lambda: "CERTIFICATE_VERIFY_FAILED" in made.problem, said=lambda: made.problem)
                await asyncio.to_thread(cluster.api.apply, manifests.service(namespace, "b"))
                bundle.write_bytes((pki / "ca-next.crt").read_bytes())
                await until(lambda: (namespace, "b") in made.state[0], said=lambda: made.problem)
                assert made.check.ok
            finally:
                await asyncio.to_thread(cluster.certify, "first")


async def test_not_more_than_a_few_lists_are_asked_for_at_once(cluster: Cluster, namespace: str) -> None:
    """Each list is all of a kind: a server that comes back is not asked for all kinds at the same moment."""
    account = await asyncio.to_thread(lambda: cluster.account(namespace, "router", CLUSTER_RIGHTS, everywhere=True))
    async with cable(cluster.server) as link:
        link.delay = 0.2
        async with source_of(through(account, link.port), [namespace, "default", "kube-public"]) as source:
            most = 0
            while not source.synced:
                await asyncio.sleep(0.01)
                most = max(most, sum(r.counts["lists"] - r.synced for r in source.reflectors))
            assert 1 < most <= LISTS_AT_ONCE


async def test_a_token_that_was_replaced_is_read_anew(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    account = await asyncio.to_thread(lambda: cluster.account(namespace, "router", SERVICES))
    config, token = json.loads(account.read_text()), tmp_path / "token"
    token.write_text(config["users"][0]["user"].pop("token"))
    config["users"][0]["user"]["tokenFile"] = str(token)
    async with cable(cluster.server) as link:
        config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{link.port}"
        file = tmp_path / "kubeconfig"
        file.write_text(json.dumps(config))
        async with reflecting(ClientTransport(file, ""), namespace) as made:
            one = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "router", "namespace": namespace}}
            await asyncio.to_thread(cluster.api.delete, one)
            await asyncio.to_thread(cluster.api.apply, one)

            def refused() -> bool:
                link.drop()
                return "401" in made.problem

            await until(refused, 60, lambda: made.problem)
            token.write_text(await asyncio.to_thread(cluster.token, namespace, "router"))
            await asyncio.to_thread(cluster.api.apply, manifests.service(namespace, "a"))
            await until(lambda: (namespace, "a") in made.state[0], 60)


async def test_there_is_no_snapshot_before_all_kinds_were_read(cluster: Cluster, namespace: str) -> None:
    """Services are readable later than the rest: nothing is made of a cluster without its Services."""
    await asyncio.to_thread(cluster.api.apply, manifests.service(namespace, "a"))
    less = without("services", RIGHTS)
    account = await asyncio.to_thread(lambda: cluster.account(namespace, "router", less))
    async with source_of(account, [namespace]) as source:
        await until(lambda: sum(r.synced for r in source.reflectors) >= len(source.reflectors) - 1)
        bad = [check for check in source.health() if not check.ok]
        assert [check.name.split()[0] for check in bad] == ["Service"]
        assert "may not be read" in bad[0].message
        assert source.snapshot() is None
        await asyncio.to_thread(lambda: cluster.account(namespace, "router", RIGHTS))
        await until(lambda: source.synced, 60)
        snapshot = source.snapshot()
        assert snapshot
        assert list(snapshot.services) == [(namespace, "a")]
