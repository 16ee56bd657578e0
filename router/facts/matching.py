"""Whether labels match a selector, a node its terms, a toleration a taint: the rules of meta/v1 and core/v1, and nothing else.

What a rule can not be (an unknown operator, ``Gt`` of a word) matches nothing.
"""

import re
from collections.abc import Iterable, Mapping

from router.facts.scheduling import NodeTerm, NodeTerms, Requirement, Selector, Taint, Toleration

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}", re.ASCII)
_NAME = "metadata.name"


def selects(selector: Selector, labels: Mapping[str, str]) -> bool:
    """An empty selector selects everything (meta/v1.LabelSelector)."""
    if any(labels.get(key) != value for key, value in selector.match_labels.items()):
        return False
    return all(_holds(requirement, labels) for requirement in selector.match_expressions)


def terms_match(terms: NodeTerms, labels: Mapping[str, str], name: str) -> bool:
    """One of the terms holds. No terms match no node, as the scheduler has it."""
    return any(_term(term, labels, name) for term in terms.node_selector_terms)


def tolerates(tolerations: Iterable[Toleration], taint: Taint) -> bool:
    return any(_tolerates(toleration, taint) for toleration in tolerations)


def _term(term: NodeTerm, labels: Mapping[str, str], name: str) -> bool:
    if not term.match_expressions and not term.match_fields:
        return False
    fields = {_NAME: name}
    known = all(requirement.key == _NAME for requirement in term.match_fields)
    return (
        known
        and all(_holds(requirement, labels) for requirement in term.match_expressions)
        and all(_holds(requirement, fields) for requirement in term.match_fields)
    )


def _holds(requirement: Requirement, labels: Mapping[str, str]) -> bool:
    value, operator = labels.get(requirement.key), requirement.operator
    if operator == "In":
        return value is not None and value in requirement.values
    if operator == "NotIn":
        return value is None or value not in requirement.values
    if operator == "Exists":
        return value is not None
    if operator == "DoesNotExist":
        return value is None
    if operator in ("Gt", "Lt") and value is not None and len(requirement.values) == 1:
        return _compared(value, operator, requirement.values[0])
    return False


def _compared(value: str, operator: str, bound: str) -> bool:
    if not _INTEGER.fullmatch(value) or not _INTEGER.fullmatch(bound):
        return False
    return int(value) > int(bound) if operator == "Gt" else int(value) < int(bound)


def _tolerates(toleration: Toleration, taint: Taint) -> bool:
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.key and toleration.key != taint.key:
        return False
    if toleration.operator == "Exists":
        return True
    return bool(toleration.key) and toleration.operator in ("", "Equal") and toleration.value == taint.value
