"""Netlist text to typed elements: what `extract`, `validate` and the twin all start from.

Plain lines (a capacitor, resistor, transconductor or constant current, with numbers in full) become
elements as they come; everything that needs a name looked up waits until all definitions are read.
"""

from collections.abc import Sequence

from hwkit.errors import NetlistError
from hwkit.netlist.reader import statements
from hwkit.netlist.reader.build import Place, Temperatures
from hwkit.netlist.reader.grammar import ELEMENTS, STATEMENTS, rule
from hwkit.netlist.reader.lines import (
    GROUND,
    GROUNDS,
    NAME,
    Card,
    logical_lines,
    node_name,
    short,
    unit_names,
)
from hwkit.netlist.reader.plain import PLAIN, Nodes, plain_element
from hwkit.netlist.reader.scope import Common, Scope, assignments
from hwkit.netlist.reader.subcircuits import (
    Definition,
    Expansion,
    add_model,
    located,
    words_of_line,
)
from hwkit.netlist.reader.typed import (
    Element,
    Elements,
    Model,
    Mutual,
)

_PARAMETERS = (".param", ".params", ".parameter", ".parameters")
_OPTIONS = (".options", ".option", ".opt")
_PREFIX = "hwkit_"


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
        self.definitions: dict[str, Definition] = {}
        self.models: dict[str, Model] = {}
        self.globals: set[str] = set(GROUNDS)
        self.waiting: list[Element | Card] = []
        self.later: list[Card] = []
        self.open: Definition | None = None

    def elements(self) -> Elements:
        nodes = Nodes(dict.fromkeys(GROUNDS, GROUND))
        for line, code in logical_lines(self.text):
            plain = PLAIN.fullmatch(code) if self.open is None else None
            try:
                if plain is not None:
                    self.waiting.append(plain_element(line, plain, nodes))
                    continue
                name, _, rest = code.partition(" ")
                self.card(Card(name, rest.strip(), line))
            except NetlistError as error:
                raise located(Card(code.partition(" ")[0], "", line), error) from None
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
                self.open.body.append((card, words_of_line(card)))
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
        self.open = Definition(card, ports, defaults)
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
                    add_model(card, self.scope, self.models)
                else:
                    for node, volt in statements.starts(card, value, node_name).items():
                        statements.once(given, node, volt)
            except NetlistError as error:
                raise located(card, error) from None
        celsius, nominal = settings.get("temp", 27.0), settings.get("tnom", 27.0)
        place = Place(self.scope, self.models, Temperatures(celsius, nominal))
        found = list(self.expansion().elements(self.waiting, place))
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

    def expansion(self) -> Expansion:
        lines = self.text.count("\n")
        return Expansion(
            self.definitions, self.models, self.globals, self.scope, self.common, lines
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
