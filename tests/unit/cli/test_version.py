"""``tidegate version``."""

from router import __version__
from tests.unit.cli.conftest import Run


def test_it_names_both_planes_whether_found_or_not(run: Run) -> None:
    lines = run("version").stdout.splitlines()
    assert lines[0] == f"tidegate {__version__}"
    assert [line.split()[0] for line in lines] == ["tidegate", "python", "nginx", "haproxy"]
