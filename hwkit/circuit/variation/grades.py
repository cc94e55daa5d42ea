"""Grades in which resistors and capacitors are sold: tolerance, temperature class, price.

The steps are those of IEC 60062's letters (B 0.1 %, D 0.5, F 1, G 2, J 5, K 10, M 20); which
temperature class comes with each, and prices, are typical of chip parts of size 0603 in hundreds,
not a quotation: a study's own numbers replace them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hwkit.circuit.design import Design
from hwkit.circuit.parts import Parts
from hwkit.circuit.variation.distributions import Distribution, Normal, Uniform
from hwkit.circuit.variation.entries import Spread, Variation
from hwkit.circuit.variation.temperature import CLASSES, USUAL, TemperatureClass, Thermal
from hwkit.errors import ConfigError

CURRENCY = "USD"
# Sources of current in family rc: each is set by one resistor.
_SET_BY_RESISTOR = ("coupling", "onsite-linear", "bias", "output-resistance")
_SOURCES = ("transconductor", "saturating", "current")


@dataclass(frozen=True)
class Grade:
    """One grade of parts.

    Attributes:
        percent: tolerance.
        of: what the parts do with temperature.
        price: of one part.
    """

    percent: float
    of: TemperatureClass
    price: float

    def __post_init__(self) -> None:
        if not 0 < self.percent < 100:
            raise ConfigError(f"a grade of {self.percent:g} %; give a number between 0 and 100")
        if not self.price >= 0:
            raise ConfigError(f"a part of {self.percent:g} % costs {self.price:g}; give 0 or more")

    def describe(self) -> str:
        """Return the grade as text for people."""
        return f"{self.percent:g} %, {self.of.name}"

    def at_least_as_loose(self, other: "Grade") -> bool:
        """Return whether parts of this grade deviate as much as those of the other, or more."""
        return self.percent >= other.percent and self.of.worst >= other.of.worst


def _table(rows: Sequence[tuple[float, str, float]]) -> tuple[Grade, ...]:
    return tuple(Grade(percent, CLASSES[name], price) for percent, name, price in rows)


GRADES: dict[str, tuple[Grade, ...]] = {
    "resistor": _table(
        [
            (0.1, "thin film", 0.10),
            (0.5, "thin film", 0.04),
            (1.0, "thick film", 0.006),
            (2.0, "thick film", 0.005),
            (5.0, "thick film, 200 ppm", 0.004),
            (10.0, "carbon film", 0.003),
        ]
    ),
    "capacitor": _table(
        [
            (1.0, "C0G", 0.12),
            (2.0, "C0G", 0.06),
            (5.0, "C0G", 0.02),
            (10.0, "X7R", 0.01),
            (20.0, "X7R", 0.008),
        ]
    ),
}


def grade_of(
    kind: str, percent: float, price: float | None = None, name: str | None = None
) -> Grade:
    """Return a grade of parts of a kind; what is not given is that of the table.

    A tolerance that is not in the table has the temperature class of the next tighter one there.

    Args:
        kind: "resistor" or "capacitor".
        percent: tolerance.
        price: of one part.
        name: of the temperature class.

    Raises:
        ConfigError: if the table has no price for it and none is given.
    """
    rows = GRADES[kind]
    row = next((row for row in rows if row.percent == percent), None)
    if row is None:
        if price is None:
            known = ", ".join(f"{each.percent:g}" for each in rows)
            raise ConfigError(
                f"{kind}s of {percent:g} % have no price here (those of {known} % have); give one"
            )
        tighter = [each for each in rows if each.percent < percent] or [rows[0]]
        row = replace(tighter[-1], percent=percent)
    found = row if price is None else replace(row, price=price)
    return found if name is None else replace(found, of=CLASSES[name])


def roles_of(design: Design, kind: str) -> tuple[str, ...]:
    """Return the roles of the parts that are resistors (or set by one), or capacitors."""
    return tuple(parts.role for parts in design.parts if kind_of(parts) == kind)


def kind_of(parts: Parts) -> str:
    """Return which table of grades parts belong to: "resistor", "capacitor" or none ("")."""
    if parts.role.startswith("amplifier"):  # inside a bought amplifier
        return ""
    if parts.kind in _SOURCES and parts.role in _SET_BY_RESISTOR:
        return "resistor"
    return parts.kind if parts.kind in GRADES else ""


def usual_thermals(design: Design) -> tuple[Thermal, ...]:
    """Return the temperature classes that parts of a design have unless others are named."""
    found = [(parts.role, kind_of(parts)) for parts in design.parts]
    return tuple(Thermal(role, CLASSES[USUAL[kind]]) for role, kind in found if kind)


def graded(
    variation: Variation, group: str, roles: Sequence[str], grade: Grade, shape: str = "uniform"
) -> Variation:
    """Return a variation in which some parts are of a grade.

    The draws depend on group and role alone, so that boards of two grades can be compared.

    Args:
        variation: what else varies.
        group: name of the parts.
        roles: of the parts.
        grade: of all of them.
        shape: of the deviations: "uniform" within the tolerance, or "normal", which has the
            tolerance at three standard deviations.
    """
    share = grade.percent / 100
    deviation: Distribution = Normal.from_tolerance(share) if shape == "normal" else Uniform(share)
    spreads = tuple(Spread(f"{group}: {role}", role, deviation) for role in roles)
    thermals = tuple(Thermal(role, grade.of) for role in roles)
    return replace(
        variation,
        spreads=(*variation.spreads, *spreads),
        thermals=(*variation.thermals, *thermals),
    )
