"""Where the verbs look for an object: the same for daemons and schedules, and the same as kubectl."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from router.base.errors import TidegateError
from tests.support.fake_api import FakeApi, serving
from tests.unit.cli.conftest import Run

SPECS: dict[str, dict[str, Any]] = {
    "daemon": {"selector": {"app": "x"}, "template": {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "c"}]}}},
    "diurnal": {"target": {"kind": "Deployment", "name": "web"}, "times": "06:00Z", "counts": "3"},
}  # fmt: skip
KINDS = {"daemon": "DaemonController", "diurnal": "DiurnalController"}
verbs = pytest.mark.parametrize("verb", SPECS)


def seeded(verb: str, *namespaces: str) -> FakeApi:
    api = FakeApi()
    for space in namespaces:
        meta = {"name": "web", "namespace": space, "uid": space}
        api.seed(f"/apis/tidegate.dev/v1alpha1/{KINDS[verb].lower()}s", {"metadata": meta, "spec": SPECS[verb]})
    for path in ("/api/v1/nodes", "/apis/events.k8s.io/v1/events", "/api/v1/events"):
        api.objects[path] = {}
    return api


async def looked(run: Run, api: FakeApi, folder: Path, verb: str, *words: str, namespace: str = "") -> str:
    """The namespace of what was found. ``namespace``: what the kubeconfig's context says."""
    async with serving(api, folder) as kubeconfig:
        config = json.loads(kubeconfig.read_text())
        config["contexts"][0]["context"] |= {"namespace": namespace} if namespace else {}
        kubeconfig.write_text(json.dumps(config))
        said = await asyncio.to_thread(run, verb, "describe", "web", "--kubeconfig", kubeconfig, *words)
    if said.exit_code == 2:
        return str(said.stderr)
    return next(line.split()[1] for line in said.stdout.splitlines() if line.startswith("Namespace:"))


@verbs
async def test_the_namespace_is_that_of_the_context_as_with_kubectl(run: Run, tmp_path: Path, verb: str) -> None:
    api = seeded(verb, "default", "shop")
    assert await looked(run, api, tmp_path, verb) == "default"
    assert await looked(run, api, tmp_path, verb, namespace="shop") == "shop"
    assert await looked(run, api, tmp_path, verb, "-n", "default", namespace="shop") == "default"


@verbs
async def test_what_is_elsewhere_is_found_with_all_namespaces_only(run: Run, tmp_path: Path, verb: str) -> None:
    api = seeded(verb, "shop")
    with pytest.raises(
        TidegateError, match=f"^{KINDS[verb]} web is not in namespace default: -n names another, -A looks in all$"
    ):
        await looked(run, api, tmp_path, verb)
    assert await looked(run, api, tmp_path, verb, "-A") == "shop"


@verbs
async def test_a_name_that_is_in_several_or_nowhere_is_told(run: Run, tmp_path: Path, verb: str) -> None:
    with pytest.raises(TidegateError, match=r"web is in several namespaces \(lab, shop\): name one with -n$"):
        await looked(run, seeded(verb, "shop", "lab"), tmp_path, verb, "--all-namespaces")
    with pytest.raises(TidegateError, match=r"web is in no namespace$"):
        await looked(run, seeded(verb), tmp_path, verb, "-A")


@verbs
async def test_one_namespace_and_all_contradict_and_a_name_is_a_name(run: Run, tmp_path: Path, verb: str) -> None:
    assert "write one of them" in await looked(run, seeded(verb, "shop"), tmp_path, verb, "-A", "-n", "shop")
    assert "'a/b' is no name of a namespace" in await looked(run, seeded(verb, "shop"), tmp_path, verb, "-n", "a/b")


@pytest.mark.parametrize("words", [("daemon", "rollback"), ("diurnal", "override"), ("diurnal", "suspend"), ("daemon", "plan")])
def test_nothing_is_changed_in_a_namespace_that_nobody_named(run: Run, words: tuple[str, str]) -> None:
    result = run(*words, "-A")
    assert result.exit_code == 2 and "No such option" in result.stderr


def test_a_change_is_skipped_in_a_namespace_that_somebody_named(run: Run) -> None:
    assert "name its namespace with -n" in run("diurnal", "next", "web", "-A", "--skip").stderr
