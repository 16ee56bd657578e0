"""``tidegate diurnal describe``."""

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run
from tests.unit.cli.diurnal.test_simulate import SPEC


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    file = tmp_path / "web.yaml"
    file.write_text(SPEC)
    return file


def test_it_tells_what_holds_and_what_comes(run: Run, spec: Path) -> None:
    result = run("diurnal", "describe", "web", "-f", spec, "--now", "2026-11-23T12:00:00Z")
    assert result.exit_code == 0
    assert "Current:    10 (open, since 2026-11-23T07:00:00Z)" in result.stdout
    assert "Next:       2 at 2026-11-23T18:00:00+01:00 (2026-11-23T17:00:00Z), base" in result.stdout


def test_what_is_not_understood_is_told_and_fails(run: Run, spec: Path) -> None:
    spec.write_text(SPEC.replace("Berlin", "Berlim"))
    result = run("diurnal", "describe", "web", "-f", spec)
    assert result.exit_code == 1 and "did you mean Europe/Berlin" in result.stderr


def test_a_name_that_is_not_there_or_in_two_namespaces_is_told(run: Run, spec: Path) -> None:
    from router.base.errors import TidegateError

    with pytest.raises(TidegateError, match="DiurnalController other is not in the manifests"):
        run("diurnal", "describe", "other", "-f", spec)
    spec.write_text(SPEC + "---\n" + SPEC.replace("namespace: shop", "namespace: other"))
    with pytest.raises(TidegateError, match="name one with -n"):
        run("diurnal", "describe", "web", "-f", spec)
    assert run("diurnal", "describe", "web", "-n", "other", "-f", spec).exit_code == 0


def test_without_a_diurnal_controller_it_says_so(run: Run, tmp_path: Path) -> None:
    from router.base.errors import TidegateError

    (tmp_path / "x.yaml").write_text("kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\n")
    with pytest.raises(TidegateError, match="DiurnalController web is not in the manifests"):
        run("diurnal", "describe", "web", "-f", tmp_path)
    with pytest.raises(TidegateError, match="can not be read"):
        run("diurnal", "describe", "web", "-f", tmp_path / "gone")
