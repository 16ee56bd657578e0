"""The door: whatever comes in, a fact or a DecodeError that names the field comes out."""

import base64
import contextlib
import datetime
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.base.findings import ObjectRef
from router.facts.core import Node, Secret, Service, ServicePort
from router.facts.decode import DecodeError, decode, decode_json, path_text, reference
from router.facts.discovery import EndpointSlice
from router.facts.meta import Fact
from router.facts.networking import Ingress, IngressClass
from router.facts.snapshot import KINDS

TYPES = [kind for _, kind in KINDS.values()]


def named(**more: Any) -> dict[str, Any]:
    return {"metadata": {"name": "web", "namespace": "shop"}, **more}


def meta(**more: Any) -> dict[str, Any]:
    return {"metadata": {"name": "web", "namespace": "shop", **more}}


def both_doors(document: object, kind: type[Fact]) -> list[Fact | tuple[str, str]]:
    """What the two doors make of the same object: facts, or the complaint's path and message."""
    said: list[Fact | tuple[str, str]] = []
    for door in (lambda: decode(document, kind), lambda: decode_json(json.dumps(document).encode(), kind)):
        try:
            said.append(door())
        except DecodeError as wrong:
            said.append((wrong.path, wrong.message))
    return said


def test_only_the_fields_we_read_are_kept() -> None:
    document = named(kind="Service", spec={"ports": [{"port": 80, "name": "http", "nodePort": 30080}], "clusterIP": "10.0.0.1"})
    for fact in both_doors(document, Service):
        assert isinstance(fact, Service)
        assert fact.key == ("shop", "web")
        assert fact.spec.ports == (ServicePort(port=80, name="http"),)


@pytest.mark.parametrize(
    ("kind", "document", "path", "message"),
    [
        (Ingress, named(spec={"rules": [{"host": True}]}), "spec.rules[0].host", "is a boolean, but must be text"),
        (Ingress, named(spec={"rules": [{"host": 1.5}]}), "spec.rules[0].host", "is a number with a fraction, but must be text"),
        (Ingress, named(spec={"rules": {"host": "a"}}), "spec.rules", "is a mapping, but must be a list"),
        (Ingress, named(spec={"rules": ["a"]}), "spec.rules[0]", "is text, but must be a mapping"),
        (Ingress, named(spec={"rules": [None]}), "spec.rules[0]", "is empty, but must be a mapping"),
        (Ingress, named(spec={"tls": [{"hosts": ["a", 2]}]}), "spec.tls[0].hosts[1]", "is a whole number, but must be text"),
        (Ingress, named(spec={"rules": [{"http": {"paths": [{}]}}]}), "spec.rules[0].http.paths[0]", "lacks the field backend"),
        (Ingress, named(spec={"ingressClassName": 7}), "spec.ingressClassName", "is a whole number, but must be text"),
        (Service, named(spec={"ports": [{"port": "80"}]}), "spec.ports[0].port", "is text, but must be a whole number"),
        (Service, named(spec={"ports": [{"port": 0}]}), "spec.ports[0].port", "is out of range: at least 1"),
        (Service, named(spec={"ports": [{"port": 65536}]}), "spec.ports[0].port", "is out of range: at most 65535"),
        (EndpointSlice, named(ports=[{"port": 10**30}]), "ports[0].port", "is out of range: at most 65535"),
        (EndpointSlice, named(endpoints=[{"addresses": "10.0.0.1"}]), "endpoints[0].addresses", "is text, but must be a list"),
        (Service, meta(annotations={"a": "b", "tidegate.dev/m": True}), "tidegate.dev/m", "is a boolean, but must be text"),
        (Service, meta(labels={"x/y": 1}), "metadata.labels[x/y]", "is a whole number, but must be text"),
        (Service, meta(annotations=["a"]), "metadata.annotations", "is a list, but must be a mapping"),
        (Service, meta(name="Web"), "metadata.name", "is not a DNS name"),
        (Service, meta(name="web\n"), "metadata.name", "is not a DNS name"),
        (Service, meta(name=""), "metadata.name", "is missing"),
        (Service, meta(namespace="a.b"), "metadata.namespace", "is not a DNS label"),
        (Service, meta(namespace="a;}"), "metadata.namespace", "is not a DNS label"),
        (Service, meta(creationTimestamp="yesterday"), "metadata.creationTimestamp", "is not an RFC 3339 time"),
        (Service, meta(creationTimestamp="2026-02-30T00:00:00Z"), "metadata.creationTimestamp", "is not an RFC 3339 time"),
        (Service, {}, "", "lacks the field metadata"),
        (Service, [], "", "is a list, but must be a mapping"),
        (Service, None, "", "is empty, but must be a mapping"),
        (Secret, named(data={"tls.key": "?"}), "data[tls.key]", "is not base64"),
        (Secret, named(data={"tls.key": "YQ"}), "data[tls.key]", "is not base64"),
        (Secret, named(data={"a": 1}), "data.a", "is a whole number, but must be text"),
        (Secret, named(stringData={"a": "\ud800"}), "stringData.a", "has characters that UTF-8 has no bytes for"),
    ],
)
def test_a_wrong_field_is_named_and_both_doors_say_the_same(kind: type[Fact], document: Any, path: str, message: str) -> None:
    from_values, from_json = both_doors(document, kind)
    assert from_values == (path, message)
    if "\\ud800" not in json.dumps(document):  # a JSON decoder may refuse a lone surrogate itself
        assert from_json == from_values


@pytest.mark.parametrize("value", [True, 1, 1.0, datetime.date(2026, 1, 1), datetime.datetime(2026, 1, 1)])
def test_who_forgot_quotes_is_told_to_write_them(value: object) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(meta(annotations={"tidegate.dev/maintenance": value}), Service)
    assert caught.value.fix == "put the value in quotes"


def test_no_complaint_about_a_secret_quotes_its_value() -> None:
    for data in ({"k": "hunter2!"}, {"k": ["hunter2!"]}, {"k": {"hunter2!": "x"}}, "hunter2!"):
        with pytest.raises(DecodeError) as caught:
            decode(named(data=data), Secret)
        assert "hunter2" not in str(caught.value) + caught.value.fix


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (meta(labels=None, annotations=None, uid=None, creationTimestamp=None), Service),
        (named(spec=None), Ingress),
        (named(spec={"rules": None, "tls": None, "defaultBackend": None}), Ingress),
        (named(spec={"rules": [{"host": None, "http": {"paths": None}}]}), Ingress),
        (named(endpoints=None, ports=None), EndpointSlice),
        (named(ports=[{"port": 80, "name": None}], endpoints=[{"addresses": ["::1"], "conditions": None}]), EndpointSlice),
        (named(data=None, stringData=None, type=None), Secret),
    ],
)
def test_an_optional_field_that_is_null_counts_as_absent(document: Any, kind: type[Fact]) -> None:
    assert all(isinstance(fact, kind) for fact in both_doors(document, kind))


def test_an_annotation_that_is_null_is_an_empty_text() -> None:
    for fact in both_doors(meta(annotations={"a": None}, labels={"b": None}), Node):
        assert isinstance(fact, Node)
        assert (fact.metadata.annotations, fact.metadata.labels) == ({"a": ""}, {"b": ""})


@pytest.mark.parametrize(("kind", "namespace"), [(Service, "default"), (Secret, "default"), (Node, ""), (IngressClass, "")])
def test_the_namespace_is_default_or_empty_for_cluster_scoped_kinds(kind: type[Fact], namespace: str) -> None:
    assert decode({"metadata": {"name": "x"}}, kind).metadata.namespace == namespace


def test_a_namespace_on_a_cluster_scoped_object_is_ignored() -> None:
    assert decode({"metadata": {"name": "x", "namespace": "Bad one"}}, Node).ref == ObjectRef(kind="Node", namespace="", name="x")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
        ("2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00Z"),
        ("2026-01-31T12:00:00.987654321Z", "2026-01-31T12:00:00Z"),
        ("2026-01-31t12:00:00z", "2026-01-31T12:00:00Z"),
        ("0099-01-31T12:00:00+00:00", "0099-01-31T12:00:00Z"),
    ],
)
def test_timestamps_get_the_one_form_that_sorts_as_text(written: str, kept: str) -> None:
    assert decode(meta(creationTimestamp=written), Service).metadata.creation_timestamp == kept


def test_a_secret_is_decoded_and_stringdata_wins() -> None:
    data = {"a": base64.b64encode(b"\x00\xff").decode(), "b": "b2xk", "c": "b2\r\nxk\n"}
    for secret in both_doors(named(type="kubernetes.io/tls", data=data, stringData={"b": "new"}), Secret):
        assert isinstance(secret, Secret)
        assert {key: value.reveal() for key, value in secret.data.items()} == {"a": b"\x00\xff", "b": b"new", "c": b"old"}
        assert "new" not in repr(secret)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b'{"metadata":' * 5000, b'{"metadata":{"x":' + b"[" * 100_000, b"nul"])
def test_text_that_is_not_json_is_refused(raw: bytes) -> None:
    with pytest.raises(DecodeError):
        decode_json(raw, Service)


def test_a_raw_part_of_a_larger_json_text_is_read_too() -> None:
    assert decode_json(msgspec.Raw(json.dumps(named()).encode()), Service) == decode(named(), Service)


@pytest.mark.parametrize(
    ("document", "kind", "text"),
    [
        (named(spec=1), Service, "Service shop/web"),
        ({"metadata": {"name": "web"}}, Ingress, "Ingress default/web"),
        ({"metadata": {"name": "n", "namespace": 3}}, Node, "Node n"),
        ({"metadata": {"name": "Bad\nname"}}, Service, "None"),
        ({"metadata": {"namespace": "shop"}}, Service, "None"),
        ({"metadata": []}, Service, "None"),
        ([], Service, "None"),
    ],
)
def test_an_object_that_does_not_decode_is_still_called_by_its_name(document: Any, kind: type[Fact], text: str) -> None:
    assert str(reference(document, kind)) == text


def test_paths_read_like_the_api_documentation() -> None:
    assert path_text(("spec", "rules", 0, "host")) == "spec.rules[0].host"
    assert path_text(("items", 3, "data", "tls.key")) == "items[3].data[tls.key]"
    assert path_text(()) == ""


FIELDS = ["metadata", "name", "namespace", "labels", "annotations", "creationTimestamp", "spec", "rules", "host", "http"]
FIELDS += ["paths", "backend", "service", "port", "ports", "number", "data", "stringData", "endpoints", "addresses", "tls"]


def extended(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner) | st.dictionaries(st.sampled_from(FIELDS) | st.text(), inner)


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
json_values = st.recursive(leaves, extended, max_leaves=20)


@given(st.sampled_from(TYPES), json_values, json_values, st.booleans())
def test_any_value_gives_a_fact_or_a_decode_error_and_both_doors_agree(kind: type, top: Any, spec: Any, proper: bool) -> None:
    document = {**named(spec=spec), **(top if isinstance(top, dict) else {})} if proper else top
    try:
        raw = json.dumps(document, allow_nan=False).encode()
    except ValueError:
        raw = b"null"
    made: list[str] = []
    for door in (lambda: decode(document, kind), lambda: decode(msgspec.json.decode(raw), kind), lambda: decode_json(raw, kind)):
        try:
            made.append("fact" if isinstance(door(), kind) else "other")
        except (DecodeError, msgspec.DecodeError, UnicodeError) as wrong:
            made.append(wrong.path if isinstance(wrong, DecodeError) else "not JSON")
    assert "other" not in made
    assert made[1] == made[2] or made[1] == "not JSON"


@given(st.sampled_from(TYPES), st.binary())
def test_any_bytes_give_a_fact_or_a_decode_error(kind: type, raw: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert isinstance(decode_json(raw, kind), kind)


@pytest.mark.parametrize("kind", [Ingress, Service, Secret, EndpointSlice, Node])
def test_every_kind_comes_in_the_form_that_is_kept(kind: type) -> None:
    assert type(decode({"metadata": {"name": "a"}}, kind)) is kind
