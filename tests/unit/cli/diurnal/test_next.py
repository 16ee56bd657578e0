"""``tidegate diurnal next``."""

import json
from pathlib import Path

from tests.unit.cli.conftest import Run
from tests.unit.cli.diurnal.test_simulate import SPEC

NOW = ("--now", "2026-11-23T12:00:00Z")


def test_the_next_changes_are_listed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(SPEC)
    lines = run("diurnal", "next", "web", "-f", tmp_path, *NOW, "-c", 2).stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["LOCAL", "UTC", "VALUE", "ENTRY"],
        ["2026-11-23T18:00:00+01:00", "2026-11-23T17:00:00Z", "2", "base"],
        ["2026-11-24T08:00:00+01:00", "2026-11-24T07:00:00Z", "10", "open"],
    ]


def test_skip_prints_a_patch_after_which_the_first_is_gone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(SPEC)
    said = run("diurnal", "next", "web", "-f", tmp_path, *NOW, "--skip")
    assert said.stderr == "Skips: 2026-11-23T18:00:00+01:00 2026-11-23T17:00:00Z 2 base\n"
    patch = json.loads(said.stdout)
    assert patch == {"spec": {"skipNext": "2026-11-23T12:00:00Z"}}
    (tmp_path / "web.yaml").write_text(SPEC + '  skipNext: "2026-11-23T12:00:00Z"\n')
    assert "2026-11-24T18:00:00+01:00" in run("diurnal", "next", "web", "-f", tmp_path, *NOW, "-c", 1).stdout


def test_an_override_is_told_beside(run: Run, tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(SPEC + '  override: {until: "2026-11-23T14:00:00Z", replicas: 3}\n')
    assert "An override holds until 2026-11-23T14:00:00" in run("diurnal", "next", "web", "-f", tmp_path, *NOW).stderr


def test_that_it_is_suspended_is_told_beside(run: Run, tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(SPEC + "  suspend: true\n")
    assert "It is suspended" in run("diurnal", "next", "web", "-f", tmp_path, *NOW).stderr
