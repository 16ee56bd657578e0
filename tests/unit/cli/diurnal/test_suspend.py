"""``tidegate diurnal suspend``."""

import json
from pathlib import Path

from tests.unit.cli.conftest import Run
from tests.unit.cli.diurnal.test_simulate import SPEC


def test_it_prints_the_patch_for_both_ways(run: Run, tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(SPEC)
    assert json.loads(run("diurnal", "suspend", "web", "-f", tmp_path).stdout) == {"spec": {"suspend": True}}
    assert json.loads(run("diurnal", "suspend", "web", "-f", tmp_path, "--resume").stdout) == {"spec": {"suspend": False}}
