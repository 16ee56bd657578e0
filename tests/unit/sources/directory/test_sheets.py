"""Mappings put together."""

from hypothesis import given
from hypothesis import strategies as st

from router.base.rows import changed
from router.sources.directory.sheets import Merged

PARTS = [dict.fromkeys(keys, value) for keys in ("", "a", "b", "ab", "bc", "c", "cd", "d", "abcd") for value in (1, 2)]
histories = st.lists(st.lists(st.integers(0, len(PARTS) - 1), max_size=5, unique=True), max_size=6)


@given(histories)
def test_of_each_key_the_first_value_stands_whatever_came_before(history: list[list[int]]) -> None:
    """What is equal to the mapping of before is that mapping, and what it says of its changes is true."""
    merged, before = Merged[str, int](), dict[str, int]()
    for numbers in history:
        parts, wanted = [PARTS[n] for n in numbers], dict[str, int]()
        for part in parts:
            wanted = part | wanted
        made = merged.of(parts)
        assert made == wanted
        assert (made is before) == (made == before) or not before
        differing = {key for key in before.keys() | made.keys() if before.get(key) != made.get(key)}
        assert differing <= set(changed(before, made)) <= before.keys() | made.keys()
        before = made
