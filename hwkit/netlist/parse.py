"""Read SPICE text into elements: cards, numbers with suffixes, source expressions.

Written from the SPICE conventions alone (the first line is a title, `+` continues a line, `*` and
`;` start comments, case does not matter), not from what hwkit itself writes.
"""

import ast
import math
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from hwkit.errors import NetlistError

_NUMBER = re.compile(
    r"([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(meg|mil|[tgkmunpfa])?[a-z]*$"
)
_SUFFIXES = {
    "t": 1e12, "g": 1e9, "meg": 1e6, "k": 1e3, "m": 1e-3, "mil": 25.4e-6,
    "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15, "a": 1e-18,
}  # fmt: skip
_NODE_VOLTAGE = re.compile(r"v\(\s*([^\s(),]+)\s*\)")
_LITERAL = re.compile(r"(?<![\w.])(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?[a-z]*(?![\w.])")

_SHOWN = 60  # characters of an expression in an error
_LARGEST_DEGREE = 3
_MOST_TERMS = 10_000  # of a polynomial: products of sums grow with the cube of what is written

# A polynomial in node voltages: sorted tuple of node names -> coefficient.
Polynomial = dict[tuple[str, ...], float]


@dataclass(frozen=True)
class Card:
    """One logical line: its first word in lower case, the rest of the line, and where it began."""

    name: str
    rest: str
    line: int

    @property
    def words(self) -> list[str]:
        """The words after the name."""
        return self.rest.split()

    def error(self, problem: str) -> NetlistError:
        """Return an error that names this line."""
        return NetlistError(f"line {self.line} ({self.name}): {problem}")


def cards(text: str) -> Iterator[Card]:
    """Yield the cards of a netlist up to `.end`, in lower case, comments and title left out."""
    name, rest, start = "", "", 0
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.partition(";")[0].strip().lower()
        if number == 1 or not line or line[0] == "*":
            continue
        if line[0] == "+":
            if not name:
                raise NetlistError(f"line {number}: a continuation (+) with nothing to continue")
            rest += " " + line[1:]
            continue
        if name:
            yield Card(name, rest, start)
        name, *tail = line.split(maxsplit=1)
        rest = tail[0] if tail else ""
        start = number
        if name == ".end":
            return
    if name:
        yield Card(name, rest, start)


def number(text: str) -> float:
    """Read a SPICE number: `1e-12`, `10k`, `2meg`, `5pF`.

    Raises:
        NetlistError: if the text is no finite number.
    """
    match = _NUMBER.match(text.lower())
    value = float(match[1]) * _SUFFIXES.get(match[2] or "", 1.0) if match else math.nan
    if not math.isfinite(value):
        raise NetlistError(f"{text!r} is not a number")
    return value


def polynomial(expression: str) -> Polynomial:
    """Read the expression of a behavioural source as a polynomial in node voltages.

    Understands numbers, v(node), + - * and parentheses. Powers are refused: ngspice computes
    `v^3` as |v|^3, which is no polynomial. So are terms of a degree above 3.

    Raises:
        NetlistError: if it is anything else.
    """
    names: list[str] = []

    def symbol(match: re.Match[str]) -> str:
        names.append(match[1])
        return f"_{len(names) - 1}_"

    others = _LITERAL.sub("", _NODE_VOLTAGE.sub("", expression.lower()))
    if re.search(r"(?<!\w)[\d_]", others):  # 0x10, 1_0 and _0_ would mean something to Python
        raise NetlistError(f"the expression {_short(expression)} can't be read")
    text = _NODE_VOLTAGE.sub(symbol, expression.lower())
    text = _LITERAL.sub(lambda m: repr(number(m[0])), text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's advice on syntax that is refused here
            tree = ast.parse(text.strip(), mode="eval")
        return _evaluate(tree.body, names, expression)
    except NetlistError:
        raise
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NetlistError(f"the expression {_short(expression)} can't be read") from None


def _evaluate(node: ast.expr, names: list[str], expression: str) -> Polynomial:
    match node:
        case ast.Constant(value=int() | float() as value):
            return {(): float(value)}
        case ast.Name(id=name) if re.fullmatch(r"_\d+_", name) and int(name[1:-1]) < len(names):
            return {(names[int(name[1:-1])],): 1.0}
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
            factor = -1.0 if isinstance(sign, ast.USub) else 1.0
            return {k: factor * c for k, c in _evaluate(operand, names, expression).items()}
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() as op, right=right):
            a, b = (_evaluate(side, names, expression) for side in (left, right))
            return _combine(a, b, op)
    raise NetlistError(
        f"the expression {_short(expression)} is not a polynomial in node voltages; only numbers, "
        "v(node), + - * and parentheses are understood"
    )


def _short(expression: str) -> str:
    return repr(expression if len(expression) <= _SHOWN else expression[:_SHOWN] + "...")


def _combine(a: Polynomial, b: Polynomial, op: ast.operator) -> Polynomial:
    result: Polynomial = {}
    if isinstance(op, ast.Mult):
        if len(a) * len(b) > _MOST_TERMS:
            raise NetlistError(
                f"the expression has a product of {len(a)} terms by {len(b)}; hwkit multiplies out "
                f"up to {_MOST_TERMS}, so write it as several sources"
            )
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
    sign = -1.0 if isinstance(op, ast.Sub) else 1.0
    for key in a | b:
        result[key] = a.get(key, 0.0) + sign * b.get(key, 0.0)
    return result
