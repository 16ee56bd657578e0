"""Findings and how they are printed."""

from hypothesis import given
from hypothesis import strategies as st

from router.base.findings import Finding, Location, ObjectRef, Severity, error, located, printable, warning

REF = ObjectRef(kind="Ingress", namespace="shop", name="web")


def test_an_object_is_named_as_people_name_it() -> None:
    assert str(REF) == "Ingress shop/web"
    assert str(ObjectRef(kind="Node", namespace="", name="a")) == "Node a"


def test_a_place_has_as_many_numbers_as_are_known() -> None:
    assert str(Location(file="a.yaml", line=3, column=7)) == "a.yaml:3:7"
    assert str(Location(file="a.yaml")) == "a.yaml"


def test_a_finding_keeps_the_place_it_has() -> None:
    first, second = Location(file="a"), Location(file="b")
    placed = located(error(REF, "spec", "Bad", "is bad"), first)
    assert placed.location == first
    assert located(placed, second).location == first


def test_errors_and_warnings_differ_in_severity_only() -> None:
    one, two = error(REF, "f", "R", "m", "x"), warning(REF, "f", "R", "m", "x")
    assert (one.severity, two.severity) == (Severity.ERROR, Severity.WARNING)
    assert one.sort_key() == two.sort_key()


@given(st.text())
def test_printable_text_has_no_control_character(text: str) -> None:
    assert printable(text).isprintable()
    assert len(printable(text, 10)) <= 10 * 10 + 3


@given(st.lists(st.builds(Finding, severity=st.sampled_from(Severity), reason=st.text(), message=st.text())))
def test_findings_sort_whatever_they_hold(findings: list[Finding]) -> None:
    sorted(findings, key=Finding.sort_key)
