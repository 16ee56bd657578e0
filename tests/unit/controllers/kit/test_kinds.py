"""What is kept of the objects that controllers follow."""

import json
from typing import Any

import msgspec
import pytest

from router.controllers.kit.kinds import AUTOSCALERS, BUDGETS, WORKLOADS, Autoscaler, Scales, Varied
from router.facts.decode import DecodeError
from router.facts.pods import Budget

META = {"name": "web", "namespace": "shop", "uid": "u"}


def raw(**fields: Any) -> msgspec.Raw:
    return msgspec.Raw(json.dumps({"metadata": META, **fields}).encode())


@pytest.mark.parametrize("kind", sorted(WORKLOADS))
def test_a_workload_says_its_kind_even_if_a_page_of_a_list_does_not(kind: str) -> None:
    spec = {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}}}}
    assert WORKLOADS[kind].read
    made = WORKLOADS[kind].read(raw(spec=spec))
    assert isinstance(made, Varied)
    assert (made.kind, made.api_version) == (kind, WORKLOADS[kind].api_version)
    assert made.selector.match_labels == made.template_labels == {"app": "web"}
    assert made.scales == Scales(replicas=3)


def test_an_autoscaler_is_its_bounds_and_what_it_scales() -> None:
    assert AUTOSCALERS.read
    made = AUTOSCALERS.read(
        raw(spec={"minReplicas": 2, "maxReplicas": 8, "scaleTargetRef": {"kind": "Deployment", "name": "web"}})
    )
    assert isinstance(made, Autoscaler)
    assert made.scales == Scales(low=2, high=8, scaled=("Deployment", "web"))
    bare = AUTOSCALERS.read(raw())
    assert isinstance(bare, Autoscaler)
    assert bare.scales.low is None


def test_a_budget_says_how_many_may_go() -> None:
    assert BUDGETS.read
    made = BUDGETS.read(raw(spec={"selector": {"matchLabels": {"app": "web"}}}, status={"disruptionsAllowed": 2}))
    assert isinstance(made, Budget)
    assert made.allowed == 2


@pytest.mark.parametrize("text", [b"[]", b"{", b'{"metadata": {}}', b'"x"'])
def test_what_is_no_object_is_said(text: bytes) -> None:
    for kind in (WORKLOADS["Deployment"], AUTOSCALERS, BUDGETS):
        assert kind.read
        with pytest.raises(DecodeError):
            kind.read(msgspec.Raw(text))
