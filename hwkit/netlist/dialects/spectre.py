"""Spectre's own language, after its reference (isource, vccs, bsource, tran); not run here.

Case matters, nodes are in parentheses, a line goes on after a backslash.
"""

from collections.abc import Iterable, Iterator, Sequence

from hwkit.netlist.dialects.spice import Spice, rows


class Spectre(Spice):
    """`simulator lang=spectre`."""

    name = "spectre"
    simulator = "Spectre"
    suffix = ".scs"

    def title(self, text: str) -> str:
        """Return the first line, as a comment."""
        return f"// {text}"

    def comment(self, text: str) -> str:
        """Return a comment; a name ends in a quotation mark, so none ends in a backslash."""
        return f"// {text}"

    def header(self) -> Iterator[str]:
        """Yield what is below the title."""
        yield from super().header()
        yield "simulator lang=spectre"
        yield "global 0"

    def parameter(self, name: str, value: str) -> str:
        """Return the definition of a parameter of the whole file."""
        return f"parameters {name}={value}"

    def reference(self, name: str) -> str:
        """Return what stands for a parameter's value in an element."""
        return name

    def capacitor(self, name: str, a: str, b: str, farad: str) -> str:
        """Return a capacitor between two nodes."""
        return f"C{name} ({a} {b}) capacitor c={farad}"

    def transconductor(self, name: str, out: str, control: str, siemens: str) -> str:
        """Return a source whose current siemens * v(control) leaves node `out`."""
        return f"G{name} ({out} 0 {control} 0) vccs gm={siemens}"

    def resistor(self, name: str, a: str, b: str, ohm: str) -> str:
        """Return a resistor between two nodes; a negative one is an ideal impedance converter."""
        return f"R{name} ({a} {b}) resistor r={ohm}"

    def inductor(self, name: str, a: str, b: str, henry: str) -> str:
        """Return an inductor between two nodes."""
        return f"L{name} ({a} {b}) inductor l={henry}"

    def mutual(self, name: str, first: str, second: str, coupling: str) -> str:
        """Return the magnetic coupling M / sqrt(L1 L2) of two inductors, by their names."""
        return f"K{name} mutual_inductor coupling={coupling} ind1=L{first} ind2=L{second}"

    def behavioural(self, name: str, a: str, b: str, expression: str) -> str:
        """Return a source of a current that flows from a to b, given as an expression."""
        return f"B{name} ({a} {b}) bsource i={expression}"

    def diode(self, name: str, a: str, b: str, area: str, model: str) -> str:
        """Return a diode from a to b.

        Args:
            name, a, b, area, model: as for `Spice.diode`.
        """
        return f"D{name} ({a} {b}) {model} area={area}"

    def diode_model(self, name: str, ampere: str, emission: str) -> str:
        """Return the model of ideal diodes."""
        return f"model {name} diode is={ampere} n={emission}"

    def current(self, name: str, a: str, b: str, ampere: str) -> str:
        """Return a constant current that flows from a to b."""
        return f"I{name} ({a} {b}) isource dc={ampere}"

    def voltage(self, name: str, a: str, b: str, volt: str) -> str:
        """Return a source that holds node a at a constant voltage above node b."""
        return f"V{name} ({a} {b}) vsource dc={volt}"

    def polyline(self, name: str, a: str, b: str, points: Sequence[str]) -> Iterator[str]:
        """Yield a current that enters a from b; `points` ("time value") are joined linearly."""
        yield f"I{name} ({b} {a}) isource type=pwl wave=[ \\"
        yield from ("  " + " ".join(row) + " \\" for row in rows(points))
        yield "  ]"

    def subcircuit(self, name: str, ports: Sequence[str], parameters: Iterable[str]) -> str:
        """Return the first lines of a subcircuit's definition."""
        defaults = " ".join(f"{parameter}=0" for parameter in parameters)
        return f"subckt {name} ({' '.join(ports)})\nparameters {defaults}"

    def end_subcircuit(self, name: str) -> str:
        """Return the last line of a subcircuit's definition."""
        return f"ends {name}"

    def instance(self, name: str, nodes: Sequence[str], cell: str, values: dict[str, str]) -> str:
        """Return one use of a subcircuit."""
        given = " ".join(f"{parameter}={value}" for parameter, value in values.items())
        return f"X{name} ({' '.join(nodes)}) {cell} {given}"

    def start(self, node: str, volt: str) -> str:
        """Return the start value of a node."""
        return f"ic {node}={volt}"

    def transient(self, step: str, end: str, free: bool = False, largest: str | None = None) -> str:
        """See `Spice`."""
        line = f"run tran stop={end} step={step} maxstep={largest or step}"
        return line + ("" if free else " skipdc=yes")

    def outputs(self, nodes: Sequence[str]) -> Iterator[str]:
        """Yield what has node voltages written."""
        yield from ("save " + " ".join(row) for row in rows(nodes))

    def options(self, text: str) -> str:
        """Return simulator options."""
        return f"settings options {text}"

    def end(self) -> Iterator[str]:
        """Yield nothing: the file just ends."""
        yield from ()
