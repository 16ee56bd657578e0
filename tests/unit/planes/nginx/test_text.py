"""nginx's encoder, read back by the parser that knows nothing of it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.planes.nginx import text
from router.planes.nginx.read_back import parse
from router.planes.text import UnsafeText

harmless = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")))


@given(harmless)
def test_a_quoted_text_is_one_word_and_holds_no_variable(value: str) -> None:
    (directive,) = parse(f"set {text.quoted(value)};")
    assert directive.words[1].replace("${tg_dollar}", "$") == value
    assert directive.body is None
    assert not re.search(r"\$(?!\{tg_dollar\})", directive.words[1])


@given(harmless)
def test_a_key_is_one_word_as_it_is(value: str) -> None:
    (directive,) = parse(f"{text.key('host ' + value)} x;")
    assert directive.words == ("host " + value, "x")


@given(harmless, harmless)
def test_an_exact_key_matches_its_own_text_only(value: str, other: str) -> None:
    (directive,) = parse(f"{text.exactly(value)} x;")
    pattern = directive.words[0].removeprefix("~")
    assert re.search(pattern.removesuffix("$") + r"\Z", value)
    assert bool(re.search(pattern.removesuffix("$") + r"\Z", other)) == (value == other)


@pytest.mark.parametrize("value", ["default", "hostnames", "include", "volatile"])
def test_a_host_may_be_called_like_a_special_word(value: str) -> None:
    (directive,) = parse(f"{text.key(value)} x;")
    assert directive.words[0] == "\\" + value


@pytest.mark.parametrize("value", ["~^regex", "default!", "", "a;b", "{", "\\x"])
def test_a_key_is_never_a_regular_expression_or_a_special_word(value: str) -> None:
    with pytest.raises(UnsafeText):
        text.key(value)


@pytest.mark.parametrize("encode", [text.quoted, text.key, text.word])
@pytest.mark.parametrize("bad", ["a\nb", "a\x00", "\u2028"])
def test_control_characters_are_refused(encode: object, bad: str) -> None:
    with pytest.raises(UnsafeText):
        encode(f"host {bad}")  # type: ignore[operator]


@pytest.mark.parametrize("value", ["a b", "a;b", "$x", "{", '"', "#", ""])
def test_a_word_is_harmless(value: str) -> None:
    with pytest.raises(UnsafeText):
        text.word(value)


@given(st.integers(1, 10**12), st.integers(0, 10**13), st.integers(0, 3))
def test_numbers_are_compared_by_a_pattern(limit: int, number: int, zeros: int) -> None:
    pattern = text.more_than(limit)[2:-1]
    assert bool(re.search(pattern, "0" * zeros + str(number))) == (number > limit)
    assert re.search(pattern, str(limit + 1))
    assert not re.search(pattern, str(limit))
