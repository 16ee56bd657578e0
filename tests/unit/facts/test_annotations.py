"""Declared annotations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.base import parse
from router.base.findings import ObjectRef, Severity
from router.facts.annotations import Broken, Field, annotation_field, read

REF = ObjectRef(kind="Service", namespace="shop", name="web")
SIZE = Field(
    names=("tidegate.dev/bodySize", "router.deis.io/bodySize", "router.deis.io/nginx.bodySize"), parse=parse.size, help="h"
)
ENFORCE = Field(names=("tidegate.dev/ssl.enforce", "router.deis.io/ssl.enforce"), parse=parse.boolean, help="h", security=True)
OTHER = Field(names=("tidegate.dev/endpoints",), parse=str, help="h")


@pytest.mark.parametrize(
    ("annotations", "value", "reasons"),
    [
        ({}, None, []),
        ({"tidegate.dev/bodySize": "1k"}, 1024, []),
        ({"router.deis.io/bodySize": "1k"}, 1024, []),
        ({"router.deis.io/nginx.bodySize": "2k", "router.deis.io/bodySize": "1k"}, 1024, ["AnnotationsDiffer"]),
        ({"tidegate.dev/bodySize": "1k", "router.deis.io/bodySize": "2k"}, 1024, ["AnnotationsDiffer"]),
        ({"tidegate.dev/bodySize": "1k", "router.deis.io/bodySize": "1k"}, 1024, []),
        ({"tidegate.dev/bodySize": "big"}, None, ["InvalidAnnotation"]),
        ({"tidegate.dev/endpoints": "x", "example.com/other": "x"}, None, []),
    ],
)
def test_the_preferred_spelling_counts(annotations: dict[str, str], value: int | None, reasons: list[str]) -> None:
    values, findings = read(annotations, [SIZE, ENFORCE], REF, foreign=[OTHER])
    assert values.get(SIZE, None) == value
    assert [f.reason for f in findings] == reasons


def test_a_security_field_that_is_not_understood_is_broken_and_not_default() -> None:
    values, (finding,) = read({"router.deis.io/ssl.enforce": "si"}, [ENFORCE], REF)
    assert isinstance(values.get(ENFORCE, False), Broken)
    assert (finding.severity, finding.object) == (Severity.ERROR, REF)
    assert finding.field == annotation_field("router.deis.io/ssl.enforce") == annotation_field(values.key(ENFORCE))


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("tidegate.dev/bodysize", "tidegate.dev/bodySize"),
        ("router.deis.io/bodysize", "router.deis.io/bodySize"),
        ("router.deis.io/ssl.enforced", "router.deis.io/ssl.enforce"),
        ("router.deis.io/endpoint", "tidegate.dev/endpoints"),
        ("tidegate.dev/zzz", ""),
        ("tidegate.dev/", ""),
    ],
)
def test_an_unknown_annotation_hears_of_the_nearest(key: str, near: str) -> None:
    _, (finding,) = read({key: "x"}, [SIZE, ENFORCE], REF, foreign=[OTHER])
    assert (finding.reason, finding.severity) == ("UnknownAnnotation", Severity.WARNING)
    assert finding.fix == (f"Did you mean {near}?" if near else finding.fix)
    assert near or "docs/reference" in finding.fix


@given(st.dictionaries(st.sampled_from([*SIZE.names, *ENFORCE.names, "tidegate.dev/x"]), st.text()))
def test_no_text_raises(annotations: dict[str, str]) -> None:
    read(annotations, [SIZE, ENFORCE], REF)
