"""YAML as kubectl reads it, within bounds."""

import math
import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from router.sources.directory.nodes import DocumentError, Values, compose, find, position


def value(text: str) -> object:
    root = compose(text)
    return None if root is None else Values().of(root)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("on", True), ("yes", True), ("True", True), ("off", False), ("No", False), ("false", False), ("y", "y"), ("n", "n"),
        ("~", None), ("null", None), ("", None), ("nil", "nil"),
        ("80", 80), ("-5", -5), ("+5", 5), ("0", 0), ("1_000", 1000), ("0x1F", 31), ("0777", 511), ("0o17", 15), ("0b11", 3),
        ("1.0", 1.0), ("10.", 10.0), (".5", 0.5), ("1e3", 1000.0), ("12e4", 120000.0), ("-.inf", -math.inf), ("08", 8.0),
        ("1.2.3.4", "1.2.3.4"), ("2026-01-31", "2026-01-31"), ("12:30", "12:30"), ("+", "+"), (".", "."),
        ("'on'", "on"), ('"80"', "80"), ("!!str 80", "80"), ("!!int 80", 80), ("<<", "<<"), ("-0x", "-0x"), ("0b", "0b"),
    ],
)  # fmt: skip
def test_a_scalar_means_what_it_means_to_kubectl(text: str, meant: object) -> None:
    read = value(f"a: {text}")
    assert isinstance(read, dict)
    assert (type(read["a"]), read["a"]) == (type(meant), meant)


def test_a_number_of_any_length_is_read_in_bounded_time() -> None:
    assert value("- " + "9" * 100_000) == [math.inf]


def test_keys_are_texts_as_they_are_written() -> None:
    assert value("{80: a, on: b, ~: c, 1.0: d}") == {"80": "a", "on": "b", "~": "c", "1.0": "d"}


def test_a_key_that_stands_twice_is_noted_and_the_last_counts() -> None:
    root = compose("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n")
    assert root is not None
    values = Values()
    assert values.of(root) == {"a": 3, "b": {"c": 2}}
    assert values.duplicates == [("c", (3, 2)), ("a", (4, 0))]


def test_merge_keys_fill_in_what_is_not_written() -> None:
    text = "base: &b {x: 1, y: 1}\nother: &o {y: 2, z: 2}\none: {<<: *b, x: 0}\nmany: {y: 0, <<: [*b, *o]}\n"
    read = value(text)
    assert isinstance(read, dict)
    assert read["one"] == {"x": 0, "y": 1}
    assert read["many"] == {"x": 1, "y": 0, "z": 2}


@pytest.mark.parametrize(
    "text",
    ["[" * 200_000, "{a: " * 200_000, "- " * 200_000, "? " * 200_000, "a: &a [*a]", "&a {b: *a}", "&a {<<: *a}",
     "- " * 101 + "x"],
    ids=["flow lists", "flow maps", "block lists", "keys", "list in itself", "map in itself", "merged with itself", "just over"],
)  # fmt: skip
def test_depth_is_bounded(text: str) -> None:
    with pytest.raises(DocumentError, match="nested too deep"):
        value(text)


def test_what_aliases_repeat_is_bounded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(DocumentError, match="aliases that repeat too much"):
        value("\n".join(lines))


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("a: b\n c: d: e", "mapping values are not allowed", (1, 2)),
        ("a: *nope", "undefined alias", (0, 3)),
        ("a:\n  - b\n\t- c", "is not YAML", (2, 0)),
        ("a:\n  b: 'x\n", "unexpected end of stream", (1, 5)),
        ("!!python/object/apply:os.system [ls]", "has a tag", (0, 0)),
        ("a: !!binary aGk=", "has a tag", (0, 3)),
        ("a: !secret x", "has a tag", (0, 3)),
        ("? [a]\n: b", "key that is not text", (0, 2)),
        ("a: {<<: 1}", "merges something", (0, 8)),
        ("a: b\x00", "control characters", None),
        ("\ud800", "surrogates", None),
    ],
)
def test_what_is_no_yaml_of_ours_is_refused_with_its_place(text: str, message: str, place: Any) -> None:
    with pytest.raises(DocumentError, match=message) as caught:
        value(text)
    assert caught.value.position == place


@pytest.mark.parametrize(
    ("steps", "place"),
    [(("a", "b", 1), (1, 9)), (("a", "b", 7), (1, 5)), (("a", "x", "y"), (0, 3)), ((), (0, 0)), (("c", "b", 0), (1, 6)),
     (("c", "d"), (2, 21)), (("a", 0), (0, 3))],
)  # fmt: skip
def test_a_path_leads_to_its_value_or_to_the_nearest_above_it(steps: tuple[str | int, ...], place: tuple[int, int]) -> None:
    root = compose("a: &a\n  b: [p, q]\nc: {<<: *a, e: 1, d: 2}\n")
    assert root is not None
    assert position(find(root, steps)) == place


@given(st.text() | st.text(alphabet="-[]{}:,&*!|>'\"%@`#?~<ab1 \n\t"))
def test_any_text_gives_values_or_a_document_error(text: str) -> None:
    try:
        value(text)
    except DocumentError as wrong:
        assert wrong.message


def _is_text_to_all(text: str) -> bool:
    """``0E0`` is a number to kubectl and to us, but PyYAML writes it without quotes."""
    return not re.fullmatch("[-+]?[0-9_]+[eE][-+]?[0-9]+", text)


texts = st.text(st.characters(exclude_categories=["Cs"])).filter(_is_text_to_all)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc", min_size=1), inner),
    max_leaves=20,
)


@given(plain)
def test_what_is_written_as_yaml_is_read_back(written: object) -> None:
    assert value(yaml.safe_dump(written, allow_unicode=False)) == written
