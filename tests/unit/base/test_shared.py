"""One object for equal values."""

from router.base.shared import shared
from router.table.routes import Match, PathMatch, Policy


def test_equal_values_of_one_type_are_one_object() -> None:
    first = shared(Match(path=PathMatch(value="/a")))
    assert shared(Match(path=PathMatch(value="/a"))) is first
    assert shared(Match(path=PathMatch(value="/b"))) is not first
    assert shared(Policy(body_size=3)) is shared(Policy(body_size=3))


def test_values_that_are_equal_across_types_stay_what_they_are() -> None:
    assert [type(shared(value)) for value in (1, True, 1.0)] == [int, bool, float]
