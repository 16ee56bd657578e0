"""Paths as they stand on the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.base.parse import Bad
from router.table import paths


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        ("/", "/"), ("/a%2Fb", "/a%2Fb"), ("/café noir", "/caf%C3%A9%20noir"), ('/x;}evil{$h"', "/x;%7Devil%7B$h%22"),
        ("/a//b", "/a//b"), ("/a[0]|b", "/a[0]|b"), ("/a/...", "/a/..."), ("/.well-known/x", "/.well-known/x"), ("/a\\b", "/a%5Cb"),
    ],
)  # fmt: skip
def test_a_path_gets_its_wire_form(text: str, wire: str) -> None:
    assert paths.parse_path(text) == wire


@pytest.mark.parametrize(
    "text",
    ["", "a", "/a?b", "/a#b", "/%zz", "/%4", "/a%", "/%00", "/%0a", "/../a", "/a/..", "/a/./b", "/%2e%2E/a", "/.%2e", "/\ud800"],
)
def test_a_path_that_no_request_brings_is_refused(text: str) -> None:
    assert isinstance(paths.parse_path(text), Bad)


@given(st.text())
def test_no_text_raises_and_the_wire_form_is_ascii_and_stable(text: str) -> None:
    wire = paths.parse_path("/" + text)
    if isinstance(wire, str):
        assert wire.isascii() and wire.isprintable() and " " not in wire
        assert paths.parse_path(wire) == wire


def test_a_prefix_matches_by_element() -> None:
    assert [p for p in ("/foo", "/foo/", "/foo/x", "/foobar", "/fo", "/foo%2Fx") if paths.prefix_matches("/foo", p)] == [
        "/foo", "/foo/", "/foo/x",
    ]  # fmt: skip
    assert paths.prefix_matches("/", "/anything")


def test_a_trailing_slash_of_a_prefix_says_nothing() -> None:
    assert [paths.prefix_of(p) for p in ("/", "/a/", "/a")] == ["/", "/a", "/a"]
