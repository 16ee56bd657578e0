"""``tidegate run``: its usage. What it does is in tests/flow and tests/planes."""

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run


@pytest.mark.parametrize("sources", [[], ["-f", "x", "--in-cluster"], ["--in-cluster", "--kubeconfig", "y"]])
def test_exactly_one_source_is_named(run: Run, sources: list[str]) -> None:
    result = run("run", "--plane", "nginx", *sources)
    assert result.exit_code == 2
    assert "name one source" in result.stderr


def test_a_binary_that_is_not_there_ends_it_at_once(run: Run, manifests: Path, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="/no/such/nginx"):
        run("run", "--plane", "nginx", "-f", manifests, "--plane-binary", "/no/such/nginx", "--state", tmp_path / "s")
