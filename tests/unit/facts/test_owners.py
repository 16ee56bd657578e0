"""What stands around pods, read from documents."""

from typing import Any

import pytest

from router.facts.decode import DecodeError
from router.facts.owners import budget, metadata, priority_class, selector, workload
from router.facts.scheduling import Requirement, Selector


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"app": "x"}, Selector(match_labels={"app": "x"})),
        ({"matchLabels": {"app": "x"}}, Selector(match_labels={"app": "x"})),
        ({"matchLabels": "x"}, Selector(match_labels={"matchLabels": "x"})),
        ({"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "b", "operator": "Exists"}]},
         Selector(match_labels={"a": "1"}, match_expressions=(Requirement(key="b", operator="Exists"),))),
        ({"matchLabels": {"a": "1"}, "matchExpressions": None}, Selector(match_labels={"a": "1"})),
        ({}, Selector()),
    ],
)  # fmt: skip
def test_a_selector_is_read_in_the_form_of_2015_and_in_the_modern_one(written: dict[str, Any], read: Selector) -> None:
    assert selector(written) == read


@pytest.mark.parametrize(
    "written", ["app=x", ["app"], {"app": 1}, {"matchLabels": {"a": "1"}, "b": "2"}, {"matchLabels": {"a": 1}}]
)
def test_what_is_no_selector_is_refused_with_its_place(written: Any) -> None:
    with pytest.raises(DecodeError) as wrong:
        selector(written)
    assert wrong.value.path.startswith("spec.selector")


def test_a_controller_without_a_selector_selects_what_its_template_bears() -> None:
    made = workload({
        "apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "rc", "namespace": "n"},
        "spec": {"template": {"metadata": {"labels": {"app": "x"}}}},
    })  # fmt: skip
    assert made.selector == Selector(match_labels={"app": "x"})
    assert made.template_labels == {"app": "x"} and made.kind == "ReplicationController"


def test_the_owner_that_acts_is_the_controller() -> None:
    owners = [{"kind": "A", "name": "a", "uid": "1"}, {"kind": "B", "name": "b", "uid": "2", "controller": True}]
    controller = metadata({"metadata": {"name": "x", "ownerReferences": owners}}).controller
    assert controller and controller.uid == "2"


def test_a_budget_says_what_may_be_evicted_now() -> None:
    meta = {"name": "b", "namespace": "n"}
    made = budget({"metadata": meta, "spec": {"selector": {"matchLabels": {"a": "1"}}}, "status": {"disruptionsAllowed": 2}})
    assert made.allowed == 2 and made.selector == Selector(match_labels={"a": "1"})
    assert budget({"metadata": meta, "spec": {}}).selector is None
    assert budget({"metadata": meta, "spec": {"selector": {}}}).selector == Selector()


def test_a_priority_class_has_no_namespace() -> None:
    made = priority_class({"metadata": {"name": "high"}, "value": 1000})
    assert made.value == 1000 and made.metadata.namespace == ""
