"""Objects of manifests, as far as they matter."""

from typing import Any

import pytest

from router.controllers.diurnal.manifests import World, namespaces, target_of, texts_of

SPEC = {"target": {"kind": "Deployment", "name": "web"}, "base": {"replicas": 1}}
OBJECT = {
    "apiVersion": "tidegate.dev/v1alpha1",
    "kind": "DiurnalController",
    "metadata": {"name": "a", "namespace": "shop"},
    "spec": SPEC,
}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"kind": "Deployment", "spec": {"replicas": 3}}, {"replicas": 3}),
        ({"kind": "Deployment"}, {"replicas": 1}),
        ({"kind": "StatefulSet", "spec": {"replicas": 0}}, {"replicas": 0}),
        ({"kind": "Thing", "spec": {"replicas": 3}}, {"replicas": 3}),
        ({"kind": "DaemonController", "spec": {"nodes": "30%"}}, {"nodes": "30%", "replicas": None}),
        ({"kind": "DaemonController", "spec": {}}, {"nodes": None}),
        ({"kind": "HorizontalPodAutoscaler", "spec": {"maxReplicas": 9, "scaleTargetRef": {"kind": "Deployment", "name": "web"}}},
         {"low": None, "high": 9, "scales": ("Deployment", "web"), "replicas": None}),
    ],
)  # fmt: skip
def test_a_target_has_what_its_kind_has(document: dict[str, Any], expected: dict[str, Any]) -> None:
    found = target_of({"apiVersion": "v1", "metadata": {"name": "x", "annotations": {"tidegate.dev/diurnal": "n"}}, **document})
    assert found is not None and found.note == "n"
    assert {key: getattr(found, key) for key in expected} == expected


@pytest.mark.parametrize(
    "document",
    [{}, {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "x"}}, {"kind": "Deployment"}, {"kind": 5, "spec": []}],
)
def test_what_has_no_number_or_no_name_is_no_target(document: dict[str, Any]) -> None:
    assert target_of(document) is None


def test_a_world_is_of_one_namespace() -> None:
    other = {**OBJECT, "metadata": {"name": "b"}}
    assert namespaces([OBJECT, other, {"kind": "ConfigMap"}]) == ("default", "shop")
    world = World(
        [
            OBJECT,
            other,
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "shop"}, "data": {"k": "v"}},
        ],
        "shop",
    )
    assert [found.meta.name for found in world.controllers] == ["a"]
    assert world.calendars == {("c", "k"): "v"}
    seen = world.seen(world.controllers[0], {})
    assert seen.object is world.controllers[0].object and seen.others == ()


def test_only_texts_of_a_configmap_are_calendars() -> None:
    assert texts_of({"metadata": {"name": "c"}, "data": {"a": "x", "b": 5}}) == {("c", "a"): "x"}
    assert texts_of({"metadata": {"name": "c"}}) == {}
