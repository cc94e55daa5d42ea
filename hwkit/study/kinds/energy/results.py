"""What an energy study finds: a ledger for each circuit, and the digital sample beside it."""

from dataclasses import dataclass

from hwkit.energy.digital import DigitalCost
from hwkit.energy.ledger import Ledger
from hwkit.fidelity import Metric

LEDGER = "ledger.json"


@dataclass(frozen=True)
class Entry:
    """A line of a ledger; `counted`: whether it is part of the total."""

    name: str
    joule: float
    stderr: float
    basis: str
    source: str
    counted: bool


@dataclass(frozen=True)
class Chip:
    """What a circuit of transistors is: how many, static power, W, and areas, m^2."""

    transistors: int
    watt: float
    gate_area: float
    capacitor_area: float


@dataclass(frozen=True)
class CircuitLedger:
    """All lines of one circuit, and their total for one sample, J; of transistors, the chip."""

    lines: list[Entry]
    total: float
    chip: Chip | None = None

    @classmethod
    def of(cls, ledger: Ledger, chip: Chip | None = None) -> "CircuitLedger":
        """Return a ledger as it is stored."""
        lines = [
            Entry(line.name, line.joule, line.stderr, line.basis, line.source, line.counted)
            for line in ledger.lines
        ]
        return cls(lines, ledger.total, chip)


@dataclass(frozen=True)
class CircuitResult:
    """What SPICE says of one circuit."""

    metrics: list[Metric]
    ledger: CircuitLedger


@dataclass(frozen=True)
class Energies:
    """All of a study: circuit -> its ledger, circuit -> the digital sample, what totals omit."""

    circuits: dict[str, CircuitLedger]
    digital: dict[str, DigitalCost]
    omitted: list[str]
