"""What the SPICE family has in common; a dialect overrides what it writes differently.

Values arrive as text: a number in plain exponent form (`M` is milli in SPICE), or a reference to a
parameter of the subcircuit. Currents flow from the first node through the element to the second.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Self

from hwkit.errors import NetlistError

_PER_LINE = 8


class Spice:
    """The common subset of SPICE3's descendants."""

    name: str
    simulator: str
    verified = False  # whether hwkit's tests run this dialect's files in its simulator
    noises: tuple[str, ...] = ("pwl", "none")  # forms of noise, the default first
    forms: tuple[str, ...] = ("flat", "hierarchy")
    suffix = ".cir"
    points_per_step = 10  # that an accurate run needs in a noise step

    def __init__(self, starts: Mapping[str, str] | None = None) -> None:
        self._starts = dict(starts or {})

    def starting_at(self, volts: Mapping[str, str]) -> Self:
        """Return the language of a file whose nodes start at these voltages.

        A dialect that writes start values elsewhere than `start` does takes them from here.
        """
        return type(self)(volts)

    def title(self, text: str) -> str:
        """Return the first line, a title; as a comment too, which spicelib insists on."""
        return f"* {text}"

    def comment(self, text: str) -> str:
        """Return a comment; `text` must hold no line end."""
        return f"* {text}"

    def header(self) -> Iterator[str]:
        """Yield what is below the title."""
        if not self.verified:
            yield self.comment(f"unverified: written for {self.simulator} but never run there")

    def parameter(self, name: str, value: str) -> str:
        """Return the definition of a parameter of the whole file."""
        return f".param {name}={value}"

    def reference(self, name: str) -> str:
        """Return what stands for a parameter's value in an element."""
        return f"{{{name}}}"

    def capacitor(self, name: str, a: str, b: str, farad: str) -> str:
        """Return a capacitor between two nodes."""
        return f"C{name} {a} {b} {farad}"

    def transconductor(self, name: str, out: str, control: str, siemens: str) -> str:
        """Return a source whose current siemens * v(control) leaves node `out`."""
        return f"G{name} {out} 0 {control} 0 {siemens}"

    def resistor(self, name: str, a: str, b: str, ohm: str) -> str:
        """Return a resistor between two nodes; a negative one is an ideal impedance converter."""
        return f"R{name} {a} {b} {ohm}"

    def inductor(self, name: str, a: str, b: str, henry: str) -> str:
        """Return an inductor between two nodes."""
        return f"L{name} {a} {b} {henry}"

    def mutual(self, name: str, first: str, second: str, coupling: str) -> str:
        """Return the magnetic coupling M / sqrt(L1 L2) of two inductors, by their names."""
        return f"K{name} L{first} L{second} {coupling}"

    def transcubic(self, name: str, out: str, control: str, value: str) -> str:
        """Return a source whose current value * v(control)^3 leaves node `out`."""
        v = across(control, "0")
        return self.behavioural(name, out, "0", f"{value}*{v}*{v}*{v}")

    def saturating(
        self, name: str, out: str, control: str, siemens: str, volt: str, offset: str
    ) -> str:
        """Return a current siemens * volt * tanh((v(control) - offset) / volt) out of `out`.

        Args:
            name: of the element, without its letter.
            out, control: the node that is driven and the node that drives.
            siemens: transconductance at 0, S.
            volt: where it levels off, V.
            offset: input offset, V.
        """
        return self.behavioural(
            name, out, "0", f"{siemens}*{volt}*tanh((v({control})-({offset}))/{volt})"
        )

    def gated(self, name: str, out: str, control: str, gate: str, value: str) -> str:
        """Return a source whose current value * v(control) * v(gate) leaves node `out`.

        Args:
            name: of the element, without its letter.
            out: the node that is driven.
            control, gate: nodes whose voltages are multiplied.
            value: A/V^2.
        """
        return self.behavioural(name, out, "0", f"{value}*v({control})*v({gate})")

    def exponential(self, name: str, a: str, b: str, gate: str, ampere: str, volt: str) -> str:
        """Return a current ampere * h((v(a) - v(gate)) / volt) from a to b; h as in `Parts`.

        Args:
            name: of the element, without its letter.
            a, b: nodes that the current leaves and enters.
            gate: node that a is compared with.
            ampere, volt: units of the current, A, and of the voltage, V.
        """
        # Not max(y, 0): at y = 0, where runs start, simulators give both branches the slope 0.
        y = f"{across(a, gate)}/{volt}"
        return self.behavioural(name, a, b, f"{ampere}*(exp(min({y},0))+{y}-min({y},0))")

    def cubic(self, name: str, a: str, b: str, value: str) -> str:
        """Return a source whose current value * v^3 flows from a to b."""
        # A product: `v^3` is |v|^3 in ngspice, and negative bases are errors elsewhere.
        v = across(a, b)
        return self.behavioural(name, a, b, f"{value}*{v}*{v}*{v}")

    def limiter(self, name: str, a: str, b: str, siemens: str, volt: str) -> str:
        """Return a conductance that carries current only where |v| exceeds `volt`.

        Args:
            name: of the element, without its letter.
            a, b: nodes.
            siemens: conductance beyond the limit, S.
            volt: the limit, V.
        """
        v = across(a, b)
        return self.behavioural(name, a, b, f"{siemens}*(max({v}-{volt},0)+min({v}+{volt},0))")

    def behavioural(self, name: str, a: str, b: str, expression: str) -> str:
        """Return a source of a current that flows from a to b, given as an expression."""
        return f"B{name} {a} {b} i={expression}"

    def diode(self, name: str, a: str, b: str, area: str, model: str) -> str:
        """Return a diode from a to b.

        Args:
            name: of the element, without its letter.
            a, b: nodes of anode and cathode.
            area: relative to the model's.
            model: name of the model.
        """
        return f"D{name} {a} {b} {model} area={area}"

    def diode_model(self, name: str, ampere: str, emission: str) -> str:
        """Return the model of ideal diodes."""
        return f".model {name} D(IS={ampere} N={emission})"

    def switch(self, name: str, a: str, b: str, model: str) -> str:
        """Return a switch of a group from a to b."""
        return f"S{name} {a} {b} {model}_on 0 {model}"

    def switch_control(
        self, name: str, ohm: str, open_ohm: str, second: str, closes: bool
    ) -> list[str]:
        """Return what closes a group of switches at a time, or opens it, and their model.

        Args:
            name: of the group's model; the node that controls it is named after it.
            ohm, open_ohm: resistance of a closed and of an open switch, ohm.
            second: when they switch, s from the start of the run.
            closes: whether they close at that time, or open.

        Raises:
            NetlistError: where no such switch is known.
        """
        raise NetlistError(f"start-up switches are not known to dialect {self.name}; use ngspice")

    def transistor_card(self, name: str, kind: str, numbers: Mapping[str, str]) -> Iterator[str]:
        """Yield a BSIM4 model of one bin; `kind` is "nmos" or "pmos".

        Raises:
            NetlistError: where transistors are not known.
        """
        raise NetlistError(
            f"transistors are not known to dialect {self.name}; use dialect 'ngspice'"
        )

    def transistor(
        self, name: str, nodes: Sequence[str], model: str, width: str, length: str
    ) -> str:
        """Return a transistor of such a model.

        Args:
            name: of the element, without its letter.
            nodes: drain, gate, source, bulk.
            model: name of its card.
            width, length: in m.

        Raises:
            NetlistError: where transistors are not known.
        """
        raise NetlistError(
            f"transistors are not known to dialect {self.name}; use dialect 'ngspice'"
        )

    def temperature_option(self, celsius: float) -> str:
        """Return the option that sets the temperature, where it is not a line of its own."""
        return ""

    def current(self, name: str, a: str, b: str, ampere: str) -> str:
        """Return a constant current that flows from a to b."""
        return f"I{name} {a} {b} dc {ampere}"

    def voltage(self, name: str, a: str, b: str, volt: str) -> str:
        """Return a source that holds node a at a constant voltage above node b."""
        return f"V{name} {a} {b} dc {volt}"

    def polyline(self, name: str, a: str, b: str, points: Sequence[str]) -> Iterator[str]:
        """Yield a current that enters a from b; `points` ("time value") are joined linearly."""
        yield f"I{name} {b} {a} pwl("
        yield from ("+ " + " ".join(row) for row in rows(points))
        yield "+ )"

    def subcircuit(self, name: str, ports: Sequence[str], parameters: Iterable[str]) -> str:
        """Return the first line of a subcircuit's definition."""
        defaults = " ".join(f"{parameter}=0" for parameter in parameters)
        return f".subckt {name} {' '.join(ports)} params: {defaults}"

    def end_subcircuit(self, name: str) -> str:
        """Return the last line of a subcircuit's definition."""
        return f".ends {name}"

    def instance(self, name: str, nodes: Sequence[str], cell: str, values: dict[str, str]) -> str:
        """Return one use of a subcircuit."""
        given = " ".join(f"{parameter}={value}" for parameter, value in values.items())
        return f"X{name} {' '.join(nodes)} {cell} params: {given}"

    def start(self, node: str, volt: str) -> str:
        """Return the start value of a node."""
        return f".ic v({node})={volt}"

    def transient(self, step: str, end: str, free: bool = False, largest: str | None = None) -> str:
        """Return a transient analysis from the start values.

        `free` lets nodes without a start value begin at their operating point; `largest` is the
        largest step that the simulator may take, None for its own choice or one step.
        """
        return f".tran {step} {end} 0 {largest or step}" + ("" if free else " uic")

    def outputs(self, nodes: Sequence[str]) -> Iterator[str]:
        """Yield what has node voltages written."""
        for vectors in voltages(nodes):
            yield f".save {vectors}"

    def options(self, text: str) -> str:
        """Return simulator options."""
        return f".options {text}"

    def commands(self, lines: Sequence[str]) -> list[str]:
        """Return the lines of an analysis and its options in the order the simulator needs."""
        return list(lines)

    def tight_options(self, volt: float, ampere: float, farad: float) -> str:
        """Return options for an accurate run, with the units of voltage, current, capacitance."""
        tolerances = f"reltol=1e-6 vntol={1e-8 * volt!r} abstol={1e-7 * ampere!r}"
        return f"{tolerances} chgtol={1e-5 * farad * volt!r} trtol=1"

    def end(self) -> Iterator[str]:
        """Yield the end of the file."""
        yield ".end"


def across(a: str, b: str) -> str:
    """Return the voltage between two nodes in an expression."""
    return f"v({a})" if b == "0" else f"v({a},{b})"


def quoted(name: str) -> str:
    """Return a unit's name for a comment: a JSON string in ASCII, so without line ends."""
    return json.dumps(name)


def voltages(nodes: Sequence[str]) -> Iterator[str]:
    """Yield the voltages of nodes, as many as a line takes."""
    for row in rows(nodes):
        yield " ".join(f"v({node})" for node in row)


def comma_rows(points: Sequence[str], comma: str) -> Iterator[str]:
    """Yield lines of points ("time value") with a comma after every number but the last."""
    lines = [comma.join(point.replace(" ", comma) for point in row) for row in rows(points)]
    yield from (f"{line}," for line in lines[:-1])
    yield from lines[-1:]


def rows(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield words in order, as many at a time as a line takes."""
    for first in range(0, len(words), _PER_LINE):
        yield words[first : first + _PER_LINE]
