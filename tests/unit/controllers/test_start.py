"""Who stands for election, and for which Lease."""

import pytest

from router.controllers.start import identity, lease_of
from router.settings import Settings


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
