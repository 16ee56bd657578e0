"""Quantities, exactly."""

from fractions import Fraction

import pytest

from router.base.parse import Bad
from router.facts.quantity import amount, amounts


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("100m", Fraction(1, 10)), ("1", 1), (2, 2), (0.5, Fraction(1, 2)), ("1.5", Fraction(3, 2)), (".5", Fraction(1, 2)), ("5.", 5),
        ("1Ki", 1024), ("1Gi", 2**30), ("1k", 1000), ("1e3", 1000), ("1E3", 1000), ("1E", 10**18), ("1e-3", Fraction(1, 1000)),
        ("-1", -1), ("+1", 1), ("3n", Fraction(3, 10**9)),
    ],
)  # fmt: skip
def test_a_quantity_is_an_exact_number(written: str | int | float, number: Fraction) -> None:
    assert amount(written) == number


@pytest.mark.parametrize("written", ["", "m", "1 Gi", "1gi", "1KiB", "0x1", "1e", "١", "1_0", "--1"])
def test_what_is_no_quantity_is_refused(written: str) -> None:
    assert isinstance(amount(written), Bad)
    assert amounts({"cpu": written, "memory": "1"}) == {"memory": 1}
