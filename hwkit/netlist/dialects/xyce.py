"""Xyce, after its Reference Guide (2.1 netlist commands, 2.3 devices); not run here.

A whole expression is put in braces; `.save` means a stored operating point, so only `.print`
asks for output. Xyce has no noise in the time domain of its own.
"""

from collections.abc import Iterator, Sequence

from hwkit.netlist.dialects.spice import Spice, voltages


class Xyce(Spice):
    """SPICE as Xyce reads it."""

    name = "xyce"
    simulator = "Xyce"

    def behavioural(self, name: str, a: str, b: str, expression: str) -> str:
        """Return a source of a current that flows from a to b, given as an expression."""
        bare = expression.replace("{", "").replace("}", "")
        return f"B{name} {a} {b} i={{{bare}}}"

    def outputs(self, nodes: Sequence[str]) -> Iterator[str]:
        """Yield what has node voltages written: one table, continued over lines."""
        yield ".print tran"
        yield from (f"+ {vectors}" for vectors in voltages(nodes))
