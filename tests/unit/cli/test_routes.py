"""``tidegate routes``."""

import json
from pathlib import Path

import yaml

from tests.unit.cli.conftest import BAD, MANIFESTS, Run


def test_the_table_goes_to_stdout(run: Run, manifests: Path) -> None:
    result = run("routes", "-f", manifests)
    assert result.exit_code == 0
    assert "shop.example.com" in result.stdout
    assert "Ingress shop/web" in result.stdout


def test_json_and_yaml_hold_the_same(run: Run, manifests: Path) -> None:
    as_json = json.loads(run("routes", "-f", manifests, "-o", "json").stdout)
    assert as_json["version"] == 1
    assert yaml.safe_load(run("routes", "-f", manifests, "-o", "yaml").stdout) == as_json


def test_findings_go_to_stderr_and_do_not_fail_it(run: Run, manifests: Path) -> None:
    manifests.write_text(BAD)
    result = run("routes", "-f", manifests)
    assert result.exit_code == 0
    assert "bad host!" in result.stderr
    assert "bad host!" not in result.stdout


def test_manifests_come_from_stdin_too(run: Run) -> None:
    assert "shop.example.com" in run("routes", "-f", "-", stdin=MANIFESTS).stdout
