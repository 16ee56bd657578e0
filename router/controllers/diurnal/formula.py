"""f(t) as a text: numbers, t, pi, e, + - * / ** and a few functions. Nothing else is evaluated, whatever it looks like."""

import ast
import functools
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from router.base.parse import Bad
from router.controllers.diurnal.iso import DAY
from router.controllers.diurnal.types import Formula

LONGEST = 300
"""Characters."""
MOST = 1_000_000
"""Replicas; more is a slip of the pen."""
FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "sin": math.sin, "cos": math.cos, "tan": math.tan, "exp": math.exp, "log": math.log, "sqrt": math.sqrt, "abs": abs,
    "floor": math.floor, "ceil": math.ceil, "round": round, "min": min, "max": max, "pow": math.pow,
}  # fmt: skip
_NAMES = {"pi": math.pi, "e": math.e}
_UNARY: Mapping[type[ast.unaryop], Callable[[Any], Any]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Pow: math.pow,
    ast.Mod: operator.mod,
}  # fmt: skip


class _NotAllowedError(Exception):
    """A part of the text that is no arithmetic."""


@functools.lru_cache(maxsize=256)
def formula(text: str, every: int) -> Formula | Bad:
    """Every value is computed now, so a formula that fails at some time of the day is refused when it is read."""
    if len(text) > LONGEST:
        return Bad(why=f"is longer than {LONGEST} characters")
    if every < 1 or DAY % every:
        return Bad(why=f"is sampled every {every} s, which does not divide a day")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        return Formula(text=text, every=every, values=tuple(_sample(tree, n * every) for n in range(DAY // every)))
    except _NotAllowedError as wrong:
        return Bad(why=str(wrong))
    except (SyntaxError, RecursionError, MemoryError):
        return Bad(why=f"{text!r} is not arithmetic")
    except (ArithmeticError, ValueError, TypeError) as wrong:
        return Bad(why=f"{text!r} has no value at every time of the day: {wrong}")


def _sample(tree: ast.expr, second: int) -> int:
    value = float(_value(tree, second * 2 * math.pi / DAY))
    if not math.isfinite(value) or value > MOST:
        raise ValueError(f"it is {value} at {second // 3600:02}:{second % 3600 // 60:02}")
    return max(0, nearest(value))


def nearest(value: float) -> int:
    """Rounded half up, which keeps rising rising (round() goes to the even neighbour). 1e-9 hides the noise of floats."""
    return math.floor(value + 0.5 + 1e-9)


def _value(node: ast.expr, t: float) -> float:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.Name(id="t"):
            return t
        case ast.Name(id=name) if name in _NAMES:
            return _NAMES[name]
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            return float(_UNARY[type(op)](_value(operand, t)))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return float(_BINARY[type(op)](_value(left, t), _value(right, t)))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            return float(FUNCTIONS[name](*(_value(arg, t) for arg in args)))
    raise _NotAllowedError(f"{ast.unparse(node)!r} is not allowed in f(t); write numbers, t, pi and {', '.join(FUNCTIONS)}")
