"""What ``check`` says about controllers."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.base.findings import Finding, Location, Severity
from router.controllers.checking import Checker, complaints

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


def checked(*documents: dict[str, Any]) -> list[Finding]:
    checker = Checker()
    for number, document in enumerate(documents):
        checker(document, lambda field, number=number: Location(file=f"{number}.yaml:{field}"))
    return checker.between()


def schedule(name: str, target: dict[str, Any] | None, namespace: str = "shop", **spec: Any) -> dict[str, Any]:
    meta = {"name": name, "namespace": namespace}
    return {
        "apiVersion": OURS, "kind": "DiurnalController", "metadata": meta, "spec": {"target": target, "times": "06:00Z", "counts": "3"} | spec
    }  # fmt: skip


WEB = {"kind": "Deployment", "name": "web"}
SCALER = {
    "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web", "namespace": "shop"},
    "spec": {"maxReplicas": 9, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}},
}  # fmt: skip
BOUNDS = {"kind": "HorizontalPodAutoscaler", "name": "web"}


def test_two_schedules_of_one_target_at_one_priority_are_both_told() -> None:
    day, night = checked(schedule("day", WEB), schedule("night", None, targets=[WEB]))
    assert (day.severity, day.reason, str(day.object), day.field) == (
        Severity.ERROR, "Conflict", "DiurnalController shop/day", "spec.target"
    )  # fmt: skip
    assert day.message == (
        "spec.target means Deployment/web, which DiurnalController shop/night means too, at the same priority: "
        "only the older object writes."
    )
    assert (str(night.object), night.field) == ("DiurnalController shop/night", "spec.targets[0]")
    assert night.location == Location(file="1.yaml:spec.targets[0]")


def test_of_different_priorities_the_one_that_never_writes_is_warned() -> None:
    (said,) = checked(schedule("day", WEB), schedule("night", WEB, priority=2))
    assert (said.severity, str(said.object)) == (Severity.WARNING, "DiurnalController shop/day")
    assert said.message.endswith("DiurnalController shop/night means too, at a higher priority: this one never writes.")


def test_an_autoscaler_and_what_it_scales_are_one_target() -> None:
    found = checked(SCALER, schedule("day", WEB, mode="floor"), schedule("night", BOUNDS, mode="floor"))
    assert [(str(f.object), f.reason) for f in found] == [
        ("DiurnalController shop/day", "Conflict"), ("DiurnalController shop/night", "Conflict")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        schedule("night", WEB, namespace="lab"),
        schedule("night", {"kind": "StatefulSet", "name": "web"}),
        schedule("night", WEB, suspend=True),
        schedule("night", WEB, mode="publish"),
        schedule("night", WEB, counts="three"),
    ],
    ids=["elsewhere", "another kind", "suspended", "published", "not understood"],
)
def test_who_does_not_mean_it_or_does_not_write_is_no_rival(other: dict[str, Any]) -> None:
    assert checked(schedule("day", WEB), other) == []


def test_labels_mean_what_is_in_the_manifests() -> None:
    web = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "labels": {"tier": "front"}},
    }
    by_label = schedule("all", {"kind": "Deployment", "matchLabels": {"tier": "front"}})
    assert len(checked(web, schedule("day", WEB), by_label)) == 2
    assert checked(schedule("day", WEB), by_label) == []


def test_daemons_whose_selectors_overlap_are_told() -> None:
    template = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    spec = {"selector": {"app": "x"}, "template": template}
    one, two = (
        {"apiVersion": OURS, "kind": "DaemonController", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}
        for name in ("one", "two")
    )
    rc = {"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "rc", "namespace": "shop"}, "spec": spec}
    found = checked(one, two, rc)
    assert [(str(f.object), f.field, f.reason) for f in found] == [
        (f"DaemonController shop/{name}", "spec.selector", "SelectorsOverlap") for name in ("one", "one", "two", "two")
    ]
    assert found[1].message.startswith(
        "The selectors of DaemonController shop/one and ReplicationController shop/rc match each other's pods"
    )
    assert found[1].fix == "give one of them other labels."


@given(
    st.lists(
        st.tuples(st.sampled_from(["DaemonController", "DiurnalController", "Deployment", "ConfigMap"]), values, values),
        max_size=4,
    )
)
def test_whatever_stands_beside_each_other_is_no_fault(found: list[tuple[str, object, object]]) -> None:
    checked(*({"apiVersion": OURS, "kind": kind, "metadata": meta, "spec": spec} for kind, meta, spec in found))
