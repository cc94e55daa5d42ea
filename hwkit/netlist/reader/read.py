"""Netlist text to typed elements: what `extract`, `validate` and the twin all start from.

Plain lines (a capacitor, resistor, transconductor or constant current, with numbers in full) become
elements as they come; everything that needs a name looked up waits until all definitions are read.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hwkit.errors import NetlistError
from hwkit.netlist.reader import statements
from hwkit.netlist.reader.build import Place, Temperatures, build
from hwkit.netlist.reader.grammar import ELEMENT_PARAMETERS, ELEMENTS, STATEMENTS, rule
from hwkit.netlist.reader.lines import (
    GROUND,
    GROUNDS,
    NAME,
    NAME_CHARACTERS,
    Card,
    logical_lines,
    node_name,
    short,
    unit_names,
)
from hwkit.netlist.reader.numbers import number
from hwkit.netlist.reader.scope import Common, Scope, assignments
from hwkit.netlist.reader.typed import (
    Capacitor,
    CurrentSource,
    Element,
    Elements,
    Model,
    Mutual,
    Resistor,
    Transconductor,
)
from hwkit.netlist.reader.words import named, tokens
from hwkit.netlist.size import MAX_BYTES

_N = f"[{NAME_CHARACTERS}]+"
_PLAIN = re.compile(
    rf"(?:(g{_N}) ({_N}) ({_N}) ({_N}) ({_N})|([cr]{_N}) ({_N}) ({_N})|(i{_N}) ({_N}) ({_N}) dc)"
    r" ([+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?)",
    re.ASCII,
)
_PARAMETERS = (".param", ".params", ".parameter", ".parameters")
_OPTIONS = (".options", ".option", ".opt")
_DEEPEST = 20  # uses of subcircuits within each other
_MOST_ELEMENTS = 200_000  # of subcircuits written out, or
_PER_LINE = 20  # as many for each line of the netlist
_PREFIX = "hwkit_"


@dataclass(eq=False)
class _Definition:
    """A `.subckt`: its ports, the defaults of its parameters, and its lines."""

    start: Card
    ports: list[str]
    defaults: dict[str, str]
    body: list[tuple[Card, list[str]]] = field(default_factory=list)
    parameters: list[Card] = field(default_factory=list)
    models: list[Card] = field(default_factory=list)


def read_elements(text: str) -> Elements:
    """Return the elements of a netlist.

    Raises:
        NetlistError: naming the line, if a word of it is not understood or has no place.
    """
    try:
        return _Reader(text).elements()
    except RecursionError:
        raise NetlistError("the netlist's expressions are nested too deeply; split them") from None


def read_ports(text: str) -> dict[str, tuple[str, ...]]:
    """Return the subcircuits that a netlist defines, and their nodes.

    Raises:
        NetlistError: as `read_elements`.
    """
    reader = _Reader(text)
    reader.elements()
    return {name: tuple(found.ports) for name, found in reader.definitions.items()}


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.common = Common()
        self.scope = Scope(self.common)
        self.definitions: dict[str, _Definition] = {}
        self.models: dict[str, Model] = {}
        self.globals: set[str] = set(GROUNDS)
        self.waiting: list[Element | Card] = []
        self.later: list[Card] = []
        self.open: _Definition | None = None
        self.size = self.written = 0
        self.most = max(_MOST_ELEMENTS, _PER_LINE * text.count("\n"))

    def elements(self) -> Elements:
        nodes = _Nodes(dict.fromkeys(GROUNDS, GROUND))
        for line, code in logical_lines(self.text):
            plain = _PLAIN.fullmatch(code) if self.open is None else None
            try:
                if plain is not None:
                    self.waiting.append(_plain(line, plain, nodes))
                    continue
                name, _, rest = code.partition(" ")
                self.card(Card(name, rest.strip(), line))
            except NetlistError as error:
                raise _located(Card(code.partition(" ")[0], "", line), error) from None
        if self.open is not None:
            raise self.open.start.error("the subcircuit has no .ends")
        return self.result()

    def card(self, card: Card) -> None:
        """Sort a line: a definition, a statement for later, or an element for later."""
        if card.name[0] != ".":
            if card.name[0] not in ELEMENTS:
                raise NetlistError("this is not an element and not a statement; remove it")
            if NAME.fullmatch(card.name) is None:
                raise NetlistError(
                    f"{short(card.name)!r} can't be the name of an element; rename it"
                )
            if self.open is None:
                self.waiting.append(card)
            else:
                self.open.body.append((card, _words(card)))
            return
        is_ = rule(STATEMENTS, "the statement", card.name)
        if card.name == ".subckt":
            self.define(card)
        elif card.name == ".ends":
            self.close(card)
        elif is_.use == "harmless" or card.name == ".end":
            return
        elif card.name in (".include", ".inc"):
            raise NetlistError("a text can't include files; read the netlist from its own file")
        elif self.open is not None:
            if card.name in _PARAMETERS:
                self.open.parameters.append(card)
            elif card.name == ".model":
                self.open.models.append(card)
            else:
                raise NetlistError(
                    "this statement is not understood inside a subcircuit; move it out"
                )
        elif card.name in _PARAMETERS:
            self.scope.define(card)
        elif card.name == ".func":
            self.common.define(card)
        elif card.name == ".global":
            self.globals |= {node_name(word) for word in card.rest.split()}
        else:
            self.later.append(card)

    def define(self, card: Card) -> None:
        if self.open is not None:
            raise NetlistError("a subcircuit can't be inside another; move it out")
        behind = list(assignments(card.rest))
        head = card.rest[: behind[0][2]] if behind else card.rest
        words = [word for word in head.split() if word != "params:"]
        if not words:
            raise NetlistError("a subcircuit needs a name and nodes")
        ports = [node_name(word) for word in words[1:]]
        if GROUND in ports or len(set(ports)) < len(ports):
            raise NetlistError("the nodes of a subcircuit must be different, and not ground")
        if words[0] in self.definitions:
            raise NetlistError(f"subcircuit {short(words[0])!r} is defined twice")
        defaults = {name: text for name, text, _ in behind}
        if len(defaults) < len(behind):
            raise NetlistError("a parameter is given twice; keep one")
        self.open = _Definition(card, ports, defaults)
        self.definitions[words[0]] = self.open

    def close(self, card: Card) -> None:
        if self.open is None:
            raise NetlistError("no subcircuit to end")
        name = self.open.start.rest.split()[0]
        if card.rest and card.rest.split() != [name]:
            raise NetlistError(
                f"the subcircuit to end is {short(name)!r}, not {short(card.rest)!r}"
            )
        self.open = None

    def result(self) -> Elements:
        settings: dict[str, float] = {}
        given: dict[str, float] = {}
        value = self.scope.value
        for card in self.later:
            try:
                if card.name in _OPTIONS:
                    statements.options(card, value, settings)
                elif card.name == ".temp":
                    statements.temperature(card, value, settings)
                elif card.name == ".model":
                    self.model(card, self.scope, self.models)
                else:
                    for node, volt in statements.starts(card, value, node_name).items():
                        statements.once(given, node, volt)
            except NetlistError as error:
                raise _located(card, error) from None
        celsius, nominal = settings.get("temp", 27.0), settings.get("tnom", 27.0)
        place = Place(self.scope, self.models, Temperatures(celsius, nominal))
        found = list(self.flat(place))
        _check_names(found)
        return Elements(
            tuple(found),
            self.parameters(),
            statements.charged(given, found),
            unit_names(self.text),
            celsius,
            nominal,
            settings.get("gmin"),
            settings.get("rshunt"),
        )

    def parameters(self) -> dict[str, float]:
        """Return the netlist's own parameters; all are evaluated, so that none is passed over."""
        found = {}
        for name in self.scope.written:
            try:
                found[name] = self.scope.lookup(name)
            except NetlistError as error:
                raise NetlistError(f"the parameter {short(name)!r}: {error}") from None
        return {
            name.removeprefix(_PREFIX): value
            for name, value in found.items()
            if name.startswith(_PREFIX)
        }

    def model(self, card: Card, scope: Scope, models: dict[str, Model]) -> None:
        read = statements.model(card, scope.value)
        if read.name in models:
            raise NetlistError(f"the model {short(read.name)!r} is defined twice; keep one")
        models[read.name] = read

    def flat(self, place: Place) -> Iterator[Element]:
        for item in self.waiting:
            if not isinstance(item, Card):
                yield item
                continue
            try:
                if item.name[0] == "x":
                    yield from self.use(item, _words(item), place, 1)
                else:
                    yield build(item, _words(item), place)
            except NetlistError as error:
                raise _located(item, error) from None

    def use(self, card: Card, found: Sequence[str], place: Place, depth: int) -> Iterator[Element]:
        """Yield the elements of one use of a subcircuit."""
        words, values = named(found)
        words = [word for word in words if word != "params:"]
        if not words or words[-1] not in self.definitions:
            raise NetlistError(f"no subcircuit {short(words[-1]) if words else ''!r} is defined")
        definition = self.definitions[words[-1]]
        if len(words) - 1 != len(definition.ports):
            raise NetlistError(
                f"{len(words) - 1} nodes are given, but the subcircuit has {len(definition.ports)}"
            )
        both = self.globals.difference(GROUNDS).intersection(definition.ports)
        if both:  # ngspice takes the global node for the port
            raise NetlistError(
                f"the node {short(min(both))!r} of the subcircuit is global too; rename one"
            )
        if depth > _DEEPEST:
            raise NetlistError(
                f"subcircuits are used within each other over {_DEEPEST} deep, perhaps by "
                "themselves; write the innermost out"
            )
        inside = self.inside(card, definition, values, place)
        outer = dict(zip(definition.ports, map(place.node, words[:-1]), strict=True))
        nodes = {name: name for name in self.globals} | dict.fromkeys(GROUNDS, GROUND) | outer
        own: dict[str, Model] = {}
        for line in definition.models:
            self.model(line, inside, own)
        use = f"{place.use}.{card.name}" if place.use else card.name
        here = Place(
            inside, {**self.models, **own} if own else self.models, place.temperatures, use, nodes
        )
        for element, words_of in definition.body:
            self.count(element)
            try:
                if element.name[0] == "x":
                    yield from self.use(element, words_of, here, depth + 1)
                else:
                    yield build(element, words_of, here)
            except NetlistError as error:
                where = Card(f"{element.name}.{here.use}", "", element.line)
                raise _located(where, error) from None

    def inside(
        self, card: Card, definition: _Definition, values: Mapping[str, str], place: Place
    ) -> Scope:
        """Return the scope of one use: its own parameters, then those of the netlist."""
        scope = Scope(self.common, self.scope)
        scope.above = place.scope if place.use else None
        defaults = definition.defaults
        for name, text in values.items():
            if name in ELEMENT_PARAMETERS["x"]:
                rule(ELEMENT_PARAMETERS["x"], "the parameter", name)
            if name not in defaults:
                raise NetlistError(f"the subcircuit has no parameter {short(name)!r}")
            scope.add(name, text, place.scope)
        for name, text in defaults.items():
            if name not in values:
                scope.add(name, text)
        for own in definition.parameters:
            for name, _, _ in assignments(own.rest):
                if name in defaults:
                    raise NetlistError(
                        f"{name!r} is a parameter of the subcircuit and of a .param in it; keep one"
                    )
            scope.define(own)
        return scope

    def count(self, card: Card) -> None:
        """Stop a netlist that grows beyond any that hwkit reads."""
        self.size += len(card.name) + len(card.rest)
        self.written += 1
        if self.written > self.most:
            raise NetlistError(
                f"with its subcircuits written out the netlist has over {self.most} elements, far "
                "more than it has lines; write fewer levels"
            )
        if self.size > MAX_BYTES:
            raise NetlistError(
                "with its subcircuits written out the netlist is larger than "
                f"{MAX_BYTES / 1e6:g} MB; hwkit reads none of that size"
            )


class _Nodes(dict[str, str]):
    """Names of nodes, each held once."""

    def __missing__(self, name: str) -> str:
        self[name] = found = node_name(name)
        return found


def _plain(line: int, match: re.Match[str], nodes: _Nodes) -> Element:
    """Return the element of a plain line."""
    g, a, b, c, d, two, e, f, i, m, n, text = match.groups()
    value = float(text)
    if value - value or (value == 0 and text.strip("+-0.e") != ""):
        value = number(text)  # says what is wrong with it
    if g:
        return Transconductor(line, g, nodes[a], nodes[b], nodes[c], nodes[d], value)
    if i:
        return CurrentSource(line, i, nodes[m], nodes[n], value)
    if two[0] == "c":
        return Capacitor(line, two, nodes[e], nodes[f], value)
    if value == 0:
        raise NetlistError("the resistance is 0; it must not be")
    return Resistor(line, two, nodes[e], nodes[f], value)


def _words(card: Card) -> list[str]:
    """Return the tokens of an element's line; the builder of expressions takes the text."""
    return [] if card.name[0] == "b" else tokens(card.rest)


def _check_names(found: Sequence[Element]) -> None:
    names = {element.name for element in found}
    if len(names) < len(found):
        so_far: set[str] = set()
        for element in found:
            if element.name in so_far:
                raise element.error("another element has this name; give each its own")
            so_far.add(element.name)
    for element in found:
        if isinstance(element, Mutual):
            for name in (element.first, element.second):
                if name not in names or name[0] != "l":
                    raise element.error(f"{short(name)!r} is not an inductor of this netlist")


def _located(card: Card, error: NetlistError) -> NetlistError:
    """Return an error that names its line, once."""
    text = str(error)
    return error if text.startswith("line ") else card.error(text)
