"""``tidegate diurnal override``."""

import json
from pathlib import Path

import pytest

from router.base.errors import TidegateError
from tests.unit.cli.conftest import Run
from tests.unit.cli.diurnal.test_simulate import SPEC

NOW = ("--now", "2026-11-23T12:00:00Z")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "web.yaml").write_text(SPEC)
    return tmp_path


def test_it_prints_the_patch(run: Run, folder: Path) -> None:
    result = run("diurnal", "override", "web", "-f", folder, *NOW, "--replicas", 30, "--until", "next", "--reason", "fair")
    assert json.loads(result.stdout)["spec"]["override"] == {
        "replicas": 30, "percent": None, "min": None, "max": None, "until": "2026-11-23T17:00:00Z", "reason": "fair",
    }  # fmt: skip


def test_it_ends_by_hand_too(run: Run, folder: Path) -> None:
    assert json.loads(run("diurnal", "override", "web", "-f", folder, "--end").stdout) == {"spec": {"override": None}}


@pytest.mark.parametrize(
    "args", [(), ("--replicas", "3"), ("--until", "2h"), ("--end", "--replicas", "3"), ("--replicas", "-1", "--until", "2h")]
)
def test_a_number_and_an_end_are_needed(run: Run, folder: Path, args: tuple[str, ...]) -> None:
    assert run("diurnal", "override", "web", "-f", folder, *args).exit_code == 2


def test_an_end_that_is_over_is_told(run: Run, folder: Path) -> None:
    with pytest.raises(TidegateError, match="over already"):
        run("diurnal", "override", "web", "-f", folder, *NOW, "--replicas", 3, "--until", "2026-11-22T08:00")


def test_a_spec_that_is_not_understood_is_not_overridden(run: Run, folder: Path) -> None:
    (folder / "web.yaml").write_text(SPEC.replace("Berlin", "Berlim"))
    with pytest.raises(TidegateError, match="not understood"):
        run("diurnal", "override", "web", "-f", folder, "--replicas", 3, "--until", "2h")


@pytest.mark.parametrize("number", [("--min", 3), ("--percent", 50), ("--replicas", 2, "--max", 3)])
def test_a_number_that_the_object_can_not_have_is_not_sent(run: Run, folder: Path, number: tuple[object, ...]) -> None:
    """It would not be understood any more, and follow its schedule no longer."""
    with pytest.raises(TidegateError, match=r"^DiurnalController web can not have that: nothing was changed$"):
        run("diurnal", "override", "web", "-f", folder, *NOW, *number, "--until", "2h")


def test_an_override_that_broke_an_object_can_be_ended(run: Run, folder: Path) -> None:
    (folder / "web.yaml").write_text(SPEC + '  override: {min: 3, until: "2026-11-24T12:00:00Z"}\n')
    assert json.loads(run("diurnal", "override", "web", "-f", folder, "--end").stdout) == {"spec": {"override": None}}


def test_an_override_of_no_time_is_no_override(run: Run, folder: Path) -> None:
    with pytest.raises(TidegateError, match="'0h' is not next, a span"):
        run("diurnal", "override", "web", "-f", folder, *NOW, "--replicas", 3, "--until", "0h")
