"""Digests as names."""

from hypothesis import given
from hypothesis import strategies as st

from router.base.digest import digest

parts = st.lists(st.text(alphabet=st.characters()), max_size=4)


@given(parts, parts)
def test_different_tuples_have_different_digests(one: list[str], two: list[str]) -> None:
    assert (digest(*one) == digest(*two)) == (one == two)


def test_a_digest_is_a_safe_name() -> None:
    assert digest("a", length=12).isalnum()
    assert len(digest("a", length=12)) == 12
    assert digest("a", "bc") != digest("ab", "c")
