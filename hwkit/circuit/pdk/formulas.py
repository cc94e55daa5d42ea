"""Evaluate the formulas of numbers that model files hold. Nothing else in them is ever run."""

import ast
import operator
from collections.abc import Callable, Mapping

from hwkit.errors import DesignError

Functions = Mapping[str, Callable[..., float]]
_NO_FUNCTIONS: Functions = {}

_OPERATORS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}


def value_of(
    text: str | float, known: Mapping[str, float], functions: Functions = _NO_FUNCTIONS
) -> float:
    """Return the value of a number or of a formula with + - * / == and functions that are given.

    Args:
        text: the formula; quotes or braces around it don't count.
        known: its names.
        functions: what it may call.

    Raises:
        DesignError: if it is anything else.
    """
    if isinstance(text, float):
        return text
    # `1e-009` is a number, `030` would be none to Python.
    plain = text.strip().strip("'{}")
    try:
        return float(plain)
    except ValueError:
        pass
    try:
        return _evaluated(ast.parse(plain, mode="eval").body, known, functions)
    except (SyntaxError, KeyError, TypeError) as error:
        raise DesignError(f"the model file's {text!r} is not a formula of numbers") from error


def _evaluated(node: ast.AST, known: Mapping[str, float], functions: Functions) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.Name):
        return known[node.id]
    if isinstance(node, ast.UnaryOp):
        return _OPERATORS[type(node.op)](_evaluated(node.operand, known, functions))
    if isinstance(node, ast.BinOp):
        left, right = (
            _evaluated(node.left, known, functions),
            _evaluated(node.right, known, functions),
        )
        return _OPERATORS[type(node.op)](left, right)
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq):
        return float(
            _evaluated(node.left, known, functions)
            == _evaluated(node.comparators[0], known, functions)
        )
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        values = [_evaluated(each, known, functions) for each in node.args]
        return functions[node.func.id](*values)
    raise TypeError(node)


def value_or_none(
    text: str, known: Mapping[str, float], functions: Functions = _NO_FUNCTIONS
) -> float | None:
    """Return the value of a formula; None if it is anything else or a name is unknown."""
    try:
        return value_of(text, known, functions)
    except DesignError:
        return None


def is_number(text: str) -> bool:
    """Say whether a text is a number or a formula of numbers alone."""
    return value_or_none(text, {}) is not None
