"""``tidegate daemon`` asks a real cluster: describe, explain, plan, history, and a rollback that is sent."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cluster.cluster import ROOT, Cluster
from tests.support.cluster.controllers import controllers
from tests.support.cluster.placing import Placed, echo_daemon


@pytest.fixture
def placed(pods: Cluster, kinds: Cluster, namespace: str) -> Iterator[Placed]:
    with controllers(pods, namespace, "--controllers", "daemon"):
        yield Placed(pods, namespace)


def tidegate(placed: Placed, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "router", "daemon", *words, "--kubeconfig", str(placed.cluster.kubeconfig)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_describe_and_explain_say_what_runs_and_why(placed: Placed) -> None:
    placed.cluster.api.apply(echo_daemon(placed.namespace, pod={"nodeSelector": {"kubernetes.io/hostname": "node-1"}}))
    placed.until_on("node-1")
    placed.until(lambda: placed.condition("Progressing").get("reason") == "Complete")
    said = tidegate(placed, "describe", "web", "-n", placed.namespace)
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("Name:           web\nImage(s):       tidegate.test/echo:1\n")
    assert "Desired Number of Nodes Scheduled: 1\n" in said.stdout and "1 Running / 0 Waiting" in said.stdout
    assert "SuccessfulCreate" in said.stdout and "Complete" in said.stdout
    here, there = (tidegate(placed, "explain", name, "web", "-n", placed.namespace) for name in ("node-1", "node-2"))
    assert "a pod runs here" in here.stdout and here.returncode == 0
    assert "NotSelected" in there.stdout and "nothing" in there.stdout


def test_a_plan_is_what_an_apply_does_and_a_rollback_undoes_it(placed: Placed, tmp_path: Path) -> None:
    cluster, namespace = placed.cluster, placed.namespace
    cluster.api.apply(echo_daemon(namespace))
    first = placed.until_on("node-1", "node-2")
    placed.until_updated()
    wanted = echo_daemon(namespace, image="tidegate.test/echo:2", nodes=1)
    file = tmp_path / "wanted.json"
    file.write_text(json.dumps(wanted))
    made = tidegate(placed, "plan", "-f", str(file), "-o", "json")
    planned = json.loads(made.stdout)[f"DaemonController {namespace}/web"]
    assert planned["counts"] == {"start": 0, "stop": 1, "replace": 1, "keep": 0, "none": 0}, made.stderr
    (replaced,) = (n["node"] for n in planned["nodes"] if n["does"] == "replace")
    cluster.api.apply(wanted)
    second = placed.until(lambda: (ready := placed.until_updated()) and list(ready) == [replaced] and ready)
    assert second[replaced] != first[replaced]
    history = tidegate(placed, "history", "web", "-n", namespace).stdout.splitlines()
    assert [line.split()[0] for line in history] == ["REVISION", "1", "2*"]
    back = tidegate(placed, "rollback", "web", "-n", namespace)
    assert back.returncode == 0, back.stderr
    assert "to revision 1" in back.stdout
    placed.until(lambda: placed.item["spec"]["template"]["spec"]["containers"][0]["image"] == "tidegate.test/echo:1")
    placed.until_updated()
    assert tidegate(placed, "history", "web", "-n", namespace).stdout.splitlines()[-1].split()[0] == "3*"
    assert "it is there already" in tidegate(placed, "rollback", "web", "--to-revision", "3", "-n", namespace).stderr
