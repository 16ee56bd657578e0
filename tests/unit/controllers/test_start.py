"""Who stands for election, and for which Lease."""

import pytest

from router.controllers.start import Writing, identity, lease_of
from router.report.metrics import Exposition
from router.report.status import Status
from router.settings import Settings
from router.sources.kubernetes.client import ClientTransport
from tests.flow.conftest import FakeSource
from tests.support.clock import FakeClock


@pytest.mark.parametrize(
    ("given", "namespace", "lease"),
    [
        ("", "", None),
        ("", "edge", ("edge", "tidegate-tidegate")),
        ("off", "edge", None),
        ("a/b", "", ("a", "b")),
        ("a/b", "edge", ("a", "b")),
    ],
)
def test_the_lease_is_the_named_one_or_one_beside_the_pod(given: str, namespace: str, lease: tuple[str, str] | None) -> None:
    environment = {"POD_NAMESPACE": namespace} if namespace else {}
    assert lease_of(Settings(leader_lease=given), environment) == lease


def test_two_processes_of_one_pod_are_two() -> None:
    assert identity({"POD_NAME": "a"}, "1") != identity({"POD_NAME": "a"}, "2")
    assert identity({"POD_NAME": "a"}, "1").startswith("a_")


def test_a_router_that_runs_controllers_shows_what_they_count() -> None:
    status = Status(FakeSource(), "nginx", "0")
    settings = Settings(controllers=("daemon",))
    Writing(lambda: ClientTransport(None, ""), ("edge", "lease"), "me", settings, FakeClock(), status)
    assert b"tidegate_controller_waits_total 0.0" in Exposition(status, FakeClock()).text()
