"""What ``check`` says about controllers."""

from hypothesis import given
from hypothesis import strategies as st

from router.base.findings import Severity
from router.controllers.checking import complaints

OURS = "tidegate.dev/v1alpha1"
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5))
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=8
)


def test_other_kinds_are_not_looked_at() -> None:
    assert complaints({"apiVersion": "apps/v1", "kind": "DaemonSet", "spec": 3}) == ()
    assert complaints({"apiVersion": OURS, "kind": ["DaemonController"]}) == ()


def test_a_kind_of_2015_is_told_its_version_of_today() -> None:
    (said,) = complaints({"apiVersion": "v1", "kind": "DaemonController", "metadata": {"name": "edge"}})
    assert (said.reason, said.fix, str(said.object)) == (
        "NotRead", f"write apiVersion: {OURS}", "DaemonController default/edge"
    )  # fmt: skip


def test_one_without_a_name_that_can_be_read_is_not_used() -> None:
    (said,) = complaints({"apiVersion": OURS, "kind": "DaemonController", "metadata": {"name": 3}})
    assert (said.severity, said.reason, said.field) == (Severity.ERROR, "NotDecoded", "metadata.name")


@given(st.sampled_from(["DaemonController", "DiurnalController"]), values, values)
def test_whatever_stands_there_is_a_finding_and_no_fault(kind: str, metadata: object, spec: object) -> None:
    for said in complaints({"apiVersion": OURS, "kind": kind, "metadata": metadata, "spec": spec}):
        assert said.message
