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
