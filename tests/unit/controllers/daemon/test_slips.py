"""Fields that nobody reads."""

from pathlib import Path
from typing import Any

import yaml

from router.base.findings import ObjectRef
from router.controllers.daemon.slips import FIELDS, slips

CRD = Path(__file__).parents[4] / "deploy" / "crds" / "daemoncontrollers.yaml"
REF = ObjectRef(kind="DaemonController", namespace="shop", name="edge")


def said(spec: object) -> list[tuple[str, str]]:
    return [(f.field, f.fix) for f in slips({"spec": spec}, REF)]


def fields(schema: dict[str, Any], known: Any) -> Any:
    """Of a schema, as deep as ``known`` goes."""
    inner = schema.get("properties")
    return {name: fields(one, known[name]) for name, one in inner.items()} if isinstance(known, dict) and inner else None


def test_the_fields_are_those_of_the_schema() -> None:
    schema = yaml.safe_load(CRD.read_text())["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert fields(schema["properties"]["spec"], FIELDS) == FIELDS


def test_a_field_that_is_not_read_is_told_with_the_one_that_was_meant() -> None:
    assert said({"nodez": 1, "preDelete": {"http": {"prot": 1}}, "frob": 1}) == [
        ("spec.nodez", "did you mean nodes?"),
        ("spec.preDelete.http.prot", "did you mean port?"),
        ("spec.frob", "remove it"),
    ]
    assert said({"template": {"spec": {"nodeSelecter": {}, "hostAliases": []}}}) == [
        ("spec.template.spec.nodeSelecter", "did you mean nodeSelector?")
    ]


def test_a_field_that_stands_there_too_was_not_meant() -> None:
    assert said({"nodes": 1, "nodez": 1}) == [("spec.nodez", "remove it")]


def test_what_is_no_mapping_has_no_fields() -> None:
    for spec in (None, 3, [], {"choice": [], "template": 3, "preDelete": {"http": None}}):
        assert said(spec) == []
