"""Templates print Tokens, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.planes.text import Token, UnsafeText, environment, only_tokens, refuse_unsafe


@pytest.mark.parametrize("value", ["text", None, 1.5, True, b"x", object()])
def test_what_no_encoder_made_is_not_printed(value: object) -> None:
    with pytest.raises(UnsafeText):
        only_tokens(value)
    with pytest.raises(UnsafeText):
        environment(lambda _: "{{ v }}").get_template("t").render(v=value)


def test_tokens_and_numbers_are_printed() -> None:
    assert environment(lambda _: "{{ a }} {{ b }}").get_template("t").render(a=Token("x"), b=7) == "x 7"


@pytest.mark.parametrize("bad", ["\x00", "\n", "\r", "\t", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\ud800"])
def test_what_no_configuration_can_carry_is_refused(bad: str) -> None:
    with pytest.raises(UnsafeText):
        refuse_unsafe(f"a{bad}b")


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"))))
def test_everything_else_passes_unchanged(text: str) -> None:
    assert refuse_unsafe(text) == text
