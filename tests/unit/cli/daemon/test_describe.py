"""``tidegate daemon describe``."""

from tests.support.daemon_pages import WORLD
from tests.unit.cli.conftest import Run


def test_manifests_are_described_with_the_numbers_they_come_to(run: Run) -> None:
    result = run("daemon", "describe", "edge", "-f", WORLD)
    assert result.stdout.startswith("Name:           edge\nImage(s):       registry.example/edge:3\n")
    assert "Desired Number of Nodes Scheduled: 6\n" in result.stdout
    assert result.exit_code == 1
