"""``tidegate render``."""

from pathlib import Path

import pytest

from tests.unit.cli.conftest import BAD, Run

MAIN = {"nginx": "nginx.conf", "haproxy": "haproxy.cfg"}


@pytest.mark.parametrize("plane", MAIN)
def test_the_files_are_printed_main_file_first(run: Run, manifests: Path, plane: str) -> None:
    result = run("render", "--plane", plane, "-f", manifests)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"##### {MAIN[plane]} (mode 0644)")
    assert "PRIVATE KEY" not in result.stdout


@pytest.mark.parametrize("plane", MAIN)
def test_equal_input_prints_equal_bytes(run: Run, manifests: Path, plane: str) -> None:
    assert run("render", "--plane", plane, "-f", manifests).stdout == run("render", "--plane", plane, "-f", manifests).stdout


@pytest.mark.parametrize("plane", MAIN)
def test_a_bundle_is_written_with_private_keys_for_the_owner_only(run: Run, manifests: Path, plane: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    for _ in range(2):  # a written bundle can be replaced
        assert run("render", "--plane", plane, "-f", manifests, "-o", folder, "--state", tmp_path / "s").exit_code == 0
    assert (folder / MAIN[plane]).exists()
    keys = [p for p in folder.rglob("*.pem") if b"PRIVATE KEY" in p.read_bytes()]
    assert keys
    assert {p.stat().st_mode & 0o777 for p in keys} == {0o600}


def test_a_folder_that_is_no_bundle_is_not_replaced(run: Run, manifests: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(Exception, match="mine"):
        run("render", "--plane", "nginx", "-f", manifests, "-o", tmp_path / "mine", "--state", tmp_path / "s")
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_what_is_good_is_rendered_even_with_findings(run: Run, manifests: Path) -> None:
    manifests.write_text(BAD)
    result = run("render", "--plane", "haproxy", "-f", manifests)
    assert result.exit_code == 1
    assert "##### haproxy.cfg" in result.stdout
    assert "bad host!" in result.stderr
