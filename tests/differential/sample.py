"""One drawn netlist."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """A netlist and where it came from.

    Attributes:
        text: as ngspice is to read it.
        grammar: whether it was drawn from what hwkit says it accepts; else it is a near miss.
        kind: family of the netlist, and the change for a near miss.
        encoding: of the file that hwkit reads.
    """

    text: str
    grammar: bool
    kind: str
    encoding: str = "utf-8"

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        return self.text.encode(self.encoding)
