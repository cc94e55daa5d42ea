"""ngspice: the dialect that hwkit runs and tests.

Quirks: a source that is both `dc` and `external` crashes, so biases are sources of their own;
trnoise has a fixed power only on its own grid and can't be seeded.
"""

from collections.abc import Iterator, Sequence

from hwkit.netlist.dialects.spice import Spice


class Ngspice(Spice):
    """SPICE as ngspice reads it, with its own noise sources."""

    name = "ngspice"
    simulator = "ngspice"
    verified = True
    noises = ("trnoise", "external", "pwl", "none")

    def switch_control(
        self, name: str, ohm: str, open_ohm: str, second: str, closes: bool
    ) -> list[str]:
        """Return a step of the time and the model of switches that follow it.

        An expression of the time, not a pulse: the corners of a pulse are time points of their own.

        Args:
            name, ohm, open_ohm, second, closes: as for `Spice.switch_control`.
        """
        step = f"u(time-{second})" if closes else f"1-u(time-{second})"
        return [
            f".model {name} sw(vt=0.5 ron={ohm} roff={open_ohm})",
            f"B{name} {name}_on 0 v={step}",
        ]

    def transient(self, step: str, end: str, free: bool = False, largest: str | None = None) -> str:
        """Return a transient analysis from the start values.

        `free` lets nodes without a start value begin at their operating point.
        """
        limit = f" 0 {largest}" if largest else ""
        return f".tran {step} {end}{limit}" + ("" if free else " uic")

    def outputs(self, nodes: Sequence[str]) -> Iterator[str]:
        """Yield what has node voltages written: kept, and printed in batch mode."""
        for line in super().outputs(nodes):
            yield line
            yield line.replace(".save", ".print tran", 1)
