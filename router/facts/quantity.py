"""resource.Quantity as an exact number: ``100m`` is 1/10, ``1Gi`` is 1073741824."""

import re
from collections.abc import Mapping
from fractions import Fraction

from router.base.parse import Bad
from router.facts.pods import Quantity

_FORM = re.compile(r"([-+]?)([0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})([numkMGTPE]|[KMGTPE]i|[eE][-+]?[0-9]{1,3})?", re.ASCII)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}


def amount(value: Quantity) -> Fraction | Bad:
    """Fraction, because 0.1 cores ten times over are one core."""
    text = str(value)
    found = _FORM.fullmatch(text)
    if not found:
        return Bad(why=f"{text!r} is not a quantity such as 100m, 2 or 1Gi")
    sign, digits, suffix = found[1], found[2], found[3] or ""
    number = Fraction(digits.removesuffix(".") or "0") * _scale(suffix)
    return -number if sign == "-" else number


def _scale(suffix: str) -> Fraction:
    if suffix in _BINARY:
        return Fraction(1024 ** _BINARY[suffix])
    if suffix in _DECIMAL:
        return Fraction(10) ** _DECIMAL[suffix]
    return Fraction(10) ** int(suffix[1:]) if suffix else Fraction(1)


def amounts(quantities: Mapping[str, Quantity]) -> dict[str, Fraction]:
    """Those that can be read; the API server accepts no others."""
    return {name: number for name, value in quantities.items() if not isinstance(number := amount(value), Bad)}
