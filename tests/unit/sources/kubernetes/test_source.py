"""A cluster as one source."""

import asyncio
import json
from pathlib import Path

import msgspec
import pytest
import yaml

from router.facts.core import Deployment, Node, Secret
from router.sources.directory import DirectorySource
from router.sources.kubernetes.client import ClientTransport
from router.sources.kubernetes.source import KubernetesSource, beside, routers, targets
from tests.golden import cases
from tests.support.fake_api import FakeApi, serving
from tests.unit.sources.kubernetes.conftest import QuickClock, service, until

PATHS = {
    "Service": "/api/v1/services", "Secret": "/api/v1/secrets", "Ingress": "/apis/networking.k8s.io/v1/ingresses",
    "IngressClass": "/apis/networking.k8s.io/v1/ingressclasses", "EndpointSlice": "/apis/discovery.k8s.io/v1/endpointslices",
}  # fmt: skip


async def test_there_is_no_snapshot_before_every_kind_was_read(tmp_path: Path, clock: QuickClock) -> None:
    api = FakeApi()
    api.seed(PATHS["Service"], service("a"))
    async with serving(api, tmp_path) as kubeconfig, asyncio.TaskGroup() as group:
        source = KubernetesSource(ClientTransport(kubeconfig, ""), clock)
        assert source.snapshot() is None
        task = group.create_task(source.run(lambda: None))
        await until(lambda: source.synced)
        snapshot = source.snapshot()
        assert snapshot is not None
        assert list(snapshot.services) == [("shop", "a")]
        assert source.snapshot() is snapshot
        assert all(check.ok for check in source.health())
        task.cancel()


SAME = [f for f in cases.folders() if "costs-only" not in f.name and f.name not in (
    "the-same-object-twice", "an-api-version-of-the-past-is-named", "a-list-is-flattened", "an-unquoted-true-is-explained", "nothing-at-all",
)]  # fmt: skip


@pytest.mark.parametrize("folder", SAME[::4], ids=lambda f: f.name)
async def test_a_golden_case_gives_the_same_facts_through_either_source(folder: Path, tmp_path: Path, clock: QuickClock) -> None:
    file = tmp_path / "input.yaml"
    file.write_text(cases.manifests(folder))
    expected = DirectorySource([str(file)]).load()
    api = FakeApi()
    for document in yaml.safe_load_all(file.read_text()):
        api.seed(PATHS[document["kind"]], json.loads(json.dumps(document, default=str)))
    async with serving(api, tmp_path) as kubeconfig, asyncio.TaskGroup() as group:
        source = KubernetesSource(ClientTransport(kubeconfig, ""), clock)
        task = group.create_task(source.run(lambda: None))
        await until(lambda: source.synced)
        named = cases.translate(expected, cases.settings(folder), cases.NOW, None).secrets
        await until(lambda: source.want(named))
        snapshot = source.snapshot()
        task.cancel()
    assert snapshot is not None
    assert snapshot.shared
    snapshot = msgspec.structs.replace(snapshot, shared=False)  # the cases name endpoints on this machine
    made = [cases.translate(s, cases.settings(folder), cases.NOW, None) for s in (expected, snapshot)]
    assert made[0].table == made[1].table
    assert [(f.reason, f.object) for f in made[0].findings] == [(f.reason, f.object) for f in made[1].findings]


def test_only_the_named_namespaces_and_our_own_deployment_are_followed() -> None:
    found = targets(("a", "b"), ("infra", "tidegate"))
    paths = [t.path for t in found]
    assert "/api/v1/namespaces/a/services" in paths
    assert "/api/v1/services" not in paths
    assert "/apis/networking.k8s.io/v1/ingressclasses" in paths
    own = [t for t in found if t.kind is Deployment]
    assert [(t.path, t.fields) for t in own] == [("/apis/apps/v1/namespaces/infra/deployments", "metadata.name=tidegate")]
    assert not [t for t in targets((), ("", "")) if t.kind in (Deployment, Node, Secret)]


def test_one_service_can_be_followed_besides_the_namespaces() -> None:
    [found] = beside(("a", "b"), "edge/lb")
    assert (found.path, found.fields, found.optional) == ("/api/v1/namespaces/edge/services", "metadata.name=lb", True)
    assert beside((), "edge/lb") == beside(("edge",), "edge/lb") == beside(("a",), "") == ()


def test_where_routers_run_is_read_only_if_it_is_to_be_shown() -> None:
    assert routers("edge", "off") == ()
    assert [t.path for t in routers("edge", "internal")] == ["/api/v1/namespaces/edge/pods"]
    found = routers("edge", "external")
    assert [t.path for t in found] == ["/api/v1/namespaces/edge/pods", "/api/v1/nodes"]
    assert all(t.optional and t.calm for t in found), "what may not be read holds nothing up, and heartbeats poke nobody"


async def test_an_empty_cluster_is_told_of_too(tmp_path: Path, clock: QuickClock) -> None:
    """Whatever kind is read last, and though it has nothing to say: the loop waits for a poke."""
    told: list[bool] = []
    async with serving(FakeApi(), tmp_path) as kubeconfig, asyncio.TaskGroup() as group:
        source = KubernetesSource(ClientTransport(kubeconfig, ""), clock)
        task = group.create_task(source.run(lambda: told.append(source.synced)))
        await until(lambda: source.synced)
        assert told[-1]
        task.cancel()
