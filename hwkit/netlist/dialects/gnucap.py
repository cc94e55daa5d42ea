"""gnucap 0.36, as run by hwkit's tests where it is installed.

Quirks: there is no `.ic`, so capacitors carry their start voltage and `uic` takes it from there; a
cubic current is a transconductor with a polynomial, since there are no expressions of voltages; the
points of a piecewise linear source are separated by commas throughout; commands are carried out in
their order, so outputs and options stand above the analysis.
"""

from collections.abc import Iterator, Sequence

from hwkit.errors import NetlistError
from hwkit.netlist.dialects.spice import Spice, comma_rows, voltages


class Gnucap(Spice):
    """SPICE as gnucap reads it."""

    name = "gnucap"
    simulator = "gnucap"
    verified = True
    forms = ("flat",)  # a capacitor in a subcircuit would not know what it starts at
    suffix = ".ckt"

    def capacitor(self, name: str, a: str, b: str, farad: str) -> str:
        """Return a capacitor between two nodes, with the voltage it starts at."""
        start = sum(
            sign * float(self._starts.get(node, "0")) for node, sign in ((a, 1.0), (b, -1.0))
        )
        ic = f" ic={start!r}" if start else ""
        return f"C{name} {a} {b} {farad}{ic}"

    def cubic(self, name: str, a: str, b: str, value: str) -> str:
        """Return a source whose current value * v^3 flows from a to b."""
        return f"G{name} {a} {b} {a} {b} poly(0,0,0,{value})"

    def transcubic(self, name: str, out: str, control: str, value: str) -> str:
        """Return a source whose current value * v(control)^3 leaves node `out`."""
        return f"G{name} {out} 0 {control} 0 poly(0,0,0,{value})"

    def behavioural(self, name: str, a: str, b: str, expression: str) -> str:
        """Refuse an expression of voltages.

        Raises:
            NetlistError: always.
        """
        raise NetlistError(
            f"element {name}: gnucap has no currents given as expressions; use dialect ngspice, or "
            "ideal transconductors"
        )

    def polyline(self, name: str, a: str, b: str, points: Sequence[str]) -> Iterator[str]:
        """Yield a current that enters a from b; `points` ("time value") are joined linearly."""
        yield f"I{name} {b} {a} pwl("
        yield from (f"+ {row}" for row in comma_rows(points, ","))
        yield "+ )"

    def start(self, node: str, volt: str) -> str:
        """Return a comment: the start value itself is with the node's capacitor."""
        return self.comment(f"{node} starts at {volt} V")

    def transient(self, step: str, end: str, free: bool = False, largest: str | None = None) -> str:
        """See `Spice`."""
        return f".tran 0 {end} {largest or step}" + ("" if free else " uic")

    def outputs(self, nodes: Sequence[str]) -> Iterator[str]:
        """Yield what has node voltages written: one table, continued over lines, all digits."""
        yield ".print tran"
        yield from (f"+ {vectors}" for vectors in voltages(nodes))
        yield self.options("numdgt=15")

    def commands(self, lines: Sequence[str]) -> list[str]:
        """Return the lines of an analysis with the analysis itself last: they are carried out."""
        return sorted(lines, key=lambda line: line.startswith(".tran"))

    def tight_options(self, volt: float, ampere: float, farad: float) -> str:
        """Return options for an accurate run: trapezoidal rule at the given largest step."""
        tolerances = f"reltol=1e-6 vntol={1e-8 * volt!r} abstol={1e-7 * ampere!r}"
        return f"method=trap {tolerances}"
