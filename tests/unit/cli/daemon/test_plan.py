"""``tidegate daemon plan``."""

import json
from pathlib import Path

import pytest

from router.base.errors import TidegateError
from tests.support.daemon_pages import WORLD
from tests.unit.cli.conftest import Run


def test_changes_are_shown_and_with_all_everything(run: Run) -> None:
    short, full = run("daemon", "plan", "-f", WORLD), run("daemon", "plan", "-f", WORLD, "--all")
    assert short.exit_code == 0 and short.stdout.startswith("DaemonController shop/edge\nNODE ")
    assert "node-a2" in full.stdout and "node-a2" not in short.stdout


def test_json_counts(run: Run) -> None:
    said = json.loads(run("daemon", "plan", "-f", WORLD, "-o", "json").stdout)
    assert said["DaemonController shop/edge"]["counts"] == {"start": 3, "stop": 1, "replace": 2, "keep": 2, "none": 2}


FULL = """
- {metadata: {name: full, labels: {role: edge}}, status: {allocatable: {cpu: 500m, pods: "1"}}}
"""


def test_a_pod_that_has_no_room_is_exit_code_1(run: Run, tmp_path: Path) -> None:
    text = WORLD.read_text().replace("  nodes: 75%\n", "").replace("  - {metadata: {name: spare}}\n", f"  {FULL.strip()}\n")
    (tmp_path / "w.yaml").write_text(text)
    result = run("daemon", "plan", "-f", tmp_path)
    assert result.exit_code == 1
    assert "full      start     NodeFull: 0.5 cpu are missing; waits. No room can be made: 0.5 cpu are missing" in result.stdout
    assert "node-b4   start     NodeFull: 0.5 cpu are missing; waits. No room can be made:" in result.stdout
    assert "1 more are kept by a PodDisruptionBudget" in result.stdout


def test_a_spec_that_is_wrong_is_told_and_not_planned(run: Run, tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text(WORLD.read_text().replace("nodes: 75%", "nodes: most"))
    result = run("daemon", "plan", "-f", tmp_path)
    assert (
        result.exit_code == 1 and "spec.nodes is neither a number nor a percentage" in result.stderr and not result.stdout.strip()
    )


def test_manifests_without_a_daemon_are_nothing_to_plan(run: Run, tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text("apiVersion: v1\nkind: Node\nmetadata: {name: n}\n")
    with pytest.raises(TidegateError, match="no DaemonController"):
        run("daemon", "plan", "-f", tmp_path)
