"""Entries of maps in one text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.planes.entries import Entry, packed
from router.planes.text import Token, UnsafeText

keys = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), min_size=1).map(Token)
values = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"])).map(Token)


@given(st.lists(st.builds(Entry, key=keys, value=values)))
def test_what_was_packed_comes_out_again(entries: list[Entry]) -> None:
    assert [*packed(entries)] == entries
    assert all(isinstance(word, Token) for entry in packed(entries) for word in (entry.key, entry.value))


@pytest.mark.parametrize("entry", [Entry(key=Token("a\n"), value=Token("b")), Entry(key=Token("a"), value=Token("\n"))])
def test_the_end_of_a_line_is_no_part_of_an_entry(entry: Entry) -> None:
    with pytest.raises(UnsafeText):
        packed([entry])
