"""LTspice, after its help pages ("Circuit Description", "LTspice dot commands"); not run here.

Everything else stays within what ngspice reads too, which the tests use: this text is run there.
"""

from collections.abc import Iterator, Sequence

from hwkit.netlist.dialects.spice import Spice


class LTspice(Spice):
    """SPICE as LTspice reads it."""

    name = "ltspice"
    simulator = "LTspice"
    suffix = ".net"

    def outputs(self, nodes: Sequence[str]) -> Iterator[str]:
        """Yield what has node voltages written, without the default lossy compression."""
        yield from super().outputs(nodes)
        yield self.options("plotwinsize=0")
