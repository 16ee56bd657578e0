"""``tidegate diurnal diff``."""

from pathlib import Path

from tests.unit.cli.conftest import Run
from tests.unit.cli.diurnal.test_simulate import SPEC


def files(tmp_path: Path, other: str) -> tuple[Path, Path]:
    a, b = tmp_path / "a.yaml", tmp_path / "b.yaml"
    a.write_text(SPEC)
    b.write_text(other)
    return a, b


def test_equal_specs_have_no_difference(run: Run, tmp_path: Path) -> None:
    result = run("diurnal", "diff", *files(tmp_path, SPEC.replace("open", "office")), "--date", "2026-11-23")
    assert (result.exit_code, result.stdout) == (0, "No difference.\n")


def test_a_difference_is_a_time_and_both_numbers(run: Run, tmp_path: Path) -> None:
    result = run("diurnal", "diff", *files(tmp_path, SPEC.replace("18:00", "19:00")), "--date", "2026-11-23")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1].split() == [
        "2026-11-23T18:00:00+01:00", "2026-11-23T19:00:00+01:00", "2026-11-23T17:00:00Z", "shop", "Deployment/web", "replicas", "2", "10",
    ]  # fmt: skip


def test_a_zone_that_changes_is_compared_on_one_day(run: Run, tmp_path: Path) -> None:
    result = run("diurnal", "diff", *files(tmp_path, SPEC.replace("Berlin", "London")), "--date", "2026-11-23")
    assert [line.split()[0][11:16] for line in result.stdout.splitlines()[1:]] == ["08:00", "18:00"]


def test_a_namespace_that_only_one_has_is_a_difference(run: Run, tmp_path: Path) -> None:
    result = run("diurnal", "diff", *files(tmp_path, SPEC.replace("namespace: shop", "namespace: other")), "--date", "2026-11-23")
    assert result.exit_code == 1 and "Namespace shop is only in A." in result.stdout
