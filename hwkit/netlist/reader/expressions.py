"""Expressions: of parameters, plain arithmetic; of behavioural sources, also node voltages.

    sum      product (+|- product)*         product  power (*|/ power)*
    power    signed [^ signed]              signed   -signed | +signed | operand
    operand  number | name | name(sum, ...) | v(node[, node]) | i(source) | (sum) | {sum} | 'sum'

Where ngspice surprises, the expression is refused: a sign before a power, powers of powers, powers
of what is in braces (it pastes text), `log`. A power of a voltage is |v|^n in ngspice.
"""

import math
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from hwkit.errors import NetlistError
from hwkit.netlist.reader.lines import NAME_CHARACTERS, node_name, short
from hwkit.netlist.reader.numbers import LITERAL, number
from hwkit.netlist.reader.typed import Tree

_TOKEN = re.compile(rf"\s*(?:({LITERAL}\w*)|([a-z_]\w*)|(\*\*|[-+*/^(){{}}',]))", re.ASCII)
_PROBE = re.compile(
    rf"\s*\(\s*([{NAME_CHARACTERS}]+)\s*(?:,\s*([{NAME_CHARACTERS}]+)\s*)?\)", re.ASCII
)
_DEEPEST = 600  # levels of a tree: evaluations recurse
_LONGEST = 200_000  # characters of an expression
_CLOSING = {"(": ")", "{": "}", "'": "'"}
RESERVED = frozenset(["v", "i", "time", "temper", "hertz", "pi", "e", "log", "pow", "pwr"])

# Functions that mean the same in braces and in behavioural sources.
ARITHMETIC: Mapping[str, tuple[int, Callable[..., float]]] = {
    "sqrt": (1, math.sqrt), "exp": (1, math.exp), "ln": (1, math.log), "log10": (1, math.log10),
    "abs": (1, abs), "min": (2, min), "max": (2, max), "sin": (1, math.sin), "cos": (1, math.cos),
    "tan": (1, math.tan), "sinh": (1, math.sinh), "cosh": (1, math.cosh), "tanh": (1, math.tanh),
    "atan": (1, math.atan),
}  # fmt: skip
# Further ones of behavioural sources alone.
BEHAVIOURAL: Mapping[str, int] = {
    **{name: count for name, (count, _) in ARITHMETIC.items()},
    **dict.fromkeys(
        ["asin", "acos", "asinh", "acosh", "atanh", "sgn", "u", "uramp", "ceil", "floor"], 1
    ),
}


@lru_cache(maxsize=4096)
def parse(text: str) -> Tree:
    """Return an expression's tree; names and calls are not looked up yet.

    Leaves and calls: ("number", value), ("name", name), ("voltage", plus, minus),
    ("current", source), ("call", name, *arguments); else (operator, *operands) and ("braces", sum).

    Raises:
        NetlistError: if it can't be read.
    """
    if len(text) > _LONGEST:
        raise NetlistError(f"the expression {_quoted(text)} is longer than {_LONGEST} characters")
    parser = _Parser(text)
    tree = parser.sum(0)
    if parser.token is not None:
        raise parser.error()
    return tree


class _Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.inside = text, 0, 0
        self.token: str | None = None
        self.next()

    def error(self, why: str = "can't be read") -> NetlistError:
        return NetlistError(f"the expression {_quoted(self.text)} {why}")

    def next(self) -> None:
        match = _TOKEN.match(self.text, self.at)
        if match is not None:
            self.token, self.at = match[0].strip(), match.end()
        elif self.text[self.at :].strip():
            raise self.error()
        else:
            self.token = None

    def sum(self, depth: int) -> Tree:
        return self.chain(("+", "-"), self.product, depth)

    def product(self, depth: int) -> Tree:
        return self.chain(("*", "/"), self.power, depth)

    def chain(self, signs: tuple[str, ...], part: Callable[[int], Tree], depth: int) -> Tree:
        if depth > _DEEPEST:
            raise self.error("can't be read: it is nested too deeply; split it")
        tree, terms = part(depth + 1), 0
        while self.token in signs:
            sign, terms = str(self.token), terms + 1
            if depth + terms > _DEEPEST:
                raise self.error(f"can't be read: it has over {_DEEPEST} terms; split the source")
            self.next()
            tree = (sign, tree, part(depth + 1))
        return tree

    def power(self, depth: int) -> Tree:
        signed = self.token in ("-", "+")
        base = self.signed(depth)
        if self.token not in ("^", "**"):
            return base
        self.next()
        exponent_signed = self.token in ("-", "+")
        exponent = self.signed(depth)
        if signed or exponent_signed or self.token in ("^", "**"):
            raise self.error("has a power with a sign or a power beside it; put parentheses")
        if "braces" in (base[0], exponent[0]):
            raise self.error("has a power of what is in braces; put parentheses instead")
        return ("^", base, exponent)

    def signed(self, depth: int) -> Tree:
        negative = False
        while self.token in ("-", "+"):
            negative ^= self.token == "-"
            self.next()
        tree = self.operand(depth + 1)
        if negative and tree[0] == "number":
            return ("number", -tree[1])  # so that both signs are the same form
        return ("negative", tree) if negative else tree

    def operand(self, depth: int) -> Tree:
        token = self.token
        if token is None or depth > _DEEPEST:
            raise self.error()
        if token in _CLOSING:
            self.inside += token != "("
            self.next()
            tree = self.sum(depth + 1)
            self.inside -= token != "("
            if self.token != _CLOSING[token]:
                raise self.error()
            self.next()
            return tree if token == "(" else ("braces", tree)
        if token[0] in "0123456789.":
            value = number(token, in_braces=self.inside > 0)
            self.next()
            return ("number", value)
        if token[0].isalpha() or token[0] == "_":
            return self.named(token, depth)
        raise self.error()

    def named(self, name: str, depth: int) -> Tree:
        if name in ("v", "i"):
            probe = _PROBE.match(self.text, self.at)
            if probe is not None:
                self.at = probe.end()
                self.next()
                if name == "v":
                    return ("voltage", node_name(probe[1]), node_name(probe[2] or "0"))
                if probe[2] is None:
                    return ("current", probe[1])
                raise self.error()
        self.next()
        if self.token != "(":
            return ("name", name)
        self.next()
        arguments: list[Tree] = []
        while self.token != ")":
            if arguments:
                if self.token != ",":
                    raise self.error()
                self.next()
            arguments.append(self.sum(depth + 1))
        self.next()
        return ("call", name, *arguments)


def _quoted(text: str) -> str:
    return repr(short(text.strip()))


def arithmetic(operator: str, values: list[float]) -> float:
    """Return what an operator or function makes of numbers.

    Raises:
        NetlistError: if it has no value, or ngspice's differs from arithmetic's.
    """
    try:
        match operator, values:
            case "negative", [a]:
                result = -a
            case "+", [a, b]:
                result = a + b
            case "-", [a, b]:
                result = a - b
            case "*", [a, b]:
                result = a * b
            case "/", [a, b]:
                result = a / b
            case "^", [a, b]:
                if a < 0:
                    raise NetlistError("ngspice uses |x| as the base of a power; write a product")
                result = a**b
            case _:
                result = ARITHMETIC[operator][1](*values)
    except (ArithmeticError, ValueError) as error:
        raise NetlistError(
            f"{operator!r} has no value here ({error}); correct the numbers"
        ) from None
    if not math.isfinite(result):
        raise NetlistError(f"{operator!r} gives {result}; correct the numbers")
    return result
