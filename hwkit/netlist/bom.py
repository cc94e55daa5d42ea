"""Bill of materials: what to buy, or to lay out, grouped by role, sign and value.

Parts are ideal elements and name no package. Values that agree to some digits share a row; the row
says how far they really lie apart. Signs are in a column of their own (a transconductor that
inverts is another part), and elements of value 0 are listed as not fitted.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design, Parts
from hwkit.circuit.parts import UNITS
from hwkit.errors import ConfigError, NetlistError
from hwkit.files import write_text
from hwkit.netlist.elements import element_references
from hwkit.ordering import TIE
from hwkit.units import engineering

_TIE_DIGITS = 6  # up to which a tie is a small part of half the last one
_COLUMNS = (
    *("item", "role", "kind", "quantity", "value", "unit", "sign", "reading", "tolerance"),
    *("smallest", "largest", "fitted", "references"),
)


@dataclass(frozen=True)
class BomRow:
    """Like parts: magnitudes in `unit`, as rounded, and the smallest and largest of the group."""

    role: str
    kind: str
    quantity: int
    value: float
    unit: str
    sign: int
    tolerance: float | None
    smallest: float
    largest: float
    references: tuple[str, ...]

    @property
    def fitted(self) -> bool:
        """Whether there is a part at all."""
        return self.sign != 0


def bill_of_materials(
    design: Design,
    digits: int = 3,
    tolerance: float | Mapping[str, float] | None = None,
    references: int = 5,
) -> Iterator[BomRow]:
    """Yield the rows of a design's bill of materials; noise sources stand for noise, not parts.

    Args:
        design: the circuit.
        digits: significant digits that make two values the same, 1 to 17.
        tolerance: relative tolerance to ask for, of all parts or by role.
        references: how many elements a row names.

    Raises:
        ConfigError: for digits or a tolerance outside their limits, or a role there is not.
    """
    if not 1 <= digits <= 17:
        raise ConfigError(f"digits is {digits}; choose 1 to 17")
    design.without_transistors("the bill of materials")
    wanted = _tolerances(design, tolerance)
    for parts in design.parts:
        if parts.kind == "noise" or not len(parts):
            continue
        if parts.kind not in UNITS:
            raise NetlistError(f"the bill of materials knows no unit for a {parts.kind}")
        yield from _rows(parts, digits, wanted.get(parts.role), references)


def write_bom(
    design: Design,
    path: Path | str,
    digits: int = 3,
    tolerance: float | Mapping[str, float] | None = None,
    references: int = 5,
) -> int:
    """Write a bill of materials as CSV; return the number of rows.

    Args:
        design, digits, tolerance, references: as for `bill_of_materials`.
        path: the file.
    """
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(_COLUMNS)
    item = 0
    for item, row in enumerate(bill_of_materials(design, digits, tolerance, references), start=1):
        names = " ".join(row.references)
        names += " ..." if len(row.references) < row.quantity else ""
        asked = "" if row.tolerance is None else f"{100 * row.tolerance:g} %"
        reading = engineering(row.value, row.unit, digits)
        sign = {1: "positive", -1: "negative", 0: "zero"}[row.sign]
        fitted = "yes" if row.fitted else "no"
        cells = (item, row.role, row.kind, row.quantity, repr(row.value), row.unit, sign, reading)
        bounds = repr(row.smallest), repr(row.largest)
        table.writerow([*cells, asked, *bounds, fitted, names])
    write_text(path, stream.getvalue())
    return item


def _tolerances(
    design: Design, tolerance: float | Mapping[str, float] | None
) -> Mapping[str, float]:
    roles = [parts.role for parts in design.parts]
    if tolerance is None:
        return {}
    wanted = tolerance if isinstance(tolerance, Mapping) else dict.fromkeys(roles, tolerance)
    for role, value in wanted.items():
        if role not in roles:
            raise ConfigError(f"no part has the role {role!r}; there are {', '.join(roles)}")
        if not 0 < value < 1:
            raise ConfigError(f"tolerance of {role} is {value!r}; give a share between 0 and 1")
    return wanted


def _rows(parts: Parts, digits: int, tolerance: float | None, references: int) -> Iterator[BomRow]:
    signs, size = np.sign(parts.values), np.abs(parts.values)
    rounded = signs * _rounded(size, digits)
    values, first, group, counts = np.unique(
        rounded, return_index=True, return_inverse=True, return_counts=True
    )
    smallest, largest = np.full(values.size, np.inf), np.zeros(values.size)
    np.minimum.at(smallest, group, size)
    np.maximum.at(largest, group, size)
    order = np.argsort(group, kind="stable")
    starts = np.cumsum(counts) - counts
    for row in np.argsort(first, kind="stable"):
        members = order[starts[row] : starts[row] + min(int(counts[row]), references)]
        yield BomRow(
            parts.role,
            parts.kind,
            int(counts[row]),
            float(abs(values[row])),
            UNITS[parts.kind],
            int(np.sign(values[row])),
            tolerance,
            float(smallest[row]),
            float(largest[row]),
            tuple(element_references(parts.take(members), members.tolist())),
        )


def _rounded(size: NDArray[np.float64], digits: int) -> NDArray[np.float64]:
    """Round magnitudes to significant digits, by way of their decimal text, which is exact.

    Halves go down, whatever their last digits are, where a tie is less than half a last digit.
    """
    distinct, back = np.unique(size, return_inverse=True)
    shrunk = distinct * (1 - TIE) if digits <= _TIE_DIGITS else distinct
    text = (f"{value:.{digits - 1}e}" for value in shrunk.tolist())
    return np.fromiter(map(float, text), np.float64, distinct.size)[back]
