"""Names and what they stand for: parameters of a netlist or of one use of a subcircuit, functions.

Parameters may be used before they are defined; each is evaluated once, where it was written. What
would take more than a bounded number of steps (functions that use functions) is refused.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from hwkit.errors import NetlistError
from hwkit.netlist.reader.expressions import ARITHMETIC, BEHAVIOURAL, RESERVED, arithmetic, parse
from hwkit.netlist.reader.lines import Card, short
from hwkit.netlist.reader.numbers import LITERAL, number
from hwkit.netlist.reader.typed import Tree

_ASSIGNMENT = re.compile(r"\{[^{}]*+\}|'[^']*+'|(?<![\w.])([a-z_]\w*+)\s*+=", re.ASCII)
_FUNCTION = re.compile(r"([a-z_]\w*+)\s*+\(([^()]*+)\)\s*+=?(.*+)", re.ASCII)
_NAME = re.compile(r"[a-z_]\w*+", re.ASCII)
_PLAIN = re.compile(rf"[+-]?{LITERAL}", re.ASCII)
_MOST_STEPS = 20_000  # of function bodies, for one value
_ALL_STEPS = 2_000_000  # for one netlist
_DEEPEST = 60  # parameters and functions within each other
_TALLEST = 600  # levels of an expression once its functions are written out


def assignments(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield name, value and place of each `name = value` of a text; a value may hold spaces."""
    found = [match for match in _ASSIGNMENT.finditer(text) if match[1]]
    ends = [*(match.start() for match in found), len(text)][1:]
    for match, end in zip(found, ends, strict=True):
        yield match[1], text[match.end() : end].strip(), match.start()


def check_alone(what: str, value: str) -> None:
    """Refuse what is behind a value's braces: ngspice drops it, or the braces (`.func`)."""
    if value[:1] not in ("{", "'"):
        return
    end = value.find("'", 1)
    if value[0] == "{":
        levels = accumulate((sign == "{") - (sign == "}") for sign in value)
        end = next((at for at, level in enumerate(levels) if level == 0), -1)
    behind = value[end + 1 :].strip() if end > 0 else ""
    if behind:
        raise NetlistError(
            f"{what} has {short(behind)!r} after its braces, which ngspice reads as another "
            "value; put all of it into the braces"
        )


@dataclass(frozen=True)
class Function:
    """A `.func`: its arguments, its body, not yet looked up, and how large that is."""

    arguments: tuple[str, ...]
    body: Tree
    size: int


@dataclass
class Common:
    """What all scopes of a netlist share: functions, and the steps that are left."""

    functions: dict[str, Function] = field(default_factory=dict)
    steps: int = 0
    all_steps: int = 0
    nested: list[tuple[str, int]] = field(default_factory=list)

    def define(self, card: Card) -> None:
        """Add the function of a `.func` line."""
        match = _FUNCTION.fullmatch(card.rest.strip())
        if match is None:
            raise NetlistError("a function needs a name, arguments and a body: f(x) {x+1}")
        name, arguments = match[1], tuple(a.strip() for a in match[2].split(",") if a.strip())
        taken = [word for word in (name, *arguments) if word in RESERVED or word in BEHAVIOURAL]
        if taken or name in self.functions:
            what = f"{taken[0]!r} is ngspice's own" if taken else f"{name!r} is defined twice"
            raise NetlistError(f"{what}; give the function or its argument another name")
        if not all(_NAME.fullmatch(a) for a in arguments) or len(set(arguments)) < len(arguments):
            raise NetlistError(f"the arguments of {name!r} must be different names")
        check_alone(f"the function {name!r}", match[3].strip())
        body = parse(match[3].strip())
        self.functions[name] = Function(arguments, body, 1 + len(match[3]) // 2)

    def enter(self, name: str, where: object = None, size: int = 1) -> None:
        """Go into a function's body or the value of a parameter of a scope; `leave` goes out."""
        if not self.nested:
            self.steps = 0
        self.steps += size
        self.all_steps += size
        if self.steps > _MOST_STEPS or self.all_steps > _ALL_STEPS:
            raise NetlistError(
                "the value takes too many steps: functions within functions are written out up to "
                f"{_MOST_STEPS} steps a value, {_ALL_STEPS} a netlist; write it in as a number"
            )
        if (name, id(where)) in self.nested:
            raise NetlistError(f"{name!r} refers to itself; write its value in")
        if len(self.nested) >= _DEEPEST:
            raise NetlistError(f"{name!r} is nested over {_DEEPEST} deep; write the value in")
        self.nested.append((name, id(where)))

    def leave(self) -> None:
        """Go out of a body or value."""
        self.nested.pop()


class Scope:
    """The parameters that can be named somewhere: of the netlist, or of one use of a subcircuit."""

    def __init__(self, common: Common, parent: "Scope | None" = None) -> None:
        self.common, self.parent = common, parent
        self.above: Scope | None = None  # the scope of the use, if that is in a subcircuit
        self.written: dict[str, tuple[str, Scope]] = {}
        self.known: dict[str, float] = {}

    def add(self, name: str, value: str, where: "Scope | None" = None) -> None:
        """Define a parameter by an expression that is evaluated in `where`, here if None."""
        if name in RESERVED or name in BEHAVIOURAL:
            raise NetlistError(f"{name!r} is ngspice's own; give the parameter another name")
        if not value:
            raise NetlistError(f"{name}= needs a value")
        check_alone(f"{name}=", value)
        self.written[name] = (value, where or self)

    def define(self, card: Card) -> None:
        """Add the parameters of a `.param` line."""
        found = list(assignments(card.rest))
        if not found or card.rest[: found[0][2]].strip():
            raise NetlistError("parameters are written name=value")
        for name, value, _ in found:
            if value and value[0] not in "{'" and len(value.split()) > 1:
                raise NetlistError(f"{name}= has spaces in its value; put it in braces")
            if self.written.get(name, (value, self))[0] != value:
                raise NetlistError(f"the parameter {name!r} is defined twice; keep one")
            self.add(name, value)

    def has(self, name: str) -> bool:
        """Say whether a parameter of this name can be named here."""
        return name in self.written or (self.parent is not None and self.parent.has(name))

    def lookup(self, name: str) -> float:
        """Return the value of a parameter."""
        if name in self.known:
            return self.known[name]
        if name in self.written:
            text, where = self.written[name]
            if _PLAIN.fullmatch(text):
                self.known[name] = plain = number(text)
                return plain
            self.common.enter(name, self)
            self.known[name] = value = where.evaluate(text)
            self.common.leave()
            return value
        if self.parent is None:
            raise NetlistError(f"the parameter {short(name)!r} is not defined")
        scope = self.above
        while scope is not None:
            if name in scope.written:
                raise NetlistError(
                    f"{name!r} is a parameter of the subcircuit around this one, which ngspice may "
                    f"take; hand it over: {name}={{{name}}}"
                )
            scope = scope.above
        return self.parent.lookup(name)

    def value(self, token: str) -> float:
        """Return the value of a word: a number, a parameter, an expression in braces or quotes."""
        if token[0] in "{'":
            inner = token[1:-1].strip()
            return self.lookup(inner) if inner in self.written else self.evaluate(token)
        if self.has(token):
            return self.lookup(token)
        return number(token)

    def names(self, text: str) -> set[str]:
        """Return the names of parameters that an expression takes, also by way of functions."""
        found: set[str] = set()
        if not _PLAIN.fullmatch(text):
            self._collect(parse(text), (), found, set())
        return found

    def _collect(
        self, tree: Tree, arguments: tuple[str, ...], found: set[str], functions: set[str]
    ) -> None:
        if tree[0] in ("number", "voltage", "current"):
            return
        if tree[0] == "name":
            found |= {tree[1]}.difference(arguments)
            return
        for branch in tree[2:] if tree[0] == "call" else tree[1:]:
            self._collect(branch, arguments, found, functions)
        function = self.common.functions.get(tree[1]) if tree[0] == "call" else None
        if function is not None and tree[1] not in functions:
            functions.add(tree[1])
            self._collect(function.body, function.arguments, found, functions)

    def evaluate(self, text: str) -> float:
        """Return the value of an expression of numbers and parameters."""
        return self._constant(parse(text), {})

    def _constant(self, tree: Tree, arguments: Mapping[str, float]) -> float:
        kind = tree[0]
        if kind == "number":
            return float(tree[1])
        if kind == "name":
            name = tree[1]
            return arguments[name] if name in arguments else self.lookup(name)
        if kind == "braces":
            return self._constant(tree[1], arguments)
        if kind in ("voltage", "current"):
            raise NetlistError("a value can't depend on a voltage or current; use a B source")
        if kind != "call":
            return arithmetic(kind, [self._constant(branch, arguments) for branch in tree[1:]])
        values = [self._constant(branch, arguments) for branch in tree[2:]]
        name = tree[1]
        if name in ARITHMETIC:
            _check_count(name, ARITHMETIC[name][0], len(values))
            return arithmetic(name, values)
        function = self._function(name, len(values))
        self.common.enter(f"{name}()", size=function.size)
        result = self._constant(function.body, dict(zip(function.arguments, values, strict=True)))
        self.common.leave()
        return result

    def _function(self, name: str, count: int) -> Function:
        function = self.common.functions.get(name)
        if function is None:
            raise NetlistError(
                f"the function {short(name)!r} is not understood; known are "
                f"{', '.join(BEHAVIOURAL)} and those of .func"
            )
        _check_count(name, len(function.arguments), count)
        return function

    def behavioural(self, text: str, node: Callable[[str], str]) -> Tree:
        """Return an expression in node voltages, names and functions written out.

        Args:
            text: the expression.
            node: returns the flat name of a node that is named here.
        """
        return self._resolve(parse(text), {}, node, 0)

    def _resolve(
        self, tree: Tree, arguments: Mapping[str, Tree], node: Callable[[str], str], depth: int
    ) -> Tree:
        kind = tree[0]
        if depth > _TALLEST:
            raise NetlistError("an expression with its functions written out is nested too deeply")
        match kind:
            case "number":
                return tree
            case "voltage":
                return ("voltage", node(tree[1]), node(tree[2]))
            case "current":
                raise NetlistError(
                    "currents of sources in expressions are not read; put a resistor in series and "
                    "take the voltage across it"
                )
            case "name":
                return self._named(tree[1], arguments)
            case "braces":
                return self._resolve(tree[1], arguments, node, depth + 1)
        branches = tree[2:] if kind == "call" else tree[1:]
        parts = [self._resolve(branch, arguments, node, depth + 1) for branch in branches]
        if kind == "^" and parts[0][0] == "number" and parts[0][1] < 0:
            raise NetlistError("ngspice uses |x| as the base of a power; write a product")
        if kind != "call":
            return (kind, *parts)
        name = tree[1]
        if name in BEHAVIOURAL:
            _check_count(name, BEHAVIOURAL[name], len(parts))
            return (name, *parts)
        function = self._function(name, len(parts))
        self.common.enter(f"{name}()", size=function.size)
        values = dict(zip(function.arguments, parts, strict=True))
        result = self._resolve(function.body, values, node, depth + 1)
        self.common.leave()
        return result

    def _named(self, name: str, arguments: Mapping[str, Tree]) -> Tree:
        if name in arguments:
            return arguments[name]
        if name == "time":
            return ("time",)
        return ("number", math.pi if name == "pi" else self.lookup(name))


def _check_count(name: str, wanted: int, given: int) -> None:
    if wanted != given:
        raise NetlistError(f"{name} takes {wanted} values, not {given}")
