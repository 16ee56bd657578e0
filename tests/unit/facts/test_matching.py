"""Selectors, node terms and tolerations, as tables."""

import pytest

from router.facts.matching import selects, terms_match, tolerates
from router.facts.scheduling import NodeTerm, NodeTerms, Requirement, Selector, Taint, Toleration


def need(key: str, operator: str, *values: str) -> Requirement:
    return Requirement(key=key, operator=operator, values=values)


@pytest.mark.parametrize(
    ("labels", "requirement", "holds"),
    [
        ({"a": "1"}, need("a", "In", "1", "2"), True),
        ({"a": "3"}, need("a", "In", "1", "2"), False),
        ({}, need("a", "In", ""), False),
        ({"a": "3"}, need("a", "NotIn", "1"), True),
        ({}, need("a", "NotIn", "1"), True),
        ({"a": "1"}, need("a", "NotIn", "1"), False),
        ({"a": ""}, need("a", "Exists"), True),
        ({}, need("a", "Exists"), False),
        ({}, need("a", "DoesNotExist"), True),
        ({"a": ""}, need("a", "DoesNotExist"), False),
        ({"a": "10"}, need("a", "Gt", "9"), True),
        ({"a": "9"}, need("a", "Gt", "9"), False),
        ({"a": "-1"}, need("a", "Lt", "0"), True),
        ({"a": "x"}, need("a", "Lt", "0"), False),
        ({"a": "1"}, need("a", "Gt", "x"), False),
        ({"a": "1"}, need("a", "Gt"), False),
        ({"a": "1"}, need("a", "Near", "1"), False),
    ],
)
def test_a_requirement_holds_or_not(labels: dict[str, str], requirement: Requirement, holds: bool) -> None:
    assert selects(Selector(match_expressions=(requirement,)), labels) is holds
    assert terms_match(NodeTerms(node_selector_terms=(NodeTerm(match_expressions=(requirement,)),)), labels, "n") is holds


@pytest.mark.parametrize(
    ("terms", "matches"),
    [
        ((), False),
        ((NodeTerm(),), False),
        ((NodeTerm(), NodeTerm(match_expressions=(need("a", "Exists"),))), True),
        ((NodeTerm(match_expressions=(need("a", "Exists"), need("b", "Exists"))),), False),
        ((NodeTerm(match_expressions=(need("b", "Exists"),)), NodeTerm(match_expressions=(need("a", "Exists"),))), True),
        ((NodeTerm(match_fields=(need("metadata.name", "In", "n1"),)),), True),
        ((NodeTerm(match_fields=(need("metadata.name", "In", "n2"),)),), False),
        ((NodeTerm(match_fields=(need("metadata.uid", "NotIn", "n2"),)),), False),
        ((NodeTerm(match_expressions=(need("b", "Exists"),), match_fields=(need("metadata.name", "In", "n1"),)),), False),
    ],
)
def test_one_term_must_hold_with_all_its_requirements(terms: tuple[NodeTerm, ...], matches: bool) -> None:
    assert terms_match(NodeTerms(node_selector_terms=terms), {"a": "1"}, "n1") is matches


def test_an_empty_selector_selects_everything() -> None:
    assert Selector().empty and selects(Selector(), {"a": "1"})


def test_all_labels_of_a_selector_must_be_there() -> None:
    selector = Selector(match_labels={"a": "1", "b": "2"})
    assert selects(selector, {"a": "1", "b": "2", "c": "3"})
    assert not selects(selector, {"a": "1"})


TAINT = Taint(key="k", value="v", effect="NoSchedule")


@pytest.mark.parametrize(
    ("toleration", "good"),
    [
        (Toleration(key="k", value="v", effect="NoSchedule"), True),
        (Toleration(key="k", value="v"), True),
        (Toleration(key="k", operator="", value="v"), True),
        (Toleration(key="k", value="w"), False),
        (Toleration(key="k", operator="Exists"), True),
        (Toleration(key="k", operator="Exists", effect="NoExecute"), False),
        (Toleration(key="j", operator="Exists"), False),
        (Toleration(operator="Exists"), True),
        (Toleration(operator="Exists", effect="NoExecute"), False),
        (Toleration(operator="Equal"), False),
        (Toleration(key="k", operator="Like", value="v"), False),
    ],
)
def test_a_toleration_answers_a_taint_or_not(toleration: Toleration, good: bool) -> None:
    assert tolerates([toleration], TAINT) is good
    assert not tolerates([], TAINT)
