"""VACASK 0.3.4, as run by hwkit's tests where it is installed.

A language near Spectre's: nodes in parentheses, values by name, case matters. Device models are
compiled from Verilog-A; those without a library file are embedded in the netlist. Analyses and
options are commands of a block at the end, in the order in which they are carried out. An
element's parameter needs the attribute type="instance", else it belongs to the model.
"""

from collections.abc import Iterator, Mapping, Sequence

from hwkit.errors import NetlistError
from hwkit.netlist.dialects.spectre import Spectre
from hwkit.netlist.dialects.spice import comma_rows, rows, voltages

_COMMANDS = ("options ", "save ", "analysis ")
ANALYSIS = "run"  # names the file of results: run.raw

_LIBRARY = ("capacitor", "inductor", "spice/diode", "spice/bsim4v8")
_BSIM4 = '"4.8.3"'  # the version that its library has, whatever the card says
_BUILT_IN = ("capacitor", "inductor", "vsource", "isource", "vccs")
_VERILOG = """embed "hwkit.va" <<<FILE
`include "disciplines.vams"
module hwkit_resistor(a, b);
  inout a, b; electrical a, b;
  (*type="instance"*) parameter real r = 1.0;
  analog I(a, b) <+ V(a, b)/r;
endmodule
module hwkit_cubic(a, b);
  inout a, b; electrical a, b;
  (*type="instance"*) parameter real c = 0.0;
  analog I(a, b) <+ c*V(a, b)*V(a, b)*V(a, b);
endmodule
module hwkit_transcubic(out, control);
  inout out, control; electrical out, control;
  (*type="instance"*) parameter real c = 0.0;
  analog I(out) <+ c*V(control)*V(control)*V(control);
endmodule
module hwkit_saturating(out, control);
  inout out, control; electrical out, control;
  (*type="instance"*) parameter real g = 0.0;
  (*type="instance"*) parameter real s = 1.0;
  (*type="instance"*) parameter real offset = 0.0;
  analog I(out) <+ g*s*tanh((V(control) - offset)/s);
endmodule
module hwkit_limiter(a, b);
  inout a, b; electrical a, b;
  (*type="instance"*) parameter real g = 0.0;
  (*type="instance"*) parameter real limit = 1.0;
  analog I(a, b) <+ g*(max(V(a, b) - limit, 0.0) + min(V(a, b) + limit, 0.0));
endmodule
>>>FILE"""
_EMBEDDED = tuple(
    f"hwkit_{name}" for name in ("resistor", "cubic", "transcubic", "saturating", "limiter")
)


class Vacask(Spectre):
    """The language of VACASK's `.sim` files."""

    name = "vacask"
    simulator = "VACASK"
    verified = True
    suffix = ".sim"
    points_per_step = 100  # the step behind each knot is one of backward Euler, and never repeated

    def header(self) -> Iterator[str]:
        """Yield what is below the title: the models that elements may be of."""
        yield from (f'load "{name}.osdi"' for name in _LIBRARY)
        yield 'load "hwkit.va"'
        yield "ground 0"
        yield from (f"model {name} {name}" for name in (*_BUILT_IN, *_EMBEDDED))

    def transconductor(self, name: str, out: str, control: str, siemens: str) -> str:
        """Return a source whose current siemens * v(control) leaves node `out`."""
        return f"G{name} ({out} 0 {control} 0) vccs gain={siemens}"

    def resistor(self, name: str, a: str, b: str, ohm: str) -> str:
        """Return a resistor between two nodes; VACASK's own takes no negative value."""
        return f"R{name} ({a} {b}) hwkit_resistor r={ohm}"

    def mutual(self, name: str, first: str, second: str, coupling: str) -> str:
        """Refuse magnetic couplings.

        Raises:
            NetlistError: always.
        """
        raise NetlistError(f"element K{name}: mutual inductors are not written for VACASK")

    def cubic(self, name: str, a: str, b: str, value: str) -> str:
        """Return a source whose current value * v^3 flows from a to b."""
        return f"B{name} ({a} {b}) hwkit_cubic c={value}"

    def transcubic(self, name: str, out: str, control: str, value: str) -> str:
        """Return a source whose current value * v(control)^3 leaves node `out`."""
        return f"B{name} ({out} {control}) hwkit_transcubic c={value}"

    def saturating(
        self, name: str, out: str, control: str, siemens: str, volt: str, offset: str
    ) -> str:
        """See `Spice`.

        Args:
            name, out, control, siemens, volt, offset: as for `Spice.saturating`.
        """
        values = f"g={siemens} s={volt} offset={offset}"
        return f"B{name} ({out} {control}) hwkit_saturating {values}"

    def limiter(self, name: str, a: str, b: str, siemens: str, volt: str) -> str:
        """See `Spice`.

        Args:
            name, a, b, siemens, volt: as for `Spice.limiter`.
        """
        return f"B{name} ({a} {b}) hwkit_limiter g={siemens} limit={volt}"

    def diode_model(self, name: str, ampere: str, emission: str) -> str:
        """Return the model of ideal diodes."""
        return f"model {name} sp_diode is={ampere} n={emission}"

    def transistor_card(self, name: str, kind: str, numbers: Mapping[str, str]) -> Iterator[str]:
        """See `Spice`."""
        known = {"type": "1" if kind == "nmos" else "-1"} | dict(numbers) | {"version": _BSIM4}
        values = [f"{key}={value}" for key, value in known.items() if key != "level"]
        yield f"model {name} sp_bsim4v8 ("
        yield from ("  " + " ".join(row) for row in rows(values))
        yield ")"

    def transistor(
        self, name: str, nodes: Sequence[str], model: str, width: str, length: str
    ) -> str:
        """See `Spice`.

        Args:
            name, nodes, model, width, length: as for `Spice.transistor`.
        """
        return f"M{name} ({' '.join(nodes)}) {model} w={width} l={length}"

    def temperature_option(self, celsius: float) -> str:
        """See `Spice`."""
        return f"temp={celsius!r}"

    def polyline(self, name: str, a: str, b: str, points: Sequence[str]) -> Iterator[str]:
        """Yield a current that enters a from b; `points` ("time value") are joined linearly."""
        yield f'I{name} ({b} {a}) isource ( dc={points[0].split()[1]} type="pwl" wave=['
        yield from (f"  {row}" for row in comma_rows(points, ", "))
        yield "] )"

    def start(self, node: str, volt: str) -> str:
        """Return a comment: start values are with the analysis."""
        return self.comment(f"{node} starts at {volt} V")

    def transient(self, step: str, end: str, free: bool = False, largest: str | None = None) -> str:
        """See `Spice`."""
        given = ", ".join(f'"{node}", {volt}' for node, volt in self._starts.items())
        starts = f" ic={{{given}}}" if given else ""
        line = f"analysis {ANALYSIS} tran step={largest or step} stop={end}"
        mode = "op" if free else "uic"
        return f'{line} maxstep={largest or step} icmode="{mode}"{starts}'

    def outputs(self, nodes: Sequence[str]) -> Iterator[str]:
        """Yield what has node voltages written."""
        yield from (f"save {vectors}" for vectors in voltages(nodes))

    def options(self, text: str) -> str:
        """Return simulator options."""
        return f"options {text}"

    def commands(self, lines: Sequence[str]) -> list[str]:
        """Return analysis lines as a block of commands: options first, the analysis last."""
        others = [line for line in lines if not line.startswith(_COMMANDS)]
        ordered = [line for word in _COMMANDS for line in lines if line.startswith(word)]
        block = ["control", *(f"  {line}" for line in ordered), "endc"] if ordered else []
        return [*others, *block]

    def tight_options(self, volt: float, ampere: float, farad: float) -> str:
        """Return options for an accurate run: trapezoidal rule at the given largest step."""
        tolerances = f"reltol=1e-6 vntol={1e-8 * volt!r} abstol={1e-5 * ampere!r}"
        return f'tran_method="trap" {tolerances}'

    def end(self) -> Iterator[str]:
        """Yield the sources of the models that no library file has."""
        yield from _VERILOG.splitlines()
