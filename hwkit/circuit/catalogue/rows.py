"""Rows of the catalogue: one part that can be ordered, what its pads do, and where to check it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite

from hwkit.circuit.preferred import series_values
from hwkit.errors import DesignError

_TWO = ("a", "b")
_SUPPLY = ("supply.minus", "supply.plus")
# role -> what its pads must do, and the values that a simulation or a choice needs
ROLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "resistor": (_TWO, ("smallest", "largest", "tolerance")),
    "capacitor": (_TWO, ("farad", "tolerance", "volt")),
    "trimmer": (("high", "wiper", "low"), ("ohm", "tolerance")),
    "dual-diode": (
        ("A.anode", "A.cathode", "B.anode", "B.cathode"),
        ("ampere", "emission", "ohm", "farad"),
    ),
    "dual-amplifier": (
        (*(f"{half}.{pin}" for half in "AB" for pin in ("plus", "minus", "out")), *_SUPPLY),
        (
            *("offset_volt", "gain_bandwidth", "slew_rate", "bias_ampere"),
            *("least_supply", "largest_supply"),
        ),
    ),
    "quad-switch": (
        (*(f"{quarter}.{pin}" for quarter in "ABCD" for pin in ("a", "b", "control")), *_SUPPLY),
        ("closed_ohm", "least_supply", "largest_supply"),
    ),
    "shift-register": (
        ("in.a", "in.b", *(f"q{k}" for k in range(8)), "clock", "clear", *_SUPPLY),
        ("least_supply", "largest_supply"),
    ),
    "exclusive-or": (
        (*(f"{gate}.{pin}" for gate in "ABCD" for pin in ("a", "b", "out")), *_SUPPLY),
        ("least_supply", "largest_supply"),
    ),
    "header": ((), ()),
    "terminal": (("1", "2", "3"), ()),
}


@dataclass(frozen=True)
class Source:
    """Where a row can be checked, and what was read there."""

    document: str
    revision: str
    page: str
    says: str

    def __str__(self) -> str:
        return f"{self.document}, {self.revision}, page {self.page}: {self.says}"


@dataclass(frozen=True)
class Orderable:
    """A part that can be ordered.

    Attributes:
        role: what it can be used for, one of `ROLES`.
        number: the manufacturer's part number; `{code}` is where a resistance goes.
        pins: what a pad does -> the pad's number.
        values: SI values of the simulation, by name.
        series: preferred values that it comes in, of resistors, such as "E24 E96".
        dielectric: of capacitors.
        unverified: fields or values that nobody has checked in the source; all, without a source.
        price: of one, in the user's currency; None if the user gave none.
    """

    role: str
    number: str
    maker: str
    package: str
    pins: Mapping[str, str]
    values: Mapping[str, float] = field(default_factory=dict)
    series: str = ""
    dielectric: str = ""
    source: Source | None = None
    unverified: tuple[str, ...] = ()
    price: float | None = None

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise DesignError(
                f"catalogue part {self.number!r} has the role {self.role!r}; choose one of "
                f"{', '.join(ROLES)}"
            )
        pins, values = ROLES[self.role]
        for what, needed, given in (("pin", pins, self.pins), ("value", values, self.values)):
            missing = [name for name in needed if name not in given]
            if missing:
                raise DesignError(
                    f"catalogue part {self.number!r} lacks the {what} {missing[0]!r}; a "
                    f"{self.role} has {', '.join(needed)}"
                )
        self._check_numbers()
        self._check_pads()
        if self.role == "resistor" and (not self.series or "{code}" not in self.number):
            raise DesignError(
                f"catalogue part {self.number!r} is a resistor without a series, or without "
                "{code} in its number where the resistance goes; add both"
            )
        for series in self.series.split():
            series_values(series)  # refuses what is not a series

    def _check_numbers(self) -> None:
        """Refuse a number without a part, and values that no part has."""
        if not self.number.strip() or not self.number.isprintable():
            raise DesignError(f"the part number {self.number!r} can't be ordered; correct it")
        for name in ROLES[self.role][1]:
            value = self.values[name]
            most = 1.0 if name == "tolerance" else float("inf")
            if isinstance(value, bool) or not (isfinite(value) and 0 <= value < most):
                raise DesignError(
                    f"catalogue part {self.number!r} has {name} = {value}; give an SI value of 0 "
                    "or above, a tolerance below 1"
                )
        for low, high in (("smallest", "largest"), ("least_supply", "largest_supply")):
            if self.values.get(low, 0.0) > self.values.get(high, float("inf")):
                raise DesignError(f"catalogue part {self.number!r}: {low} is above {high}")

    def _check_pads(self) -> None:
        """Refuse a pad with two uses; the diodes of a pair may share one."""
        used: dict[tuple[str, str], str] = {}
        for pin in ROLES[self.role][0]:
            half = pin[0] if self.role == "dual-diode" else ""
            other = used.setdefault((half, self.pins[pin]), pin)
            if other != pin or not self.pins[pin]:
                raise DesignError(
                    f"catalogue part {self.number!r} has pad {self.pins[pin]!r} for {other!r} and "
                    f"{pin!r}; give each its pad"
                )

    @property
    def pads(self) -> tuple[str, ...]:
        """Numbers of its pads, in order."""
        return tuple(sorted(set(self.pins.values()), key=lambda pad: (len(pad), pad)))

    @property
    def doubts(self) -> tuple[str, ...]:
        """What nobody has checked: everything, if there is no source."""
        return self.unverified if self.source is not None else ("everything",)

    def value(self, name: str) -> float:
        """Return one of the values."""
        return self.values[name]

    def ordered_as(self, ohm: float | None = None) -> str:
        """Return the part number to order, of a resistor for its resistance."""
        if self.role != "resistor" or ohm is None:
            return self.number
        return self.number.replace("{code}", resistance_code(ohm))


def resistance_code(ohm: float) -> str:
    """Return a resistance with its decimal point as a letter: 97R6, 4K7, 681K, 1M (IEC 60062)."""
    units = (("M", 1e6), ("K", 1e3), ("R", 1.0))
    letter, unit = next((pair for pair in units if ohm >= pair[1]), units[-1])
    whole, _, rest = f"{ohm / unit:.4g}".partition(".")
    return f"{whole}{letter}{rest}"
