"""HAProxy's encoder, read back by the parser that knows nothing of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.planes.haproxy import text
from router.planes.haproxy.read_back import words
from router.planes.text import UnsafeText

harmless = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")))


@given(harmless)
def test_a_quoted_text_is_one_word(value: str) -> None:
    assert words(f"http-request set-header X {text.quoted(value)} if y") == ("http-request", "set-header", "X", value, "if", "y")


@given(harmless)
def test_a_header_value_holds_no_variable(value: str) -> None:
    (word,) = words(text.header(value))
    assert "%" not in word.replace("%%", "")


@pytest.mark.parametrize("value", ["", "#a", "a b", " a", "é", "a\nb", "'a", "$a"])
def test_a_key_of_a_map_is_one_plain_word(value: str) -> None:
    with pytest.raises(UnsafeText):
        text.key(value)
    assert text.key("shop.example.com/a|b[c]'$%7B;") == "shop.example.com/a|b[c]'$%7B;"


@pytest.mark.parametrize("fields", [("a", ""), ("a|b",), ("a b",), ("a\n",)])
def test_the_fields_of_a_value_can_be_split_again(fields: tuple[str, ...]) -> None:
    with pytest.raises(UnsafeText):
        text.value(*fields)
    assert text.value("b1", "ingress", "x").split("|") == ["b1", "ingress", "x"]


@pytest.mark.parametrize("value", ["a b", "a;b", "$x", "%[x]", '"', "'", "#", "", "a\\"])
def test_a_word_is_harmless(value: str) -> None:
    with pytest.raises(UnsafeText):
        text.word(value)
