"""Arithmetic, and nothing but arithmetic."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.base.parse import Bad
from router.controllers.diurnal.formula import formula, nearest
from router.controllers.diurnal.types import Formula
from tests.support.properties import examples


def values(text: str, every: int = 21600) -> tuple[int, ...]:
    found = formula(text, every)
    assert isinstance(found, Formula), found
    return found.values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", (3, 3, 3, 3)), ("10 + 5*sin(t)", (10, 15, 10, 5)), ("12 - 6*cos(t)", (6, 12, 18, 12)), ("-t", (0, 0, 0, 0)),
        ("2**3 % 5", (3, 3, 3, 3)), ("max(2, 8*sin(t))", (2, 8, 2, 2)), ("t/(pi/2)", (0, 1, 2, 3)), ("+abs(-4)", (4, 4, 4, 4)),
        ("floor(2.9) + ceil(0.1) + round(0.4)", (3, 3, 3, 3)), ("e**0", (1, 1, 1, 1)), (" sqrt(16) ", (4, 4, 4, 4)),
    ],
)  # fmt: skip
def test_a_formula_has_the_values_of_its_samples(text: str, expected: tuple[int, ...]) -> None:
    assert values(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "__import__('os').system('id')", "t.real", "(lambda: 1)()", "[1][0]", "'a'", "True", "x", "sin", "sin(t, x=1)", "open('x')",
        "1/0", "1/t", "log(t)", "9**9**9**9", "10**400", "1e309", "sqrt(-1)", "sin()", "1; 2", "t = 3", "1 if t else 2", "t @ t", "~3",
        "2000000", "(" * 200 + "1" + ")" * 200, "1+" * 200 + "1", "f'{t}'", "(-1)**0.5", "t\x00",
    ],
)  # fmt: skip
def test_what_is_no_arithmetic_or_has_no_value_at_some_time_is_refused(text: str) -> None:
    assert isinstance(formula(text, 900), Bad)


def test_samples_must_divide_the_day() -> None:
    assert isinstance(formula("1", 7), Bad)
    assert len(values("1", 1)) == 86400


@examples(200)
@given(st.text(alphabet="0123456789t+-*/().,^%sincoxpae _", max_size=40))
def test_no_text_raises(text: str) -> None:
    found = formula(text, 21600)
    assert isinstance(found, Bad) or all(0 <= n <= 1_000_000 for n in found.values)


@examples(100)
@given(st.floats(0, 1000), st.floats(0, 1000))
def test_rounding_keeps_rising_rising(a: float, b: float) -> None:
    assert (nearest(min(a, b)) <= nearest(max(a, b))) and abs(nearest(a) - a) <= 0.5 + 1e-6
    assert nearest(2.5) == 3 and nearest(3.5) == 4 and nearest(math.pi) == 3
