"""Where the objects of the commands come from."""

from pathlib import Path

from router.cli.diurnal.world import Manifests
from tests.unit.cli.conftest import Run
from tests.unit.cli.diurnal.test_simulate import SPEC


def test_files_folders_and_lists_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SPEC)
    items = "\n".join("  " + line for line in SPEC.replace("name: web, namespace", "name: b, namespace").splitlines())
    (tmp_path / "b.yaml").write_text(f"kind: DiurnalControllerList\nitems:\n- {items[2:]}\n- 5\n")
    found = Manifests((str(tmp_path),))
    ((space, world),) = found.worlds()
    assert space == "shop" and [c.meta.name for c in world.controllers] == ["web", "b"]
    assert found.good


def test_stdin_is_a_file_too(run: Run) -> None:
    assert run("diurnal", "simulate", "-f", "-", "--date", "2026-11-23", stdin=SPEC).exit_code == 0


def test_a_document_that_does_not_parse_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SPEC + "---\na: [\n")
    assert not Manifests((str(tmp_path),)).good


def test_unknown_verbs_and_help_are_as_of_any_group(run: Run) -> None:
    assert run("diurnal", "simulat").exit_code == 2
    assert "simulate" in run("diurnal", "--help").stdout
