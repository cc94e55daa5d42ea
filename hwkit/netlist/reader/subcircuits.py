"""Subcircuits: what they hold, and how their uses are written out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hwkit.errors import NetlistError
from hwkit.netlist.reader import statements
from hwkit.netlist.reader.build import Place, build
from hwkit.netlist.reader.grammar import ELEMENT_PARAMETERS, rule
from hwkit.netlist.reader.lines import GROUND, GROUNDS, Card, short
from hwkit.netlist.reader.scope import Common, Scope, assignments
from hwkit.netlist.reader.typed import Element, Model
from hwkit.netlist.reader.words import named, tokens
from hwkit.netlist.size import MAX_BYTES

_DEEPEST = 20  # uses of subcircuits within each other
_MOST_ELEMENTS = 200_000  # of subcircuits written out, or
_PER_LINE = 20  # as many for each line of the netlist


@dataclass(eq=False)
class Definition:
    """A `.subckt`: its ports, the defaults of its parameters, and its lines."""

    start: Card
    ports: list[str]
    defaults: dict[str, str]
    body: list[tuple[Card, list[str]]] = field(default_factory=list)
    parameters: list[Card] = field(default_factory=list)
    models: list[Card] = field(default_factory=list)


class Expansion:
    """The lines of a netlist as elements, its subcircuits written out.

    Args:
        definitions: the subcircuits.
        models: of the netlist.
        global_nodes: names of nodes that are the same everywhere.
        scope: parameters of the netlist.
        common: functions of the netlist.
        lines: of the netlist, which bounds how far it may grow.
    """

    def __init__(
        self,
        definitions: Mapping[str, Definition],
        models: dict[str, Model],
        global_nodes: set[str],
        scope: Scope,
        common: Common,
        lines: int,
    ) -> None:
        self.definitions = definitions
        self.models = models
        self.globals = global_nodes
        self.scope = scope
        self.common = common
        self.size = self.written = 0
        self.most = max(_MOST_ELEMENTS, _PER_LINE * lines)

    def elements(self, waiting: Sequence[Element | Card], place: Place) -> Iterator[Element]:
        """Yield the elements of lines, in order; raises NetlistError naming the line."""
        for item in waiting:
            if not isinstance(item, Card):
                yield item
                continue
            try:
                if item.name[0] == "x":
                    yield from self.use(item, words_of_line(item), place, 1)
                else:
                    yield build(item, words_of_line(item), place)
            except NetlistError as error:
                raise located(item, error) from None

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
            add_model(line, inside, own)
        use = f"{place.use}.{card.name}" if place.use else card.name
        here = Place(
            inside, {**self.models, **own} if own else self.models, place.temperatures, use, nodes
        )
        for element, found_words in definition.body:
            self.count(element)
            try:
                if element.name[0] == "x":
                    yield from self.use(element, found_words, here, depth + 1)
                else:
                    yield build(element, found_words, here)
            except NetlistError as error:
                where = Card(f"{element.name}.{here.use}", "", element.line)
                raise located(where, error) from None

    def inside(
        self, card: Card, definition: Definition, values: Mapping[str, str], place: Place
    ) -> Scope:
        """Return the scope of one use: its own parameters, then those of the netlist."""
        scope = Scope(self.common, self.scope)
        scope.above = place.scope if place.use else None
        defaults = definition.defaults
        inner = {name for own in definition.parameters for name, _, _ in assignments(own.rest)}
        for name, text in values.items():
            taken = place.scope.names(text).intersection(inner | defaults.keys()) - {name}
            if taken:  # ngspice looks there first
                raise NetlistError(
                    f"{name}= takes {short(min(taken))!r}, of which the subcircuit has one of its "
                    "own, and ngspice takes that one; rename one of them"
                )
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


def add_model(card: Card, scope: Scope, models: dict[str, Model]) -> None:
    """Read a `.model` into the models of its scope."""
    read = statements.model(card, scope.value)
    if read.name in models:
        raise NetlistError(f"the model {short(read.name)!r} is defined twice; keep one")
    models[read.name] = read


def words_of_line(card: Card) -> list[str]:
    """Return the tokens of an element's line; the builder of expressions takes the text."""
    return [] if card.name[0] == "b" else tokens(card.rest)


def located(card: Card, error: NetlistError) -> NetlistError:
    """Return an error that names its line, once."""
    text = str(error)
    return error if text.startswith("line ") else card.error(text)
