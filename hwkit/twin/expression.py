"""Currents of behavioural sources: evaluated with their derivatives for many boards.

An expression becomes a template (a tree whose numbers and node voltages are numbered places), its
numbers and its controlling voltages. Elements of one template are evaluated together:

    i = f(u_1 ... u_k; c_1 ... c_m)      u = v(a) - v(b), c the numbers as written

Derivatives are exact (forward mode). Understood: numbers, v(a), v(a, b), + - * /, parentheses, and
the functions below; powers are refused, since ngspice computes |v|^3 for them.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import NetlistError
from hwkit.netlist import reader

FloatArray = NDArray[np.float64]
Tree = tuple[Any, ...]  # ("number", k) | ("voltage", k) | (operator or function, *arguments)


def _junction(u: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return exp(u) - 1 as ngspice has it: below u = -3 a cubic tail takes its place."""
    forward = np.exp(np.minimum(np.maximum(u, -3.0), 700.0))
    tail = (3 / (math.e * np.minimum(u, -3.0))) ** 3
    low = u < -3
    return (
        np.where(low, -1 - tail, forward - 1),
        np.where(low, 3 * tail / np.minimum(u, -3.0), forward),
    )


def _tanh(u: FloatArray) -> tuple[FloatArray, FloatArray]:
    value = np.tanh(u)
    return value, 1 - value**2


# Each returns value and derivative.
FUNCTIONS: dict[str, Callable[[FloatArray], tuple[FloatArray, FloatArray]]] = {
    "tanh": _tanh,
    "sinh": lambda u: (np.sinh(u), np.cosh(u)),
    "cosh": lambda u: (np.cosh(u), np.sinh(u)),
    "exp": lambda u: (np.exp(u), np.exp(u)),
    "abs": lambda u: (np.abs(u), np.sign(u)),
    "uramp": lambda u: (np.maximum(u, 0.0), np.where(u > 0, 1.0, 0.0)),
    "junction": _junction,
}


def template(tree: reader.Tree) -> tuple[Tree, list[float], list[tuple[str, str]]]:
    """Return template, numbers and controlling voltages (node, reference) of an expression.

    Raises:
        NetlistError: if it holds anything that is not understood.
    """
    numbers: list[float] = []
    voltages: dict[tuple[str, str], int] = {}

    def place(tree: reader.Tree) -> Tree:
        match tree:
            case ("number", value):
                numbers.append(value)
                return ("number", len(numbers) - 1)
            case ("voltage", plus, minus):
                return ("voltage", voltages.setdefault((plus, minus), len(voltages)))
        if tree[0] in _KNOWN:
            return (tree[0], *map(place, tree[1:]))
        known = ", ".join(["min", "max", *FUNCTIONS])
        what = {"^": "a power", "time": "the time"}.get(tree[0], repr(tree[0]))
        raise NetlistError(
            f"the twin does not understand {what} in an expression; numbers, v(a), v(a,b), "
            f"+ - * / and the functions {known} are"
        )

    return place(tree), numbers, list(voltages)


_KNOWN = frozenset(["+", "-", "*", "/", "negative", "min", "max", *FUNCTIONS]) - {"junction"}

Dual = tuple[Any, dict[int, Any]]  # value, and derivative by place of the voltage


def evaluate(
    tree: Tree,
    numbers: Sequence[FloatArray],
    voltages: Sequence[FloatArray],
    by_number: bool = False,
) -> tuple[FloatArray, dict[int, FloatArray]]:
    """Return value and non-zero derivatives, to each voltage, or to each number if `by_number`.

    Numbers and voltages have any shape and broadcast against each other.
    """
    value, slopes = _dual(tree, numbers, voltages, "number" if by_number else "voltage")
    return value, slopes


def _dual(tree: Tree, c: Sequence[FloatArray], u: Sequence[FloatArray], by: str) -> Dual:
    kind, *arguments = tree
    if kind in ("number", "voltage"):
        value = (c if kind == "number" else u)[arguments[0]]
        return value, {arguments[0]: 1.0} if kind == by else {}
    a, da = _dual(arguments[0], c, u, by)
    if kind == "negative":
        return -a, {k: -d for k, d in da.items()}
    if kind in FUNCTIONS:
        value, slope = FUNCTIONS[kind](np.asarray(a))
        return value, {k: slope * d for k, d in da.items()}
    b, db = _dual(arguments[1], c, u, by)
    return _combined(kind, a, da, b, db)


def _combined(kind: str, a: Any, da: dict[int, Any], b: Any, db: dict[int, Any]) -> Dual:
    """Return the dual of two operands: what multiplies da, what multiplies db."""
    if kind in ("+", "-"):
        sign = 1.0 if kind == "+" else -1.0
        by_a: Any = 1.0
        by_b: Any = sign
        value = a + sign * b
    elif kind == "*":
        value, by_a, by_b = a * b, b, a
    elif kind == "/":
        value, by_a, by_b = a / b, 1 / b, -a / b**2
    else:
        first = (a <= b) if kind == "min" else (a >= b)
        value, by_a, by_b = np.where(first, a, b), np.where(first, 1.0, 0.0), np.where(first, 0, 1)
    slopes = {k: by_a * d for k, d in da.items()}
    for k, d in db.items():
        slopes[k] = slopes[k] + by_b * d if k in slopes else by_b * d
    return value, slopes


def cubic_coefficient(tree: Tree) -> int | None:
    """Return the place of c if the template is c * u * u * u, else None."""
    factors = _factors(tree)
    numbers = [f for f in factors if f[0] == "number"]
    voltages = [f for f in factors if f == ("voltage", 0)]
    if len(numbers) == 1 and len(voltages) == 3 and len(factors) == 4:
        return int(numbers[0][1])
    return None


def _factors(tree: Tree) -> list[Tree]:
    if tree[0] == "*":
        return _factors(tree[1]) + _factors(tree[2])
    return [tree]
