"""No text of a tenant, in any field or annotation of any dialect, changes the structure of what a plane reads.

Structure: which directives stand in which blocks, how often, with how many words; how many keys and values a map has. A hostile text gives
the structure that a harmless one gives in the same place, or that of the objects without it. Structures are read by parsers that are not ours.
"""

import contextlib
import enum
import functools
import importlib
import itertools
import pkgutil
from collections.abc import Iterator
from typing import Any

import crossplane
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import router
from router.dialects import ingress, service
from router.facts.annotations import Field
from router.planes.text import Token, UnsafeText
from router.table.backends import SERVICE_FIELDS
from router.table.types import Endpoints, Table
from tests.support import hostile, tenants
from tests.support.properties import THOROUGH, examples
from tests.support.structure import Structure, structure
from tests.support.tenants import PLANES, Document, Path

pytestmark = pytest.mark.timeout(600)
"""On a machine that does much else."""
BASE = tenants.documents()
ROUTERS = [tenants.deployment(native=True), tenants.deployment(native=False)]
PLACES = [(n, path) for n, document in enumerate(BASE) for path in tenants.places(document)]
ROUTER_PLACES = [(n, path) for n, document in enumerate(ROUTERS) for path in tenants.places(document)]
READ_BY = {"Service": (*service.FIELDS, *SERVICE_FIELDS), "Ingress": ingress.FIELDS}
"""kind -> the annotations that are read on it"""
HARMLESS = (
    *tenants.SAMPLES, "shop", "web", "plain", "x.example.com", "x.example.com,y.example.com", "x.example.com,*.y.example.com,z", "/x/y", "/x/y/z",
    "/x,/y", "/", "Exact", "Prefix", "udp", "h2c", "grpcs", "v2", "10.0.0.1", "2001:db8::1", "x=10.0.0.1:80", "10.0.0.1:80,10.0.0.2:80",
    "x.example.com:80", "IPv6", "ExternalName", "100", "10.0.0.0/8,192.0.2.0/24", "x" * 60, "x.example.com:x",
)  # fmt: skip
MORE = (("x1.example.com", "x2.example.com"), ("/x1", "/x2"), ("192.0.2.77", "192.0.2.78"), ("10.9.0.9:90", "10.9.0.8:90"))
"""What accepted text may amount to: no item, one, some; each word that an annotation knows."""


Shape = tuple[Structure, ...]
VERSIONS = (("nginx 1.22", "haproxy 2.8"), ("nginx 1.31", "haproxy 2.6"))


def shape(objects: list[Document], versions: tuple[str, ...], router: Document | None = None) -> Shape:
    """Of both planes."""
    settings, _ = tenants.settings_of(router)
    made = tenants.made(objects, settings, versions)
    assert not made.faults, "no text of a tenant even reaches an encoder that refuses it"
    return tuple(structure(r.bundle) for r in made.rendered.values())


def instead(documents: list[Document], number: int, path: Path, text: str | None) -> list[Document]:
    return [*documents[:number], tenants.changed(documents[number], path, text), *documents[number + 1 :]]


@functools.cache
def _harmless(number: int, path: Path, text: str | None, versions: tuple[str, ...]) -> Shape:
    return shape(instead(BASE, number, path, text), versions)


@functools.cache
def _without(number: int, versions: tuple[str, ...]) -> Shape:
    return shape(BASE[:number] + BASE[number + 1 :], versions)


def allowed(number: int, path: Path, text: str, versions: tuple[str, ...]) -> Iterator[Shape]:
    """With harmless text there, with nothing there, without the object; of a list, as many harmless items."""
    yield _without(number, versions)
    before = tenants.text_at(BASE[number], path)
    others = (before, None, "", *HARMLESS, *(_lists(before.split(",")) if "," in before + text else ()))
    yield from (_harmless(number, path, other, versions) for other in others)


def _lists(items: list[str]) -> Iterator[str]:
    """Lists of some of the items, with up to two harmless ones more."""
    some = [list(kept) for n in range(len(items) + 1) for kept in itertools.combinations(items, n)]
    yield from (",".join(kept) for kept in some)
    for more in MORE:
        yield from (",".join([*kept, *more[:n]]) for kept in some for n in (1, 2))


@examples(400)
@given(st.data())
def test_no_text_in_any_place_of_any_object_changes_the_structure(data: st.DataObject) -> None:
    number, path = data.draw(st.sampled_from(PLACES))
    versions = data.draw(st.sampled_from(VERSIONS))
    text = data.draw(hostile.about(tenants.text_at(BASE[number], path)))
    found = shape(instead(BASE, number, path, text), versions)
    assert any(found == other for other in allowed(number, path, text, versions)), (BASE[number]["kind"], path, text)


def declared() -> set[str]:
    """The name of every annotation declared in any module of the router."""
    names: set[str] = set()
    for info in pkgutil.walk_packages(router.__path__, "router."):
        if info.name != "router.__main__":
            for value in vars(importlib.import_module(info.name)).values():
                fields = value if isinstance(value, tuple) else (value,)
                names |= {name for f in fields if isinstance(f, Field) and f.help for name in f.names}
    return names


def test_every_annotation_that_is_declared_anywhere_is_tried_below() -> None:
    tried = {name for fields in READ_BY.values() for field in fields for name in field.names}
    assert declared() == tried


@pytest.mark.parametrize("kind", READ_BY)
def test_no_text_in_any_spelling_of_any_annotation_changes_the_structure(kind: str) -> None:
    """Each spelling gets its share of all hostile texts, also where the object has no other annotation of that field."""
    name = {"Service": "web", "Ingress": "paths"}[kind]
    number = next(n for n, d in enumerate(BASE) if (d["kind"], d["metadata"]["name"]) == (kind, name))
    count = 0
    for field in READ_BY[kind]:
        for spelling, key in enumerate(field.names):
            notes = {k: v for k, v in BASE[number]["metadata"]["annotations"].items() if k not in field.names}
            share = hostile.TEXTS if THOROUGH else hostile.TEXTS[(count * 7) % 29 :: 29]
            count += 1
            for text in share:
                versions = VERSIONS[spelling % 2]
                found = shape(_annotated(number, notes | {key: text}), versions)
                fair = (_with_annotation(number, key, other, versions) for other in (None, tenants.sample(field), "", *HARMLESS))
                assert any(found == other for other in fair), (key, text)


def _annotated(number: int, notes: dict[str, str]) -> list[Document]:
    document = {**BASE[number], "metadata": {**BASE[number]["metadata"], "annotations": notes}}
    return [*BASE[:number], document, *BASE[number + 1 :]]


@functools.cache
def _with_annotation(number: int, key: str, text: str | None, versions: tuple[str, ...]) -> Shape:
    names = next(f.names for fields in READ_BY.values() for f in fields if key in f.names)
    notes = {k: v for k, v in BASE[number]["metadata"]["annotations"].items() if k not in names}
    return shape(_annotated(number, notes | ({key: text} if text is not None else {})), versions)


@examples(150)
@given(st.data())
def test_no_text_in_the_annotations_of_the_routers_own_deployment_changes_the_structure(data: st.DataObject) -> None:
    number, path = data.draw(st.sampled_from(ROUTER_PLACES))
    versions = data.draw(st.sampled_from(VERSIONS))
    text = data.draw(hostile.about(tenants.text_at(ROUTERS[number], path)))
    found = shape(BASE, versions, tenants.changed(ROUTERS[number], path, text))
    others = (None, "", tenants.text_at(ROUTERS[number], path), *HARMLESS)
    assert any(found == _router_with(number, path, other, versions) for other in others), (path, text)


@functools.cache
def _router_with(number: int, path: Path, text: str | None, versions: tuple[str, ...]) -> Shape:
    without_name = text is None and path[-2:] == ("metadata", "name")
    return shape(BASE, versions, None if without_name else tenants.changed(ROUTERS[number], path, text))


# The second wall: even if nothing had looked at the text before.


def _leaves(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(value, str) and not isinstance(value, enum.Enum):
        yield way, value
    elif isinstance(value, Endpoints):
        yield from _leaves(tuple(value), way)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            if name not in ("globals", "listeners", "certificates", "refused"):
                yield from _leaves(getattr(value, name), (*way, name))
    elif isinstance(value, tuple):
        for number, inner in enumerate(value):
            yield from _leaves(inner, (*way, number))


def _with(value: Any, way: tuple[Any, ...], text: str) -> Any:
    if not way:
        return text
    step, *rest = way
    if isinstance(value, tuple | Endpoints):
        value = tuple(value)
        return (*value[:step], _with(value[step], tuple(rest), text), *value[step + 1 :])
    return msgspec.structs.replace(value, **{step: _with(getattr(value, step), tuple(rest), text)})


TABLE = tenants.made(BASE).translation.table
LEAVES = list(_leaves(TABLE))


def _table_shape(table: Table, versions: tuple[str, ...]) -> Shape | None:
    """None if an encoder refuses: the route is shut or left out then, and it is told as a fault of ours."""
    try:
        rendered = [PLANES[v][0].render(table, PLANES[v][1]) for v in versions]
    except (UnsafeText, KeyError):
        return None
    return None if any(r.faults for r in rendered) else tuple(structure(r.bundle) for r in rendered)


def _harmless_like(before: str, text: str) -> tuple[str, ...]:
    """Prefixes are looked up by their number of elements."""
    deep = "/x" * text.count("/")
    return (before, "x", "/x", deep, f"{deep}/", f"{deep[:-1]}", "x.example.com", "10.0.0.77", "fd00::77", "a:b", "")


@examples(300)
@given(st.data())
def test_encoders_refuse_or_carry_whatever_stands_in_a_table(data: st.DataObject) -> None:
    """As if the dialects and the door let everything through. Only operators' texts (settings, certificates) are left out."""
    way, before = data.draw(st.sampled_from(LEAVES))
    versions = data.draw(st.sampled_from(VERSIONS))
    text = data.draw(hostile.about(before))
    try:
        made = _with(TABLE, way, text)
    except ValueError:  # endpoints are one text, and take no address that would be two
        assert "endpoints" in way
        assert not text or "\n" in text
        return
    found = _table_shape(made, versions)
    others = (_with(TABLE, way, other) for other in _harmless_like(before, text) if other or "endpoints" not in way)
    assert found is None or any(found == _table_shape(other, versions) for other in others), (way, text)


def test_these_properties_see_an_encoder_that_does_not_encode(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the checks of paths and the encoders out of the way, text does become configuration, and is seen."""
    raw = lambda text: Token(f'"{text}"')  # noqa: E731
    monkeypatch.setattr("router.planes.nginx.routes.key", raw)
    monkeypatch.setattr("router.planes.nginx.routes.quoted", raw)
    way = next(way for way, text in LEAVES if text == "/exact")
    plain = _table_shape(TABLE, VERSIONS[0])
    for text in ('/x"; evil "', '/x" "y'):
        with contextlib.suppress(crossplane.errors.NgxParserSyntaxError):
            assert _table_shape(_with(TABLE, way, text), VERSIONS[0]) != plain
