"""``tidegate controllers``: its usage. What it does is in tests/cluster."""

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run


@pytest.mark.parametrize("clusters", [[], ["--in-cluster", "--kubeconfig", "y"]])
def test_exactly_one_cluster_is_named(run: Run, clusters: list[str]) -> None:
    result = run("controllers", *clusters)
    assert result.exit_code == 2
    assert "name one cluster" in result.stderr


def test_a_controller_that_there_is_not_is_wrong_usage(run: Run) -> None:
    result = run("controllers", "--kubeconfig", "y", "--controllers", "daemon,nocturnal")
    assert result.exit_code == 2
    assert "'nocturnal' is not one of daemon, diurnal" in result.stderr


def test_a_kubeconfig_that_can_not_be_read_ends_it_at_once(run: Run) -> None:
    with pytest.raises(Exception, match="no cluster configuration can be read in /no/such"):
        run("controllers", "--kubeconfig", "/no/such")


def test_a_router_without_a_cluster_runs_no_controllers(run: Run, manifests: Path) -> None:
    result = run("run", "--plane", "nginx", "-f", manifests, "--controllers", "daemon")
    assert result.exit_code == 2
    assert "--controllers needs a cluster" in result.stderr
