"""Expressions as polynomials in node voltages, of degree 3 at most."""

from collections.abc import Mapping

from hwkit.errors import NetlistError
from hwkit.netlist.reader import GROUND, Tree

_LARGEST_DEGREE = 3
_MOST_TERMS = 10_000  # products of sums grow with the cube of what is written

# Sorted names of nodes -> coefficient.
Polynomial = dict[tuple[str, ...], float]


def polynomial(tree: Tree) -> Polynomial:
    """Return an expression as a polynomial; v(a,b) is v(a) - v(b).

    Raises:
        NetlistError: if it is anything else. Powers are refused: ngspice computes `v^3` as |v|^3.
    """
    match tree:
        case ("number", value):
            return {(): float(value)}
        case ("voltage", plus, minus):
            return _sum(_node(plus), _node(minus), -1.0)
        case ("negative", operand):
            return _sum({}, polynomial(operand), -1.0)
        case ("+" | "-" as sign, left, right):
            return _sum(polynomial(left), polynomial(right), 1.0 if sign == "+" else -1.0)
        case ("*", left, right):
            return _product(polynomial(left), polynomial(right))
        case ("/", left, right):
            divisor = polynomial(right)
            if set(divisor) == {()} and divisor[()] != 0:
                return {key: value / divisor[()] for key, value in polynomial(left).items()}
    raise NetlistError(
        f"{_what(tree)} is not a polynomial in node voltages; only numbers, v(node), + - * and "
        "parentheses are understood, and division by a number (write a cube as a product)"
    )


def _what(tree: Tree) -> str:
    kind = str(tree[0])
    return {"^": "a power", "/": "a division by a voltage", "time": "the time"}.get(
        kind, f"{kind!r}"
    )


def _node(name: str) -> Polynomial:
    return {} if name == GROUND else {(name,): 1.0}


def _sum(a: Polynomial, b: Polynomial, sign: float) -> Polynomial:
    result = dict(a)
    for key, value in b.items():
        result[key] = result.get(key, 0.0) + sign * value
    return result


def _product(a: Mapping[tuple[str, ...], float], b: Mapping[tuple[str, ...], float]) -> Polynomial:
    if len(a) * len(b) > _MOST_TERMS:
        raise NetlistError(
            f"the expression has a product of {len(a)} terms by {len(b)}; hwkit multiplies out "
            f"up to {_MOST_TERMS}, so write it as several sources"
        )
    result: Polynomial = {}
    for key_a, value_a in a.items():
        for key_b, value_b in b.items():
            key = tuple(sorted(key_a + key_b))
            if len(key) > _LARGEST_DEGREE:
                raise NetlistError(
                    f"the term {'*'.join(key)} has a degree above {_LARGEST_DEGREE}: "
                    "the force of a quartic unit is a cubic polynomial"
                )
            result[key] = result.get(key, 0.0) + value_a * value_b
    return result
