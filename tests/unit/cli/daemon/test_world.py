"""Where ``tidegate daemon`` takes its objects from."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from router.base.errors import TidegateError
from router.cli.daemon.world import from_cluster, from_manifests, looked_at
from router.cli.where import Where
from tests.support.daemon_pages import WORLD
from tests.support.fake_api import FakeApi, serving
from tests.unit.cli.conftest import Run

PATHS = {
    "DaemonController": "/apis/tidegate.dev/v1alpha1/daemoncontrollers", "Node": "/api/v1/nodes", "Pod": "/api/v1/pods",
    "ControllerRevision": "/apis/apps/v1/controllerrevisions", "Event": "/api/v1/events",
    "PodDisruptionBudget": "/apis/policy/v1/poddisruptionbudgets", "ReplicationController": "/api/v1/replicationcontrollers",
}  # fmt: skip


def seeded() -> FakeApi:
    api = FakeApi()
    for document in from_manifests([str(WORLD)])[0]:
        if document["kind"] in PATHS and document["apiVersion"] != "events.k8s.io/v1":
            item = {key: value for key, value in document.items() if key not in ("apiVersion", "kind")}
            api.seed(PATHS[document["kind"]], json.loads(json.dumps(item)))
    return api


def test_lists_are_taken_apart_and_their_items_get_a_kind() -> None:
    documents, findings = from_manifests([str(WORLD)])
    assert not findings
    assert sum(d["kind"] == "Node" and d["apiVersion"] == "v1" for d in documents) == 10


def test_what_does_not_parse_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("kind: [\n")
    (tmp_path / "good.yaml").write_text(WORLD.read_text())
    result = run("daemon", "history", "edge", "-f", tmp_path)
    assert result.exit_code == 0 and "NotParsed" in result.stderr


@pytest.mark.parametrize(("name", "namespace"), [("other", ""), ("edge", "elsewhere")])
def test_an_object_that_is_not_there_is_named(name: str, namespace: str) -> None:
    with pytest.raises(TidegateError, match=f"DaemonController {name} is not in the manifests"):
        looked_at([str(WORLD)], Where(namespace=namespace), name)


def test_a_name_in_two_namespaces_needs_one(tmp_path: Path) -> None:
    other = WORLD.read_text().partition("\n---\n")[0].replace("namespace: shop", "namespace: lab")
    (tmp_path / "a.yaml").write_text(other + "\n---\n" + WORLD.read_text())
    with pytest.raises(TidegateError, match="name one with -n"):
        looked_at([str(tmp_path)], Where(), "edge")
    assert looked_at([str(tmp_path)], Where(namespace="lab"), "edge")[1].metadata.namespace == "lab"


async def test_a_cluster_says_what_manifests_say(run: Run, tmp_path: Path) -> None:
    async with serving(seeded(), tmp_path) as kubeconfig:
        there = await asyncio.to_thread(run, "daemon", "explain", "node-a4", "edge", "-n", "shop", "--kubeconfig", kubeconfig)
    assert there.stdout == run("daemon", "explain", "node-a4", "edge", "-f", WORLD).stdout
    assert there.exit_code == 1


async def test_describe_shows_the_events_of_a_cluster_and_the_status_that_stands_there(run: Run, tmp_path: Path) -> None:
    async with serving(seeded(), tmp_path) as kubeconfig:
        there = await asyncio.to_thread(run, "daemon", "describe", "edge", "-n", "shop", "--kubeconfig", kubeconfig)
    assert "SuccessfulCreate" in there.stdout and "Desired Number of Nodes Scheduled: 0\n" in there.stdout


async def test_what_may_not_be_listed_is_left_out_but_nodes_are_needed(tmp_path: Path) -> None:
    api = seeded()
    forbidden = {PATHS["PodDisruptionBudget"], "/apis/apps/v1/namespaces/shop/deployments"}

    async def handle(request: web.Request) -> web.StreamResponse:
        if request.path in forbidden:
            return web.json_response({"message": "no rights"}, status=403)
        return await api.handle(request)

    async with serving(api, tmp_path, handle) as kubeconfig:
        where = Where(kubeconfig=kubeconfig, namespace="shop")
        found, _ = await asyncio.to_thread(from_cluster, where, "edge")
        assert {d["kind"] for d in found} == PATHS.keys() - {"PodDisruptionBudget"}
        forbidden.add(PATHS["Node"])
        with pytest.raises(TidegateError, match="no rights"):
            await asyncio.to_thread(from_cluster, where, "edge")


async def test_who_may_list_no_pods_of_others_sees_those_of_the_namespace_and_is_told(run: Run, tmp_path: Path) -> None:
    api = seeded()

    async def handle(request: web.Request) -> web.StreamResponse:
        everywhere = request.path in (PATHS["Pod"], PATHS["PodDisruptionBudget"], PATHS["DaemonController"])
        return web.json_response({"message": "no rights"}, status=403) if everywhere else await api.handle(request)

    async with serving(api, tmp_path, handle) as kubeconfig:
        said = await asyncio.to_thread(run, "daemon", "describe", "edge", "-n", "shop", "--kubeconfig", kubeconfig)
    assert "Pods Status:    4 Running / 1 Waiting" in said.stdout, said.stdout
    assert said.stderr == "The pods of other namespaces may not be listed: the room that they take is not counted.\n"


async def test_a_manifest_without_a_namespace_is_planned_where_kubectl_would_apply_it(run: Run, tmp_path: Path) -> None:
    wanted: dict[str, Any] = next(dict(d) for d in from_manifests([str(WORLD)])[0] if d["kind"] == "DaemonController")
    wanted["metadata"] = {"name": "edge"}
    file = tmp_path / "wanted.json"
    file.write_text(json.dumps(wanted))
    async with serving(seeded(), tmp_path) as kubeconfig:
        for more, space in (((), "default"), (("-n", "shop"), "shop")):
            made = await asyncio.to_thread(run, "daemon", "plan", "-f", file, "--kubeconfig", kubeconfig, *more)
            assert made.stdout.startswith(f"DaemonController {space}/edge\n"), made.stderr


async def test_a_plan_against_a_cluster_lets_the_file_win(run: Run, tmp_path: Path) -> None:
    wanted: dict[str, Any] = next(dict(d) for d in from_manifests([str(WORLD)])[0] if d["kind"] == "DaemonController")
    wanted["spec"] = {**wanted["spec"], "nodes": 0}
    file = tmp_path / "wanted.json"
    file.write_text(json.dumps(wanted))
    async with serving(seeded(), tmp_path) as kubeconfig:
        made = await asyncio.to_thread(run, "daemon", "plan", "-f", file, "--kubeconfig", kubeconfig)
    assert "Of 10 nodes: 5 stop, 5 get none." in made.stdout


async def test_a_rollback_is_sent_as_a_json_patch(run: Run, tmp_path: Path) -> None:
    api, sent = seeded(), list[tuple[str, str, Any]]()

    async def handle(request: web.Request) -> web.StreamResponse:
        if request.method == "PATCH":
            sent.append((request.path, request.headers["Content-Type"], await request.json()))
            return web.json_response({})
        return await api.handle(request)

    async with serving(api, tmp_path, handle) as kubeconfig:
        dry = await asyncio.to_thread(run, "daemon", "rollback", "edge", "--dry-run", "-n", "shop", "--kubeconfig", kubeconfig)
        assert dry.exit_code == 0 and not sent
        made = await asyncio.to_thread(
            run, "daemon", "rollback", "edge", "--to-revision", "1", "-n", "shop", "--kubeconfig", kubeconfig
        )
    assert made.exit_code == 0 and "to revision 1 (registry.example/edge:1)" in made.stdout
    ((path, content, patch),) = sent
    assert path == "/apis/tidegate.dev/v1alpha1/namespaces/shop/daemoncontrollers/edge"
    assert content == "application/json-patch+json"
    assert [step["op"] for step in patch] == ["test", "replace"]


def test_a_cluster_that_is_not_there_is_one_sentence(run: Run, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(TidegateError, match=r"no cluster configuration can be read in .*none: there is no such file$"):
        run("daemon", "describe", "edge", "--kubeconfig", tmp_path / "none")
    assert capfd.readouterr() == ("", "")
