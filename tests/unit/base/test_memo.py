"""Results are found by identity, and forgotten when nobody asks."""

from router.base.memo import Memo


def test_the_same_arguments_are_made_once() -> None:
    memo, one = Memo[list[str]](), "one"
    assert memo.of(lambda a: [a], one) is memo.of(lambda a: [a], one)
    assert memo.made == 1


def test_equal_is_not_the_same() -> None:
    memo = Memo[int]()
    assert memo.of(len, ("a", "b")) == 2
    assert memo.of(len, tuple("ab")) == 2
    assert memo.made == 2


def test_what_a_pass_does_not_ask_about_is_forgotten() -> None:
    memo, kept, left = Memo[int](), [1], [2]
    memo.of(len, kept)
    memo.of(len, left)
    memo.turn()
    memo.of(len, kept)
    memo.turn()
    memo.of(len, kept)
    assert memo.made == 2
    memo.of(len, left)
    assert memo.made == 3


def test_an_argument_that_is_remembered_keeps_its_identity() -> None:
    memo = Memo[int]()
    for _ in range(100):
        memo.of(len, [object()])  # each list lives on in the memo, so that none has the id of another
    assert memo.made == 100
