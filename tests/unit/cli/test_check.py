"""``tidegate check``."""

import json
from pathlib import Path

from tests.unit.cli.conftest import BAD, MANIFESTS, Run


def test_good_manifests_are_exit_code_0(run: Run, manifests: Path) -> None:
    result = run("check", "-f", manifests)
    assert result.exit_code == 0, result.output
    assert "1 hosts, 1 routes; 0 errors, 0 warnings" in result.stdout


def test_a_bad_one_is_exit_code_1_with_its_place(run: Run, manifests: Path) -> None:
    manifests.write_text(BAD)
    result = run("check", "-f", manifests)
    assert result.exit_code == 1
    assert "Ingress shop/web spec.rules[0].host" in result.stdout
    assert "shop.yaml:1" in result.stdout


def test_json_is_versioned(run: Run, manifests: Path) -> None:
    manifests.write_text(BAD)
    report = json.loads(run("check", "-f", manifests, "-o", "json").stdout)
    assert report["version"] == 1
    assert [f["name"] for f in report["findings"]] == ["web"]


def test_strict_fails_on_warnings(run: Run, manifests: Path) -> None:
    manifests.write_text(MANIFESTS.replace("namespace: shop}", "namespace: shop, annotations: {tidegate.dev/nonsense: 'x'}}", 1))
    assert run("check", "-f", manifests).exit_code == 0
    assert run("check", "-f", manifests, "--strict").exit_code == 1


CONTROLLERS = """\
apiVersion: v1
kind: List
items:
- apiVersion: tidegate.dev/v1alpha1
  kind: DaemonController
  metadata: {name: edge, namespace: shop}
  spec:
    selector: {app: edge}
    nodez: 30%
    nodes: most
    template: {metadata: {labels: {app: edge}}, spec: {containers: [{name: a, image: b}]}}
- apiVersion: tidegate.dev/v1alpha1
  kind: DiurnalController
  metadata: {name: day, namespace: shop}
  spec:
    targets: [{kind: ReplicationController, name: web}]
    timezone: Europe/Berlin
    times: ["08:00"]
    counts: [1, 2]
"""


DAY = """\
apiVersion: tidegate.dev/v1alpha1
kind: DiurnalController
metadata: {name: day, namespace: shop}
spec: {target: {kind: Deployment, name: web}, times: "08:00", counts: "1"}
"""


def test_controllers_are_looked_at_with_the_place_and_the_field_that_was_meant(run: Run, manifests: Path) -> None:
    manifests.write_text(CONTROLLERS)
    result = run("check", "-f", manifests, "-o", "json")
    assert result.exit_code == 1
    said = {(f["name"], f["field"]): f for f in json.loads(result.stdout)["findings"]}
    assert said.keys() == {("edge", "spec.nodez"), ("edge", "spec.nodes"), ("day", "spec.timezone"), ("day", "spec.counts")}
    assert said["day", "spec.timezone"]["fix"] == "did you mean timeZone?"
    assert {field: f["line"] for (_, field), f in said.items()} == {
        "spec.nodez": 9, "spec.nodes": 10, "spec.timezone": 17, "spec.counts": 19
    }  # fmt: skip


def test_a_folder_with_two_schedules_of_one_target_is_refused_with_both_places(run: Run, manifests: Path) -> None:
    manifests.write_text(DAY)
    (manifests.parent / "night.yaml").write_text(DAY.replace("name: day", "name: night"))
    result = run("check", "-f", manifests.parent)
    assert result.exit_code == 1
    assert "error   DiurnalController shop/day spec.target  Conflict" in result.stdout
    assert "shop.yaml:4:" in result.stdout and "night.yaml:4:" in result.stdout
    assert run("check", "-f", manifests).exit_code == 0
    assert run("check", "-f", "-", stdin=f"{DAY}---\n{DAY.replace('name: day', 'name: night')}").exit_code == 1


def test_controllers_from_standard_input_are_looked_at_and_other_verbs_leave_them(run: Run) -> None:
    assert run("check", "-f", "-", stdin=CONTROLLERS).exit_code == 1
    assert run("routes", "-f", "-", stdin=CONTROLLERS).exit_code == 0
