"""Texts that are kept as one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.base.lines import packed

TEXTS = st.lists(st.text(min_size=1).filter(lambda text: "\n" not in text))


@given(TEXTS)
def test_what_was_packed_comes_out_in_its_order(texts: list[str]) -> None:
    made = packed(texts)
    assert ([*made], len(made), bool(made)) == (texts, len(texts), bool(texts))


@given(TEXTS, TEXTS)
def test_equal_texts_are_equal(one: list[str], other: list[str]) -> None:
    assert (packed(one) == packed(other)) is (one == other)


@pytest.mark.parametrize("text", ["", "a\nb", "\n"])
def test_what_could_not_be_told_from_others_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="end of a line"):
        packed(["a", text])
