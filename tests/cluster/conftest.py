"""One real cluster for all tests here (tests/conftest.py sees to it that one worker has them all)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cluster import binaries, crds
from tests.support.cluster.cluster import Cluster, no_pods, until
from tests.support.cluster.cluster import cluster as started

HERE = Path(__file__).parent
LIMIT = 300


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test may build Kubernetes: the limit is for the tests alone, not for their fixtures."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.cluster)
            if not item.get_closest_marker("timeout"):
                item.add_marker(pytest.mark.timeout(LIMIT, func_only=True))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    try:
        binaries.find()
    except binaries.MissingError as missing:
        pytest.skip(str(missing))
    with started() as made:
        yield made


@pytest.fixture(scope="session")
def pods(cluster: Cluster) -> Cluster:
    """The cluster, on a machine where it can have pods."""
    if why := no_pods():
        pytest.skip(f"no pods here: {why}")
    return cluster


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    with cluster.namespace() as name:
        yield name


@pytest.fixture(scope="session")
def kinds(cluster: Cluster) -> Cluster:
    """The cluster, with Tidegate's own kinds."""
    crds.install(cluster)
    return cluster


@pytest.fixture(scope="session")
def monitor(cluster: Cluster) -> Iterator[None]:
    """The cluster knows the ServiceMonitor."""
    cluster.api.apply(crds.MONITOR)
    until(lambda: cluster.api.items("monitoring.coreos.com/v1", "ServiceMonitor", "default") == [])
    yield
    cluster.api.delete(crds.MONITOR)
