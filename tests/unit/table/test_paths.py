"""Paths as they stand on the wire, and as they are matched."""

from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.base.parse import Bad
from router.table import paths


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        ("/", "/"), ("/a%2Fb", "/a/b"), ("/café noir", "/caf%C3%A9%20noir"), ('/x;}evil{$h"', "/x;%7Devil%7B$h%22"),
        ("/a//b", "/a/b"), ("//", "/"), ("/a%2f%2F/b/", "/a/b/"), ("/a[0]|b", "/a%5B0%5D%7Cb"), ("/a/...", "/a/..."),
        ("/.well-known/x", "/.well-known/x"), ("/%61%2Dd", "/a-d"), ("/a%252Fb", "/a%252Fb"),
        ("/caf%c3%a9", "/caf%C3%A9"), ("/@a:b,c=d+e", "/@a:b,c=d+e"), ("/%40%2b", "/@+"), ("/~x", "/~x"),
    ],
)  # fmt: skip
def test_a_path_gets_its_normal_form(text: str, wire: str) -> None:
    assert paths.parse_path(text) == wire


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "/a?b",
        "/a#b",
        "/%zz",
        "/%4",
        "/a%",
        "/%00",
        "/%0a",
        "/../a",
        "/a/..",
        "/a/./b",
        "/%2e%2E/a",
        "/.%2e",
        "/\ud800",
        "/a%2F..%2Fb",
        "/a\\..",
        "/a%5c.%5Cb",
        "/a\\b",
        "/a%5Cb",
        "/..;x/b",
        "/.%3bx",
        "/%FF",
        "/%C2%85",
        "/a\u2028",
        "/%e2%80%a9",
    ],
)
def test_a_path_that_no_request_brings_is_refused(text: str) -> None:
    assert isinstance(paths.parse_path(text), Bad)


@given(st.text())
def test_no_text_raises_and_the_normal_form_is_ascii_and_stable(text: str) -> None:
    path = paths.parse_path("/" + text)
    if isinstance(path, str):
        assert path.isascii() and path.isprintable() and " " not in path
        assert not paths.target_problem(path)
        assert paths.parse_path(path) == paths.normal(path) == path
        assert "/" + paths.readable(path).lstrip("/") == paths.readable(path)


@given(st.text("aA/.%25Ff~;\\?# é\n"), st.booleans())
def test_what_a_server_reads_decides_and_nothing_else(text: str, escape: bool) -> None:
    """Two requests with the same normal form are the same path to whoever undoes escapes and merges slashes once."""
    target = "/" + text
    if paths.target_problem(target) or "?" in target:
        return
    path = paths.normal(target)
    read = unquote_to_bytes(target)
    while b"//" in read:
        read = read.replace(b"//", b"/")
    assert unquote_to_bytes(path) == read
    assert paths.normal(path) == path
    assert not any(element in (b".", b"..") for element in read.split(b"/"))
    if escape:
        every = "/" + "".join(f"%{byte:02x}" for byte in unquote_to_bytes(target)[1:])
        assert paths.target_problem(every) or paths.normal(every) == path


def test_a_prefix_matches_by_element() -> None:
    assert [p for p in ("/foo", "/foo/", "/foo/x", "/foobar", "/fo") if paths.prefix_matches("/foo", p)] == [
        "/foo", "/foo/", "/foo/x",
    ]  # fmt: skip
    assert paths.prefix_matches("/", "/anything")


def test_a_trailing_slash_of_a_prefix_says_nothing() -> None:
    assert [paths.prefix_of(p) for p in ("/", "/a/", "/a")] == ["/", "/a", "/a"]
